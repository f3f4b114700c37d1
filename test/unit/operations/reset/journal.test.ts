// The journal of runs, and what it knows of the last reset.

import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  isUnproved,
  isUnsettled,
  type JournalEntry,
  lastReset,
  note,
  readJournal,
} from "../../../../operations/reset/journal";
import { ownFolder } from "../../../support/folder";
import { chainOf } from "../../../support/node";

const folder = ownFolder("journal");

const entry = (at: number, work: JournalEntry["work"], more: Partial<JournalEntry> = {}): JournalEntry => ({
  at,
  seconds: 10,
  work,
  generation: "167-01234567",
  outcome: "done",
  nodeDownSeconds: null,
  problem: null,
  ...more,
});

const staged = entry(100, "stage");
const switched = entry(200, "switch", { nodeDownSeconds: 12.5 });
const settled = entry(300, "settle");
const failed = { outcome: "failed", problem: { code: "not-proved", text: "No peers." } } as const;

test("entries are read back in their order; a line that was cut off is left out", async () => {
  expect(await readJournal("mynode")).toEqual([]);
  await note("mynode", staged);
  appendFileSync(join(folder, "data", "journals", "mynode.jsonl"), '{"at": 150, "work": ["swi\n');
  await note("mynode", switched);
  expect(await readJournal("mynode")).toEqual([staged, switched]);
  expect(await readJournal("another")).toEqual([]);
});

test("a stack of the same name in another clone has a journal of its own", async () => {
  await note("shared", staged);
  const file = join(folder, "data", "journals", "shared.jsonl");
  appendFileSync(file, `${JSON.stringify({ ...switched, folder: "/elsewhere" })}\n${JSON.stringify(switched)}\n`);
  expect(await readJournal("shared")).toEqual([staged]);
});

test("a journal does not grow for ever, and keeps what is newest", async () => {
  const file = join(folder, "data", "journals", "long.jsonl");
  await note("long", staged);
  const line = readFileSync(file, "utf8");
  writeFileSync(file, line.repeat(Math.ceil(2 ** 20 / line.length)));
  await note("long", switched);
  const entries = await readJournal("long");
  expect(entries).toHaveLength(2_000);
  expect(entries.at(-1)).toEqual(switched);
});

const times = { generation: "167-01234567", stagedAt: 110, switchedAt: 210, nodeDownSeconds: 12.5 };

test.each<[string, JournalEntry[], unknown]>([
  ["no run", [], undefined],
  ["a stage alone", [staged], undefined],
  ["a switch of what was staged", [staged, switched], { ...times, settledAt: null, outcome: "switched" }],
  ["a reset to its end", [staged, switched, settled], { ...times, settledAt: 310, outcome: "settled" }],
  [
    "a proof that failed once",
    [staged, switched, entry(250, "settle", failed), settled],
    { ...times, settledAt: 310, outcome: "settled" },
  ],
  [
    "a proof that failed so far",
    [staged, switched, entry(250, "settle", failed)],
    { ...times, settledAt: null, outcome: "switched" },
  ],
  [
    "a switch that failed",
    [staged, entry(200, "switch", failed)],
    { ...times, nodeDownSeconds: null, settledAt: null, outcome: "failed" },
  ],
  [
    "a switch that was held back, which moved nothing",
    [staged, switched, entry(500, "switch", { generation: "168-01234567", outcome: "held-back" })],
    { ...times, settledAt: null, outcome: "switched" },
  ],
  [
    "the next stage, which is no reset yet",
    [staged, switched, settled, entry(400, "stage", { generation: "168-01234567" })],
    { ...times, settledAt: 310, outcome: "settled" },
  ],
  [
    "a switch to a release that was late, which was never staged before",
    [switched],
    { ...times, stagedAt: 210, settledAt: null, outcome: "switched" },
  ],
  [
    "a switch of what somebody else had staged, at a time that nobody noted",
    [{ ...switched, ready: true }],
    { ...times, stagedAt: null, settledAt: null, outcome: "switched" },
  ],
  [
    "one to a release that was late, whose first gate opened to the next run, which found it deployed",
    [entry(150, "switch", { ...failed, ready: false }), { ...switched, ready: true }],
    { ...times, stagedAt: 210, settledAt: null, outcome: "switched" },
  ],
])("after %s", (_, entries, expected) => {
  expect(lastReset(entries)).toEqual(expected);
});

describe("whether anybody has seen the node work on the chain it was moved to", () => {
  const [C166, C167] = [chainOf(166), chainOf(167)];
  const { generation } = C167;
  const moved = { active: C167, previous: C166 };
  const done = entry(200, "switch", { generation });

  test.each<[string, JournalEntry[], boolean]>([
    ["somebody has", [done], false],
    ["it had failed before", [entry(150, "switch", { generation, ...failed }), done], false],
    ["it has failed so far", [entry(150, "switch", { generation, ...failed })], true],
    ["of another chain alone", [entry(100, "switch", { generation: C166.generation })], true],
    ["the run was cut off, or a person's up moved it", [entry(100, "stage", { generation })], true],
  ])("%s", (_, entries, unproved) => {
    expect(isUnproved(entries, moved)).toBe(unproved);
  });

  test("is no question of a node that was never moved, or has settled", () => {
    expect(isUnproved([], { active: C167 })).toBe(false);
  });
});

describe("whether no run has seen the chain before go away, though its successor has proved itself", () => {
  const C167 = chainOf(167);
  const { generation } = C167;
  const settled = { active: C167, settled: true };
  const [moved, fell] = [entry(200, "switch", { generation }), entry(300, "settle", { generation, ...failed })];

  test.each<[string, JournalEntry[], boolean]>([
    ["a run removed it", [moved, entry(300, "settle", { generation })], false],
    ["a run failed to, and the next one did not", [moved, fell, entry(400, "settle", { generation })], false],
    ["a run failed to", [moved, fell], true],
    ["the run was cut off, or a person's up did it", [moved], true],
    ["that of another chain has gone", [entry(100, "settle"), moved], true],
  ])("%s", (_, entries, unsettled) => {
    expect(isUnsettled(entries, settled)).toBe(unsettled);
  });

  test("is no question before it has proved itself: then a settle is due all the same", () => {
    expect(isUnsettled([moved, fell], { active: C167, previous: chainOf(166) })).toBe(false);
  });
});
