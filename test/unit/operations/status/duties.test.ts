// Duties of validators, counted over a chain that is made up and a Beacon API that is real but for it; and counted
// a second time, by looking at the chain directly.

import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { HostChannel } from "../../../../operations/host/channel";
import { Tunnel } from "../../../../operations/host/tunnel";
import { BeaconApi } from "../../../../operations/status/beacon-api";
import { type CountInput, countDuties, type DutyReport } from "../../../../operations/status/duties";
import { type BeaconChain, type Checkpoint, dutiesAnswer } from "../../../support/beacon";
import { DockerHere } from "../../../support/docker-here";
import { ownFolder } from "../../../support/folder";
import { type Answer, type Asked, type LocalServer, serve } from "../../../support/http";
import { CHAIN } from "../../../support/node";

jest.setTimeout(60_000);

const folder = ownFolder("duties");
const docker = new DockerHere(join(folder, "docker"));
const facts = { ...CHAIN, slotsPerEpoch: 4, secondsPerSlot: 2 };
const OTHERS = 3;

let chain: BeaconChain;
let server: LocalServer;
let tunnel: Tunnel;
/** A question that is refused some times, by how its URL begins. */
interface Refused {
  readonly url: string;
  /** Answers that it gets before. */
  readonly after?: number;
  readonly times: number;
  readonly status: number;
}

let refused: Refused | undefined;

beforeEach(() => {
  refused = undefined;
});

function answer(asked: Asked): Answer {
  if (refused && asked.url.startsWith(refused.url)) {
    const { after = 0, times, status } = refused;
    refused = after > 0 ? { ...refused, after: after - 1 } : { ...refused, times: times - 1 };
    if (after === 0 && times > 0) return { status, body: { code: status, message: "not now" } };
  }
  return dutiesAnswer(chain, asked) ?? { status: 500 };
}

beforeAll(async () => {
  server = await serve(answer);
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
    validators: Array.from({ length: ours }, (_, each) => OTHERS + each).map((index) => ({
      pubkey: `0xkey${index}`,
      index,
      activation: chain.validators[index]?.activation ?? 0,
    })),
    key,
    digest: "first",
    budget: 60_000,
  };
}

