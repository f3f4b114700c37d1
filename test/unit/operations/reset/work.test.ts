// What a run has to do, and when the next one can have something to do.

import type { ChainFacts } from "../../../../chain/facts";
import { type Plan, SETTLE_EPOCH, STAGE_LEAD } from "../../../../chain/plan";
import { nextLook, offsetOf, switchTime, type Work, workOf } from "../../../../operations/reset/work";
import { chainOf } from "../../../support/node";

const [C165, C166, C167, C168] = [chainOf(165), chainOf(166), chainOf(167), chainOf(168)];
const rebuilt: ChainFacts = { ...C167, release: { ...C167.release, sha256: "f".repeat(64) } };

test.each<[string, Plan, Plan, Work[]]>([
  ["nothing has changed", { active: C166 }, { active: C166 }, []],
  ["the next chain is released", { active: C166, next: C167 }, { active: C166 }, ["stage"]],
  ["it is staged already", { active: C166, next: C167 }, { active: C166, next: C167 }, []],
  ["it was built anew, the same chain", { active: C166, next: rebuilt }, { active: C166, next: C167 }, ["stage"]],
  ["it was built anew as it was time", { active: rebuilt, previous: C166 }, { active: C166, next: C167 }, ["switch"]],
  ["another one takes its place", { active: C166, next: C168 }, { active: C166, next: C167 }, ["stage"]],
  ["the old chain has ended", { active: C167, previous: C166 }, { active: C166, next: C167 }, ["switch"]],
  ["after a holiday", { active: C167, previous: C165, next: C168 }, { active: C165 }, ["stage", "switch"]],
  ["the first epochs are over", { active: C167, settled: true }, { active: C167, previous: C166 }, ["settle"]],
  ["it has proved itself", { active: C167, settled: true }, { active: C167, settled: true }, []],
])("when %s", (_, plan, record, work) => {
  expect(workOf(plan, record, C165.genesisTime)).toEqual(work);
});

describe("a chain that has ended", () => {
  const record: Plan = { active: C167, previous: C166 };
  const end = C167.executionGenesisTime + C167.period;

  test("proves nothing any more: there is no settle", () => {
    expect(workOf({ active: C167, settled: true }, record, end - 1)).toEqual(["settle"]);
    expect(workOf({ active: C167, settled: true }, record, end)).toEqual([]);
  });
});

test("a switch is due when the chain has ended and the next one, where it is known, has begun", () => {
  const end = C166.executionGenesisTime + C166.period;
  expect(switchTime({ active: C166 })).toBe(end);
  expect(switchTime({ active: C166, next: C167 })).toBe(end);
  expect(switchTime({ active: C166, next: { ...C167, executionGenesisTime: end + 3_600 } })).toBe(end + 3_600);
});

describe("the next look", () => {
  const end = C166.executionGenesisTime + C166.period;
  const settles = C166.genesisTime + SETTLE_EPOCH * 32 * 12;

  test.each<[string, number, Plan, number]>([
    ["long before the end is when a release may be there", C166.genesisTime, { active: C166 }, end - STAGE_LEAD],
    ["is when a release may be there", end - STAGE_LEAD - 100, { active: C166 }, end - STAGE_LEAD],
    ["comes every minute while a release is awaited", end - 500, { active: C166 }, end - 440],
    ["comes every minute after the end as well", end + 500, { active: C166 }, end + 560],
    [
      "is shortly before the end, for a release that is built anew",
      end - 7_000,
      { active: C166, next: C167 },
      end - 900,
    ],
    ["is the end, to the second, once the next chain is staged", end - 500, { active: C166, next: C167 }, end],
    ["comes soon again while the end is doubted", end + 5, { active: C166, next: C167 }, end + 20],
    ["is when the new chain can have proved itself", C166.genesisTime, { active: C166, previous: C165 }, settles],
    ["comes every minute until it has", settles + 5, { active: C166, previous: C165 }, settles + 65],
  ])("%s", (_, now, plan, time) => {
    expect(nextLook(now, plan)).toBe(time);
  });
});

describe("a release source", () => {
  const end = C166.executionGenesisTime + C166.period;
  const early = C166.genesisTime;

  test("is not asked by every node at once: each has a first look of its own, within ten minutes", () => {
    const ids = Array.from({ length: 300 }, (_, index) => (index * 7_919).toString(16).padStart(8, "0"));
    const looks = ids.map((id) => nextLook(early, { active: C166 }, { id }) - (end - STAGE_LEAD));
    expect(Math.min(...looks)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...looks)).toBeLessThan(600);
    expect(new Set(looks).size).toBeGreaterThan(200);
  });

  test("that does not answer is asked less and less often, every five minutes at last", () => {
    const now = end - 1_000;
    const pauses = [0, 1, 2, 3, 4, 9].map((silent) => nextLook(now, { active: C166 }, { silent }) - now);
    expect(pauses).toEqual([60, 60, 120, 240, 300, 300]);
  });

  test("keeps nothing that is due from its time", () => {
    const asking = { id: "ffffffff", silent: 9 };
    expect(nextLook(end - 5, { active: C166, next: C167 }, asking)).toBe(end);
    const settles = C166.genesisTime + SETTLE_EPOCH * 32 * 12;
    expect(nextLook(early, { active: C166, previous: C165 }, asking)).toBe(settles);
  });
});

describe("a stack's own moment", () => {
  test("is the same each time, within the jitter, and not the same for all", () => {
    const ids = Array.from({ length: 200 }, (_, index) => (index * 0x01234567).toString(16).padStart(8, "0").slice(-8));
    const offsets = ids.map((id) => offsetOf(id, 60));
    expect(offsets).toEqual(ids.map((id) => offsetOf(id, 60)));
    expect(Math.min(...offsets)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...offsets)).toBeLessThanOrEqual(60);
    expect(new Set(offsets).size).toBeGreaterThan(30);
  });

  test("is at once without a jitter", () => {
    expect(offsetOf("ffffffff", 0)).toBe(0);
  });
});
