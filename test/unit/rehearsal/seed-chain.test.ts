// Whether a node with an empty database could follow the seed: chains of a few blocks, with and without orphans.

import { join } from "node:path";
import { HostChannel } from "../../../operations/host/channel";
import { breaksOf, canFollow, untilFollowable } from "../../../rehearsal/seed-chain";
import { DockerHere } from "../../support/docker-here";
import { ownFolder } from "../../support/folder";
import { LoopbackNode } from "../../support/loopback-node";

const SLOTS = 8;

/** Blocks as `root<parent`, by slot. */
const chain = (final: number, head: number, blocks: Readonly<Record<number, string>>) => ({
  finalizedEpoch: async () => final,
  syncing: async () => ({ head_slot: head, is_syncing: false }),
  blocksIn: async (slot: number) =>
    (blocks[slot] ?? "")
      .split(" ")
      .filter((each) => each !== "")
      .map((each) => {
        const [root = "", parent = ""] = each.split("<");
        return { root, parent };
      }),
});

test.each<[string, ReturnType<typeof chain>, number[]]>([
  ["one chain", chain(1, 11, { 8: "a<z", 9: "b<a", 10: "c<b", 11: "d<c" }), []],
  ["empty slots", chain(1, 14, { 9: "b<a", 12: "c<b" }), []],
  ["an epoch without any block", chain(1, 20, {}), []],
  // As it was seen: the proposer of 10 had not got the block of 9, which became the chain's.
  ["an orphan beside the chain", chain(1, 12, { 8: "a<z", 9: "b<a", 10: "o<a", 11: "c<b", 12: "d<c" }), [10, 11]],
  ["two blocks in one slot", chain(1, 10, { 8: "a<z", 9: "b<a o<a", 10: "c<b" }), [9, 10]],
  ["an orphan in the epoch that will be final next", chain(1, 20, { 15: "a<z", 16: "o<y", 17: "b<a" }), [16, 17]],
  ["an orphan before the final epoch", chain(2, 20, { 9: "b<a", 10: "o<z", 16: "c<b", 17: "d<c" }), []],
  ["an orphan that is not final for long", chain(1, 30, { 8: "a<z", 26: "b<a", 27: "o<a", 28: "c<b" }), []],
  ["nothing final: of genesis everybody has all", chain(0, 9, { 1: "a<g", 2: "o<g", 3: "b<a" }), []],
])("%s", async (_, api, expected) => {
  expect(await breaksOf(api, SLOTS)).toEqual(expected);
});

describe("asked of a seed", () => {
  const docker = new DockerHere(join(ownFolder("seed-chain"), "docker"));
  const host = new HostChannel("unix:///var/run/docker.sock");
  const node = new LoopbackNode();
  beforeAll(() => node.start(docker));
  afterAll(() => node.stop());

  // Its epoch 3 is final, of 8 slots, and its head is slot 41.
  const at = (slot: number, ...blocks: readonly string[]) => ({
    [`/eth/v1/beacon/headers?slot=${slot}`]: blocks.map((block) => {
      const [root, parent_root] = block.split("<");
      return { root, canonical: true, header: { message: { slot: String(slot), proposer_index: "1", parent_root } } };
    }),
  });
  const none = Object.assign({}, ...Array.from({ length: 16 }, (_, nth) => at(24 + nth)));

  test.each([
    ["can be followed", { ...none, ...at(24, "0xa<0xz"), ...at(25, "0xb<0xa") }, true],
    ["can't, with a block that follows none", { ...none, ...at(24, "0xa<0xz"), ...at(25, "0xo<0xz") }, false],
    ["is not waited for when it does not answer", "silent" as const, true],
  ])("a chain %s", async (_, beacon, expected) => {
    node.changed = { beacon };
    expect(await canFollow(host, "dev", SLOTS, "tools")).toBe(expected);
  });
});

test("it is waited for as long as somebody has patience", async () => {
  expect(await untilFollowable(0, async () => true)).toBe(true);
  expect(await untilFollowable(-1, async () => false)).toBe(false);
});
