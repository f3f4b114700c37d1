// Duties of validators, counted over a chain that is made up and a Beacon API that is real but for it; and counted
// a second time, by looking at the chain directly.

import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { HostChannel } from "../../../../operations/host/channel";
import { Tunnel } from "../../../../operations/host/tunnel";
import { BeaconApi } from "../../../../operations/status/beacon-api";
import { type CountInput, countDuties, type DutyReport } from "../../../../operations/status/duties";
import { type BeaconChain, dutiesAnswer } from "../../../support/beacon";
import { DockerHere } from "../../../support/docker-here";
import { ownFolder } from "../../../support/folder";
import { type LocalServer, serve } from "../../../support/http";
import { CHAIN } from "../../../support/node";

jest.setTimeout(60_000);

const folder = ownFolder("duties");
const docker = new DockerHere(join(folder, "docker"));
const facts = { ...CHAIN, slotsPerEpoch: 4, secondsPerSlot: 2 };
const OTHERS = 3;

let chain: BeaconChain;
let server: LocalServer;
let tunnel: Tunnel;

beforeAll(async () => {
  server = await serve((asked) => dutiesAnswer(chain, asked) ?? { status: 500 });
  docker.reach({ "beacon:3500": server.port });
  tunnel = new Tunnel(new HostChannel("unix:///nowhere"), {
    owner: { host: "local", stack: "test", id: "0badcafe" },
    image: "tools",
    network: "api",
    url: "http://beacon:3500",
  });
});

afterAll(async () => {
  tunnel.close();
  await server.close();
});

/** The input of a random chain: `ours` validators of the node, behind those of others, and luck of its own for everyone. */
interface Case {
  readonly ours: number;
  readonly headSlot: number;
  /** Slots the head is behind the clock. */
  readonly lag: number;
  readonly luck: number;
}

const lucky = (luck: number, ...of: readonly number[]): boolean =>
  of.reduce((mix, each) => Math.imul(mix ^ (each + 1), 0x9e3779b1) >>> 7, luck) % 3 !== 0;

function chainOf({ ours, headSlot, lag, luck }: Case): BeaconChain {
  const all = OTHERS + ours;
  const proposer = (slot: number): number => (slot * 7 + luck) % all;
  return {
    slotsPerEpoch: facts.slotsPerEpoch,
    headSlot,
    clockEpoch: Math.floor((headSlot + lag) / facts.slotsPerEpoch),
    validators: Array.from({ length: all }, (_, index) => ({ pubkey: `0xkey${index}`, status: "active_ongoing" })),
    proposer,
    // A slot without a block, a block of the one whose turn it was, or one by another after a reorg at an epoch's edge.
    block: (slot) => (lucky(luck, slot) ? proposer(slot) : slot % 5 === 0 ? 0 : undefined),
    attestsAt: (epoch, index) => epoch * facts.slotsPerEpoch + ((index + luck) % facts.slotsPerEpoch),
    attested: (epoch, index) => lucky(luck, epoch, index),
  };
}

function inputOf({ ours, headSlot, lag }: Case, key: string): CountInput {
  return {
    api: new BeaconApi(tunnel),
    chain: facts,
    now: facts.genesisTime + (headSlot + lag) * facts.secondsPerSlot + 1,
    headSlot,
    validators: new Map(Array.from({ length: ours }, (_, each) => [`0xkey${OTHERS + each}`, OTHERS + each])),
    key,
    digest: "first",
    budget: 60_000,
  };
}

/** The same counts by the definition: what is on the chain since genesis, what is missed of what can no longer come. */
function counted({ ours, headSlot, lag }: Case): DutyReport {
  const head = Math.floor(headSlot / facts.slotsPerEpoch);
  const clock = Math.floor((headSlot + lag) / facts.slotsPerEpoch);
  const report: { -readonly [Key in keyof DutyReport]: DutyReport[Key] } = {
    attested: 0,
    missed: 0,
    proposed: 0,
    missedProposals: 0,
    countedThrough: head >= 2 ? head - 2 : null,
    firstDutySlot: null,
  };
  for (let epoch = 0; epoch <= head; epoch++) {
    for (let index = OTHERS; index < OTHERS + ours; index++) {
      const over = epoch <= head - 2;
      if (over && chain.attestsAt(epoch, index) === 0) continue;
      // Of an epoch that is not over the node tells only while it is the clock's or the one before.
      if (!over && epoch < clock - 1) continue;
      if (chain.attested(epoch, index)) report.attested += 1;
      else if (over) report.missed += 1;
      const slot = chain.attestsAt(epoch, index);
      if (over && chain.attested(epoch, index)) report.firstDutySlot = Math.min(report.firstDutySlot ?? slot, slot);
    }
  }
  for (let slot = 1; slot <= headSlot; slot++) {
    if (chain.proposer(slot) < OTHERS) continue;
    if (chain.block(slot) === chain.proposer(slot)) report.proposed += 1;
    else report.missedProposals += 1;
  }
  return report;
}

