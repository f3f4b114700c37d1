// What is missing from a chain's proof.

import { objection } from "../../../../operations/jobs/prove";
import type { StatusReport } from "../../../../operations/status/report";

const peers = (total: number) => ({ in: 0, out: total, total });
const beacon = {
  client: "prysm",
  version: null,
  headSlot: 70,
  finalizedEpoch: 0,
  syncing: false,
  optimistic: false,
  peers: peers(1),
  enr: null,
};
const counts = { pending: 0, missed: 0, proposed: 0, missedProposals: 0, countedThrough: 0 };
const well: StatusReport = {
  stack: "mynode",
  healthy: true,
  chain: null,
  execution: null,
  beacon,
  validators: { configured: 4, active: 4, attested: 8, ...counts },
  release: { seen: null, verified: null, staged: null },
  reset: { state: "settling", last: null },
  schedule: null,
  problem: null,
};

test.each<[string, Partial<StatusReport>, string | undefined]>([
  ["a node that works", {}, undefined],
  ["a node without validators", { validators: { ...well.validators, configured: 0, attested: null } }, undefined],
  [
    "a node with a problem",
    { problem: { code: "head-behind", text: "The head is at slot 3, the clock at 70.", remedy: "" } },
    "The head is at slot 3, the clock at 70.",
  ],
  ["a node without peers", { beacon: { ...beacon, peers: peers(0) } }, "The beacon node has no peers."],
  ["a silent beacon node", { beacon: null }, "The beacon node has no peers."],
  [
    "validators that do nothing",
    { validators: { ...well.validators, attested: 0 } },
    "None of its validators has an attestation on the chain.",
  ],
  [
    "validators nobody could look at",
    { validators: { ...well.validators, attested: null } },
    "None of its validators has an attestation on the chain.",
  ],
])("%s", (_, more, missing) => {
  expect(objection({ ...well, ...more })).toBe(missing);
});
