// What is told of what a look saw. What a whole report looks like, look.test.ts has; this is where it can go two ways.

import type { Finding } from "../../../../operations/status/judge";
import { type ReportInput, reportOf, type SeenNode } from "../../../../operations/status/report";
import { CHAIN, chainOf } from "../../../support/node";
import { reportSchema } from "../../../support/status";

const END = CHAIN.executionGenesisTime + CHAIN.period;
const ENR = "enr:-abc";
const duties = {
  attested: 40,
  missed: 2,
  proposed: 3,
  missedProposals: 1,
  countedFrom: 0,
  countedThrough: 30,
  firstDutySlot: 4,
};
const container = { name: "ephemery-client", running: true, health: "healthy" };
const seen: SeenNode = {
  stack: "test",
  now: CHAIN.genesisTime + 1_000 * 12 + 3,
  chain: CHAIN,
  layers: ["execution", "beacon", "validator"],
  containers: { execution: container, beacon: container, validator: container },
  clockOffset: 1.5,
  execution: {
    chainId: CHAIN.chainId,
    genesisHash: CHAIN.genesisBlockHash,
    version: "Geth/v1.16.7",
    block: 990,
    syncing: false,
    peers: 7,
  },
  beacon: {
    root: CHAIN.genesisValidatorsRoot,
    headSlot: 999,
    syncing: false,
    executionOffline: false,
    optimistic: false,
    version: "Prysm/v7.1.2",
    finalizedEpoch: 29,
    peers: { in: 2, out: 3, total: 5 },
    enr: ENR,
  },
  validators: { active: 3, pending: 1, duties },
};
const input: ReportInput = {
  network: "ephemery",
  record: { active: CHAIN },
  clients: { execution: "geth", beacon: "prysm", validator: "lodestar" },
  pubkeys: ["0xa", "0xb", "0xc", "0xd"],
  seenTag: "ephemery-167",
};
const last: NonNullable<ReportInput["lastReset"]> = {
  generation: CHAIN.generation,
  stagedAt: 1,
  switchedAt: 2,
  settledAt: null,
  nodeDownSeconds: 6.5,
  outcome: "switched",
};

const reportWith = (see: Partial<SeenNode>, know: Partial<ReportInput> = {}, finding?: Finding) =>
  reportSchema.parse(reportOf({ ...seen, ...see }, finding, { ...input, ...know }));

const NO_PEERS = { in: null, out: null, total: null };
const NO_COUNTS = {
  attested: null,
  missed: null,
  proposed: null,
  missedProposals: null,
  countedFrom: null,
  countedThrough: null,
};

test("it is healthy exactly when nothing is wrong, and what is wrong stands in it as it was found", () => {
  expect(reportWith({})).toMatchObject({ healthy: true, problem: null });
  const finding: Finding = { code: "syncing", text: "It syncs.", remedy: "Wait." };
  expect(reportWith({}, {}, finding)).toMatchObject({ healthy: false, problem: finding });
});