let keys = 0;
const newKey = (): string => {
  keys += 1;
  return `count-${keys}`;
};

const LONG: Case = { ours: 2, headSlot: 30, lag: 0, luck: 11 };

test("attestations and blocks are counted as the chain has them, in every state of chain and clock", async () => {
  const cases = fc.record({
    ours: fc.integer({ min: 1, max: 4 }),
    headSlot: fc.integer({ min: 0, max: 30 }),
    lag: fc.integer({ min: 0, max: 9 }),
    luck: fc.integer({ min: 0, max: 1_000 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async (each) => {
      chain = chainOf(each);
      expect(await countDuties(inputOf(each, newKey()))).toEqual(counted(each));
    }),
    { numRuns: 40 },
  );
});

test("a later look counts on from an earlier one, to the same sums, and asks for no epoch twice", async () => {
  const key = newKey();
  for (const headSlot of [3, 9, 13, 22, 30]) {
    const each = { ...LONG, headSlot };
    chain = chainOf(each);
    expect(await countDuties(inputOf(each, key))).toEqual(counted(each));
  }
  const before = server.asked.length;
  expect(await countDuties(inputOf(LONG, key))).toEqual(counted(LONG));
  const again = server.asked.slice(before).map(({ url }) => url);
  expect(again.filter((url) => url.includes("rewards"))).toEqual([]);
  expect(again).toContain("/eth/v1/validator/liveness/7");
});

test("nothing is asked and nothing counted before slot 0", async () => {
  chain = chainOf({ ...LONG, headSlot: 0 });
  const before = server.asked.length;
  const early = { ...inputOf({ ...LONG, headSlot: 0 }, newKey()), now: facts.genesisTime - 100 };
  expect(await countDuties(early)).toEqual({
    attested: 0,
    missed: 0,
    proposed: 0,
    missedProposals: 0,
    countedThrough: null,
    firstDutySlot: null,
  });
  expect(server.asked).toHaveLength(before);
});

test("other validators, by their digest, are counted from the start", async () => {
  const key = newKey();
  chain = chainOf(LONG);
  await countDuties(inputOf(LONG, key));
  const more = { ...LONG, ours: 4 };
  chain = chainOf(more);
  expect(await countDuties({ ...inputOf(more, key), digest: "second" })).toEqual(counted(more));
});

test("what a call has no time for is left to the next", async () => {
  const key = newKey();
  chain = chainOf(LONG);
  expect(await countDuties({ ...inputOf(LONG, key), budget: 0 })).toMatchObject({ attested: 0, countedThrough: null });
  expect(await countDuties(inputOf(LONG, key))).toEqual(counted(LONG));
});

test("a file of counts that is damaged costs a count from the start, nothing else", async () => {
  const key = newKey();
  chain = chainOf(LONG);
  await countDuties(inputOf(LONG, key));
  const file = join(folder, "cache", "duties", `${key}.json`);
  expect(existsSync(file)).toBe(true);
  writeFileSync(file, '{"attested": 7');
  expect(await countDuties(inputOf(LONG, key))).toEqual(counted(LONG));
  expect(readdirSync(join(file, "..")).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("a Beacon API that fails half way leaves what was counted before", async () => {
  const key = newKey();
  const early = { ...LONG, headSlot: 13 };
  chain = chainOf(early);
  await countDuties(inputOf(early, key));
  chain = { ...chainOf(LONG), validators: [] }; // duties without a public key: not the shape of the API
  await expect(countDuties(inputOf(LONG, key))).rejects.toThrow(/answered 200/);
  chain = chainOf(LONG);
  expect(await countDuties(inputOf(LONG, key))).toEqual(counted(LONG));
});