/** The same counts by the definition: what is on the chain since an epoch, what is missed of what can no longer come. */
function counted({ ours, headSlot, lag }: Case, from = 0): DutyReport {
  const head = Math.floor(headSlot / facts.slotsPerEpoch);
  const clock = Math.floor((headSlot + lag) / facts.slotsPerEpoch);
  const report: { -readonly [Key in keyof DutyReport]: DutyReport[Key] } = {
    attested: 0,
    missed: 0,
    proposed: 0,
    missedProposals: 0,
    countedFrom: from,
    countedThrough: head - 2 >= from ? head - 2 : null,
    firstDutySlot: null,
  };
  for (let epoch = from; epoch <= head; epoch++) {
    for (let index = OTHERS; index < OTHERS + ours; index++) {
      if (epoch < (chain.validators[index]?.activation ?? 0)) continue;
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
  for (let slot = Math.max(1, from * facts.slotsPerEpoch); slot <= headSlot; slot++) {
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
    countedFrom: 0,
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

describe("of a beacon node that started from a checkpoint", () => {
  const SLOTS = facts.slotsPerEpoch;
  /** A checkpoint at the first block from a slot on. */
  const checkpointAt = (slot: number, past: Checkpoint["past"]): Checkpoint => {
    let at = slot;
    while (chain.block(at) === undefined) at += 1;
    return { slot: at, past };
  };
  const epochOf = ({ slot }: Checkpoint): number => Math.ceil(slot / SLOTS);

  test.each<Checkpoint["past"]>(["refuses", "makes-up", "backfilled"])(
    "duties are counted from there on, when it %s what was before",
    async (past) => {
      const cases = fc.record({
        ours: fc.integer({ min: 1, max: 4 }),
        headSlot: fc.integer({ min: 7 * SLOTS, max: 12 * SLOTS }),
        lag: fc.integer({ min: 0, max: 9 }),
        luck: fc.integer({ min: 0, max: 1_000 }),
        at: fc.integer({ min: 2, max: 4 * SLOTS }),
      });
      await fc.assert(
        fc.asyncProperty(cases, async ({ at, ...each }) => {
          const every = chainOf(each);
          // There is a block that it does not have.
          chain = { ...every, block: (slot) => (slot === 1 ? every.proposer(1) : every.block(slot)) };
          const checkpoint = checkpointAt(at, past);
          chain = { ...chain, checkpoint };
          const key = newKey();
          const expected = counted(each, epochOf(checkpoint));
          expect(await countDuties(inputOf(each, key))).toEqual(expected);
          expect(await countDuties(inputOf(each, key))).toEqual(expected);
        }),
        { numRuns: 40 },
      );
    },
  );

  test("nothing is remembered of what was counted on a chain of states before it", async () => {
    const key = newKey();
    const early = { ...LONG, headSlot: 3 * SLOTS };
    chain = chainOf(early);
    expect(await countDuties(inputOf(early, key))).toEqual(counted(early));
    chain = chainOf(LONG);
    const checkpoint = checkpointAt(4 * SLOTS, "makes-up");
    chain = { ...chain, checkpoint };
    expect(await countDuties(inputOf(LONG, key))).toEqual(counted(LONG, epochOf(checkpoint)));
    // And on from there.
    const later = { ...LONG, headSlot: LONG.headSlot + 2 * SLOTS };
    chain = { ...chainOf(later), checkpoint };
    expect(await countDuties(inputOf(later, key))).toEqual(counted(later, epochOf(checkpoint)));
  });

  test("a node that has every block has nothing to hide where an epoch has none", async () => {
    const every = chainOf(LONG);
    const empty = (slot: number): boolean => slot < 2 * SLOTS || Math.floor(slot / SLOTS) === 4;
    chain = { ...every, block: (slot) => (empty(slot) ? undefined : every.block(slot)) };
    expect(await countDuties(inputOf(LONG, newKey()))).toEqual(counted(LONG));
  });

  describe("an epoch that is refused", () => {
    const refuse = (times: number, status = 404): void => {
      chain = chainOf(LONG);
      refused = { url: "/eth/v1/validator/duties/attester/2", times, status };
    };

    test("once is asked for again at once", async () => {
      refuse(1);
      expect(await countDuties(inputOf(LONG, newKey()))).toEqual(counted(LONG));
    });

    test("a second time is asked for again when all that follow are answered, and nothing is remembered", async () => {
      const key = newKey();
      refuse(2);
      await expect(countDuties(inputOf(LONG, key))).rejects.toThrow(
        /epochs 2 and 3 are not answered as they were a moment ago/,
      );
      expect(await countDuties(inputOf(LONG, key))).toEqual(counted(LONG));
    });

    test.each([404, 500, 503])("each time, with %s, is not there: counts begin behind it", async (status) => {
      refuse(Number.POSITIVE_INFINITY, status);
      expect(await countDuties(inputOf(LONG, newKey()))).toEqual(counted(LONG, 3));
    });
  });

  test("a node that has no time is asked again later", async () => {
    const key = newKey();
    chain = chainOf(LONG);
    refused = { url: "/eth/v1/validator/", times: Number.POSITIVE_INFINITY, status: 503 };
    await expect(countDuties(inputOf(LONG, key))).rejects.toThrow(/answered 503/);
    refused = undefined;
    expect(await countDuties(inputOf(LONG, key))).toEqual(counted(LONG));
  });

  test("nothing wrong is remembered of a count or a search in which it has no time for a while", async () => {
    const all = chainOf(LONG);
    chain = all;
    const checkpoint = checkpointAt(2 * SLOTS, "backfilled");
    for (let after = 0; after < 24; after++) {
      for (let times = 1; times <= 8; times++) {
        const key = newKey();
        chain = { ...all, checkpoint };
        refused = { url: "/eth/v1/", after, times, status: 503 };
        await countDuties(inputOf(LONG, key)).catch(() => undefined);
        refused = undefined;
        const told = { after, times, ...(await countDuties(inputOf(LONG, key))) };
        expect(told).toEqual({ after, times, ...counted(LONG, epochOf(checkpoint)) });
      }
    }
  });
});

test("of a beacon node that can't tell what was missed, the epochs that are not over are counted, and what was counted before stays", async () => {
  const key = newKey();
  const early = { ...LONG, headSlot: 13 };
  chain = chainOf(early);
  await countDuties(inputOf(early, key));
  chain = chainOf(LONG);
  refused = { url: "/eth/v1/beacon/rewards/", times: Number.POSITIVE_INFINITY, status: 404 };
  const last = Math.floor(LONG.headSlot / facts.slotsPerEpoch) - 2;
  expect(await countDuties(inputOf(LONG, key))).toEqual(counted(LONG, last + 1));
  refused = undefined;
  expect(await countDuties(inputOf(LONG, key))).toEqual(counted(LONG));
});

test("validators that were deposited later have duties from their activation on", async () => {
  const key = newKey();
  const activation = [0, 0, 0, 3, 5];
  const later = (each: Case): BeaconChain => {
    const every = chainOf(each);
    return {
      ...every,
      validators: every.validators.map((each, index) => ({ ...each, activation: activation[index] ?? 0 })),
      proposer: (slot) => (slot < 5 * facts.slotsPerEpoch ? 0 : every.proposer(slot)),
    };
  };
  chain = later(LONG);
  expect(await countDuties(inputOf(LONG, key))).toEqual(counted(LONG));
  // As soon as they are active, before any epoch of theirs is over.
  const soon = { ...LONG, headSlot: 3 * facts.slotsPerEpoch + 2 };
  chain = later(soon);
  expect(await countDuties(inputOf({ ...soon, ours: 1 }, newKey()))).toMatchObject({ countedFrom: 0, missed: 0 });
  // A node that began after the first was active, and before the second.
  chain = { ...later(LONG), checkpoint: { slot: 4 * facts.slotsPerEpoch, past: "refuses" } };
  expect(await countDuties(inputOf(LONG, newKey()))).toMatchObject({ countedFrom: 4 });
  // One that began before anything was due has missed nothing of it.
  const young = { ...LONG, ours: 1 };
  chain = { ...later(young), checkpoint: { slot: 2 * facts.slotsPerEpoch, past: "refuses" } };
  expect(await countDuties(inputOf(young, newKey()))).toEqual(counted(young));
});
