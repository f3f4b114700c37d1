// How peers find the seed, against the example of EIP-778: its private key, its public key, its node id.

import { publicToAddress } from "@ethereumjs/util";
import { enodeOf, enrOf } from "../../../rehearsal/bootnodes";

const KEY = "b71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291";
const PUBLIC = "03ca634cae0d49acb401d8a4c6b6fe8c55b70d115bf400769cc1400f3258cd3138";
const NODE_ID = "a448f24c6d18e575453db13171562b71999873db5b286df957af199ec94617f7";

const node = {
  executionKey: KEY,
  beaconKey: KEY,
  executionAddress: "10.213.39.11",
  beaconAddress: "10.213.39.12",
  ports: { execution: 30303, beacon: 9000, quic: 9001 },
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("the enode names the key, the address and the port", () => {
  const [, key = "", place] = /^enode:\/\/([0-9a-f]{128})@(.*)$/.exec(enodeOf(node)) ?? [];
  expect(place).toBe("10.213.39.11:30303");
  expect(key.slice(0, 64)).toBe(PUBLIC.slice(2));
  // An address is the last 20 bytes of the hash whose whole is the node id.
  expect(hex(publicToAddress(Uint8Array.from(Buffer.from(key, "hex"))))).toBe(NODE_ID.slice(24));
});

test("the ENR holds key, address and ports, signed with the key", async () => {
  const { ENR } = await import("@chainsafe/enr");
  const record = ENR.decodeTxt(await enrOf(node)); // throws for a wrong signature
  expect(record.nodeId).toBe(NODE_ID);
  expect(hex(record.publicKey)).toBe(PUBLIC);
  expect(record).toMatchObject({ ip: "10.213.39.12", tcp: 9000, udp: 9000, quic: 9001 });
});

test("promise 5: the same keys are the same node, whenever the record is made", async () => {
  expect(await enrOf(node)).toBe(await enrOf({ ...node }));
  expect(enodeOf(node)).toBe(enodeOf({ ...node, beaconKey: "2".repeat(64) }));
  expect(enodeOf(node)).not.toBe(enodeOf({ ...node, executionKey: "2".repeat(64) }));
});
