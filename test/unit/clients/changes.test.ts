// What is said of a change of clients before it is made.

import { changesOf, clientsOf } from "../../../clients/changes";
import { CHAIN, EXTERNAL_BEACON, EXTERNAL_EXECUTION, settingsOf, VALIDATORS } from "../../support/node";

const was = { execution: "geth", beacon: "prysm", validator: "prysm" };
const now = { beaconClient: "prysm", validatorClient: "prysm", ...VALIDATORS };

test("nothing is said where nothing changes, nothing ran, or a layer comes or goes", () => {
  expect(changesOf(was, settingsOf(now), CHAIN)).toEqual([]);
  expect(changesOf(undefined, settingsOf(now), CHAIN)).toEqual([]);
  expect(changesOf(was, settingsOf({ beaconClient: "prysm" }), CHAIN)).toEqual([]);
  expect(changesOf({ execution: "geth", beacon: "prysm" }, settingsOf(now), CHAIN)).toEqual([]);
});

test.each([
  [
    "another execution client syncs anew",
    { executionClient: "besu" },
    "The execution client changes from geth to besu. besu syncs iteration 166 anew, from its genesis, and no duty is done until it has. The identity stays.",
  ],
  [
    "one that somebody else runs does not",
    EXTERNAL_EXECUTION,
    "The execution client changes from geth to external. The data geth has of iteration 166 goes.",
  ],
  [
    "another beacon node syncs anew",
    { beaconClient: "teku" },
    "The beacon node changes from prysm to teku. teku syncs iteration 166 anew, from a checkpoint where one is to be had, and no duty is done until it has. The identity stays.",
  ],
  [
    "another validator client syncs nothing",
    { validatorClient: "nimbus" },
    "What signs changes from prysm to nimbus. prysm is stopped before nimbus starts, and its slashing protection moves along (EIP-3076). The keys stay; nothing is synced.",
  ],
])("%s", (_, config, text) => {
  expect(changesOf(was, settingsOf({ ...now, ...config }), CHAIN)).toEqual([text]);
});

test("each layer has a line of its own", () => {
  const all = changesOf(was, settingsOf({ ...now, ...EXTERNAL_BEACON, validatorClient: "teku" }), CHAIN);
  expect(all.map((line) => line.split(" changes ")[0])).toEqual([
    "The execution client",
    "The beacon node",
    "What signs",
  ]);
});

test("a node without validators has no client that signs", () => {
  expect(clientsOf(settingsOf({}))).toEqual({ execution: "geth", beacon: "lighthouse" });
});
