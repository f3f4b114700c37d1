// Versions in the tags of images, and the arguments that hang on them.

import { renderNode } from "../../../clients/node";
import { isAtLeast, since, versionOf } from "../../../clients/versions";
import { CHAIN, settingsOf, VALIDATORS } from "../../support/node";

test.each([
  ["ethereum/client-go:v1.17.10", "1.17.10"],
  ["hyperledger/besu:26.8.0", "26.8.0"],
  ["statusim/nimbus-eth2:multiarch-v26.10.2", "26.10.2"],
  ["consensys/teku:26.10.2-jdk25", "26.10.2"],
  ["sigp/lighthouse:v8.3.3-modern", "8.3.3"],
  ["sigp/lighthouse:v8.0.0-rc.2", "8.0.0-rc.2"],
  [`ghcr.io/paradigmxyz/reth:v2.10.1@sha256:${"a".repeat(64)}`, "2.10.1"],
  ["localhost:5000/geth:v1.16.7-1", "1.16.7"],
  [`ethereum/client-go@sha256:${"a".repeat(64)}`, undefined],
  ["ethereum/client-go:latest", undefined],
  ["ethereum/client-go:v1.17", undefined],
  ["ethereum/client-go", undefined],
  ["localhost:5000/geth", undefined],
  ["sha256:0123abc", undefined],
  ["", undefined],
])("the version of %s is %s", (reference, version) => {
  expect(versionOf(reference)).toBe(version);
});

test("a release candidate is older than its release, and 10 is more than 9", () => {
  expect(isAtLeast("8.0.0-rc.2", "8.0.0")).toBe(false);
  expect(isAtLeast("26.10.0", "26.9.1")).toBe(true);
});

test("an argument is left out before the version that has it, and only there", () => {
  expect(since("1.9.9", "1.10.0", "--new", "--newer")).toEqual([]);
  expect(since("1.10.0", "1.10.0", "--new", "--newer")).toEqual(["--new", "--newer"]);
  expect(since(undefined, "1.10.0", "--new")).toEqual(["--new"]);
});

const beacon = (beaconClient: string, beaconImage: string): readonly string[] =>
  renderNode({
    settings: settingsOf({ ...VALIDATORS, beaconClient, beaconImage, publicAddress: "203.0.113.7" }),
    chain: CHAIN,
    start: { kind: "genesis", reason: "" },
    hostMemory: 8000,
    doppelgangerProtection: false,
  }).beacon?.command ?? [];

test.each([
  ["teku", "consensys/teku:26.6.1", "consensys/teku:26.7.0", ["--p2p-quic-port=9001"]],
  ["lodestar", "chainsafe/lodestar:v1.41.1", "chainsafe/lodestar:v1.42.0", ["--quicPort=9001", "--enr.quic=9001"]],
])("%s has no argument its version does not know", (client, older, newer, args) => {
  for (const arg of args) {
    expect(beacon(client, older)).not.toContain(arg);
    for (const image of [newer, `${client}:latest`, `${client}@sha256:${"a".repeat(64)}`])
      expect(beacon(client, image)).toContain(arg);
  }
  expect(beacon(client, newer).filter((arg) => !args.includes(arg))).toEqual(beacon(client, older));
});
