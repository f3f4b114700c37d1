// What is missing from a chain's proof.

import { objection } from "../../../../operations/jobs/prove";
import type { StatusReport } from "../../../../operations/status/report";
import { WELL } from "../../../support/report";

const { beacon, validators } = WELL;

test.each<[string, Partial<StatusReport>, string | undefined]>([
  ["a node that works", {}, undefined],
  ["a node without validators", { validators: { ...validators, configured: 0, attested: null } }, undefined],
  [
    "a node with a problem",
    { problem: { code: "head-behind", text: "The head is at slot 3, the clock at 70.", remedy: "" } },
    "The head is at slot 3, the clock at 70.",
  ],
  [
    "a node without peers",
    { beacon: beacon && { ...beacon, peers: { in: 0, out: 0, total: 0 } } },
    "The beacon node has no peers.",
  ],
  ["a silent beacon node", { beacon: null }, "The beacon node has no peers."],
  [
    "validators that do nothing",
    { validators: { ...validators, attested: 0 } },
    "None of its validators has an attestation on the chain.",
  ],
  [
    "validators of which the chain has none: those of its genesis are others'",
    { validators: { ...validators, active: 0, pending: 4, attested: null } },
    undefined,
  ],
  [
    "validators nobody could look at",
    { validators: { ...validators, active: null, attested: null } },
    "None of its validators has an attestation on the chain.",
  ],
  [
    "duties that can't be counted",
    { validators: { ...validators, attested: null, uncounted: "GET /eth/v1/… answered 501" } },
    "Its duties can't be counted: GET /eth/v1/… answered 501",
  ],
])("%s", (_, more, missing) => {
  expect(objection({ ...WELL, ...more })).toBe(missing);
});