test.each<[string, Partial<SeenNode>, Partial<ReportInput>, object]>([
  [
    "slot and epoch are the clock's, not the head's",
    {},
    {},
    { chain: { slot: 1_000, epoch: 31 }, beacon: { headSlot: 999 } },
  ],
  ["before slot 0 they are negative", { now: CHAIN.genesisTime - 13 }, {}, { chain: { slot: -2, epoch: -1 } }],
  ["the chain ends where the next one begins", {}, {}, { chain: { nextResetTime: END } }],
  ["clocks that agree are told of", { clockOffset: 0 }, {}, { chain: { clockOffset: 0 } }],
  [
    "a host's clock that is not known is not one that agrees",
    { clockOffset: undefined },
    {},
    { chain: { clockOffset: null } },
  ],
  [
    "of the execution client's peers only the sum is known",
    {},
    {},
    { execution: { peers: { ...NO_PEERS, total: 7 } } },
  ],
  [
    "of a silent execution client its name is known",
    { execution: undefined },
    {},
    { execution: { client: "geth", version: null, block: null, syncing: null, peers: NO_PEERS } },
  ],
  ["the beacon node's peers are told by direction", {}, {}, { beacon: { peers: { in: 2, out: 3, total: 5 } } }],
  [
    "of a silent beacon node its name is known",
    { beacon: undefined, validators: undefined },
    {},
    {
      beacon: {
        client: "prysm",
        version: null,
        headSlot: null,
        finalizedEpoch: null,
        syncing: null,
        optimistic: null,
        peers: NO_PEERS,
        enr: null,
      },
      validators: { configured: 4, active: null, pending: null, uncounted: null, ...NO_COUNTS },
    },
  ],
  [
    "duties are told as they were counted",
    {},
    {},
    {
      validators: {
        active: 3,
        pending: 1,
        attested: 40,
        missed: 2,
        proposed: 3,
        missedProposals: 1,
        countedThrough: 30,
      },
    },
  ],
  [
    "zero is a count",
    { validators: { active: 0, pending: 0, duties: { ...duties, attested: 0, missed: 0, countedThrough: 0 } } },
    {},
    { validators: { active: 0, pending: 0, attested: 0, missed: 0, countedFrom: 0, countedThrough: 0 } },
  ],
  [
    "duties that were not counted have a reason, and no numbers",
    { validators: { active: 3, pending: 1, uncounted: "it answered 501" } },
    {},
    { validators: { active: 3, pending: 1, uncounted: "it answered 501", ...NO_COUNTS } },
  ],
  [
    "without validators none are configured",
    { validators: undefined },
    { pubkeys: [] },
    { validators: { configured: 0 } },
  ],
  [
    "a newer release than the deployed one is told of",
    {},
    {},
    { release: { seen: "ephemery-167", verified: "ephemery-166" } },
  ],
  [
    "where none was looked for, the deployed one was seen",
    {},
    { seenTag: undefined },
    { release: { seen: "ephemery-166" } },
  ],
  ["without a schedule there is none", {}, {}, { schedule: null }],
  [
    "the schedule is the one that was found",
    {},
    { schedule: { runner: "cron", on: "runner", installed: true, nextLook: 5, failures: 0 } },
    { schedule: { runner: "cron", on: "runner", installed: true, nextLook: 5, failures: 0 } },
  ],
])("%s", (_, see, know, told) => {
  expect(reportWith(see, know)).toMatchObject(told);
});

const [previous, next] = [chainOf(165), chainOf(167)];
test.each<[string, number, ReportInput["record"], string]>([
  ["runs", 0, { active: CHAIN }, "running"],
  ["has the next chain beside it", 0, { active: CHAIN, next }, "staged"],
  ["keeps the old chain's data", 0, { active: CHAIN, previous }, "settling"],
  ["keeps the old chain's data, with the next one beside it already", 0, { active: CHAIN, previous, next }, "settling"],
  ["is in the last second of its chain", END - 1, { active: CHAIN }, "running"],
  ["is in the first second after it, whatever is staged", END, { active: CHAIN, next }, "due"],
  ["is after it, and has not settled", END + 60, { active: CHAIN, previous }, "due"],
])("a node that %s", (_, now, record, state) => {
  const report = reportWith(now === 0 ? {} : { now }, { record });
  expect(report.reset.state).toBe(state);
  expect(report.release.staged).toBe(record.next?.generation ?? null);
});

test.each<[string, SeenNode["validators"], string, object]>([
  ["what the chain says since", seen.validators, CHAIN.generation, { firstDutySlot: 4, missedDuties: 3 }],
  [
    "that none is done yet",
    { active: 3, pending: 0, duties: { ...duties, firstDutySlot: null, missed: 0, missedProposals: 0 } },
    CHAIN.generation,
    { firstDutySlot: null, missedDuties: 0 },
  ],
  [
    "nothing of duties, where counts do not begin at genesis",
    { active: 3, pending: 0, duties: { ...duties, countedFrom: 5 } },
    CHAIN.generation,
    { firstDutySlot: null, missedDuties: null },
  ],
  ["nothing of duties that nobody counted", undefined, CHAIN.generation, { firstDutySlot: null, missedDuties: null }],
  [
    "nothing of the duties of another chain",
    seen.validators,
    "165-0badcafe",
    { firstDutySlot: null, missedDuties: null },
  ],
])("of the last reset is told %s", (_, validators, generation, told) => {
  const lastReset = { ...last, generation };
  expect(reportWith({ validators }, { lastReset }).reset.last).toEqual({ ...lastReset, ...told });
  expect(reportWith({ validators }).reset.last).toBeNull();
});
