// Which chain the plan puts a node on, from the time, the releases and the record.

import fc from "fast-check";
import { type ChainFacts, generationOf } from "../../../chain/facts";
import { type Clock, needsReleases, otherForks, type Plan, plan, SETTLE_EPOCH, STAGE_LEAD } from "../../../chain/plan";
import { Problem } from "../../../config/problem";
import { CHAIN } from "../../support/node";

const PERIOD = 100_000;
/** Seconds from an execution genesis to slot 0. */
const DELAY = 600;

/** Iteration n runs from n × 100,000 to the next. */
function chain(iteration: number, identity = iteration.toString(16).padStart(64, "0")): ChainFacts {
  return {
    ...CHAIN,
    iteration,
    identity,
    generation: generationOf(iteration, identity),
    executionGenesisTime: iteration * PERIOD,
    genesisTime: iteration * PERIOD + DELAY,
    period: PERIOD,
  };
}

/** A clock, and somebody who agrees. */
const at = (now: number): Clock => ({ now, witnesses: [now] });
const beginOf = (iteration: number): number => iteration * PERIOD;
/** When a chain has run for some epochs. */
const epochsInto = (iteration: number, epochs: number): number =>
  beginOf(iteration) + DELAY + epochs * CHAIN.slotsPerEpoch * CHAIN.secondsPerSlot;

const [C164, C165, C166, C167, C168] = [chain(164), chain(165), chain(166), chain(167), chain(168)];
const REBUILT = { ...C166, release: { ...C166.release, sha256: "f".repeat(64) } };
const OTHER = chain(166, "d".repeat(64));

const failure = (act: () => unknown): unknown => {
  try {
    act();
  } catch (thrown) {
    return thrown;
  }
  return undefined;
};

describe("without a record", () => {
  test.each<[string, number, ChainFacts[], Plan]>([
    ["the only release that has begun is run", beginOf(166) + 500, [C166], { active: C166 }],
    [
      "a release begins at its execution genesis time, not a second later",
      beginOf(166),
      [C165, C166],
      { active: C166 },
    ],
    [
      "the running one is run, and the one to come staged",
      beginOf(167) - 1,
      [C167, C166],
      { active: C166, next: C167 },
    ],
    ["of several that have begun, the latest is run", beginOf(168) + 1, [C166, C168, C167], { active: C168 }],
    ["a chain that should have ended is run when nothing newer is there", beginOf(170), [C166], { active: C166 }],
    ["before the first genesis, the earliest to come is run", beginOf(100), [C168, C166], { active: C166, next: C168 }],
  ])("%s", (_, now, releases, expected) => {
    expect(plan({ now, witnesses: [] }, releases, undefined)).toEqual(expected);
  });

  test("promise 3: without a release there is a problem, and no plan", () => {
    const problem = failure(() => plan(at(beginOf(166)), [], undefined));
    expect(problem).toBeInstanceOf(Problem);
    expect(problem).toMatchObject({ code: "no-plan", remedy: expect.stringContaining("ephemery:releaseSources") });
  });
});

describe("with iteration 166 deployed", () => {
  const record = { active: C166 };
  const running = { active: C166 };
  const staged = { active: C166, next: C167 };

  test.each<[string, number, ChainFacts[], Plan]>([
    ["nothing changes while it runs", beginOf(166) + 500, [C166], running],
    ["a successor that is published early is staged beside it", beginOf(166) + 500, [C167], staged],
    ["it stays staged until the last second", beginOf(167) - 1, [C166, C167], staged],
    ["the successor takes over at its execution genesis time", beginOf(167), [C167], { active: C167, previous: C166 }],
    [
      "a release that is late by a day takes over when it is there",
      beginOf(167) + 86_400,
      [C167],
      { active: C167, previous: C166 },
    ],
    [
      "after a holiday the latest that has begun takes over, none in between",
      beginOf(168) + 500,
      [C167, C168],
      { active: C168, previous: C166 },
    ],
    ["an iteration that is skipped is skipped", beginOf(168) + 500, [C168], { active: C168, previous: C166 }],
    [
      "after a holiday the one to come is staged as well",
      beginOf(168) - 500,
      [C167, C168],
      { active: C167, previous: C166, next: C168 },
    ],
    [
      "a successor that has not begun is staged, however long ago the old chain ended",
      beginOf(167) + 500,
      [C168],
      { active: C166, next: C168 },
    ],
    ["an older release never takes over", beginOf(167) + 500, [C164, C165], running],
    ["another build of the same chain changes nothing", beginOf(166) + 500, [REBUILT], running],
    ["another build of the same chain changes nothing after its end either", beginOf(167) + 500, [REBUILT], running],
    [
      "a release whose files are missing is no release: the chain goes on after its end",
      beginOf(167) + 500,
      [],
      running,
    ],
  ])("%s", (_, now, releases, expected) => {
    expect(plan(at(now), releases, record)).toEqual(expected);
  });

  test("a successor that claims to have begun before the old chain's end waits for that end", () => {
    const hasty = { ...C167, executionGenesisTime: beginOf(166) + 100 };
    expect(plan(at(beginOf(167) - 1), [hasty], record)).toEqual({ active: C166, next: hasty });
    expect(plan(at(beginOf(167)), [hasty], record).active).toBe(hasty);
  });

  test("a period that changes is the release's: its own genesis time is waited for", () => {
    const later = { ...C167, executionGenesisTime: beginOf(167) + 5_000 };
    expect(plan(at(later.executionGenesisTime - 1), [later], record).active).toBe(C166);
    expect(plan(at(later.executionGenesisTime), [later], record).active).toBe(later);
  });

  test("another chain under the same iteration is an alarm that names both, before and after the end", () => {
    for (const now of [beginOf(166) + 500, beginOf(167) + 500]) {
      const problem = failure(() => plan(at(now), [OTHER, C167], record));
      expect(problem).toMatchObject({ code: "identity-changed" });
      expect(problem).toMatchObject({ message: expect.stringContaining(C166.generation) });
      expect(problem).toMatchObject({ message: expect.stringContaining(OTHER.generation) });
    }
  });

  describe("promise 3: a wrong clock wipes nothing", () => {
    test.each([
      ["nobody confirms the time", [], C166],
      ["the only other clock is before the end", [beginOf(167) - 60], C166],
      ["another clock says the same", [beginOf(167) + 5], C167],
      ["another clock is behind by a second", [beginOf(167) - 1], C167],
      ["one of two others says the same", [beginOf(160), beginOf(167)], C167],
    ])("when %s", (_, witnesses, active) => {
      expect(plan({ now: beginOf(167), witnesses }, [C167], { active: C166, next: C167 }).active).toBe(active);
    });

    test("nor does a clock that is behind, whatever the others say", () => {
      const clock = { now: beginOf(167) - 1, witnesses: [beginOf(167), beginOf(168)] };
      expect(plan(clock, [C167], { active: C166, next: C167 }).active).toBe(C166);
    });
  });

  test("promise 3: without any release the record is the plan, at any time", () => {
    fc.assert(fc.property(fc.integer(), (now) => plan(at(now), [], record).active === C166));
  });
});

describe("with the next iteration staged", () => {
  const record = { active: C166, next: C167 };
  const rebuilt = { ...C167, release: { ...C167.release, sha256: "e".repeat(64) } };
  const forked = { ...rebuilt, forks: [{ name: "later", epoch: 7 }] };
  const mirrored = { ...C167, release: { ...rebuilt.release, source: "https://mirror.example/ephemery" } };
  const other = chain(167, "d".repeat(64));

  test.each<[string, number, ChainFacts[], Plan]>([
    ["it needs no source to take over", beginOf(167), [], { active: C167, previous: C166 }],
    [
      "another build of it takes its place, for its bootnodes and its configuration",
      beginOf(167) - 60,
      [rebuilt],
      { active: C166, next: rebuilt },
    ],
    [
      "another build of it takes over with what is new in it",
      beginOf(167),
      [rebuilt],
      { active: rebuilt, previous: C166 },
    ],
    ["another mirror's tarball of it changes nothing", beginOf(167) - 60, [mirrored], record],
    ["one with another fork does not: the databases know the first", beginOf(167) - 60, [forked], record],
    [
      "another chain under its tag takes its place: nothing has run on it",
      beginOf(167) - 60,
      [other],
      { active: C166, next: other },
    ],
    ["it is not given up for one further on", beginOf(167) - 60, [C168], record],
    ["a source that has lost its releases changes nothing", beginOf(167) - 60, [C165], record],
  ])("%s", (_, now, releases, expected) => {
    expect(plan(at(now), releases, record)).toEqual(expected);
  });

  test.each<[string, ChainFacts[], string | undefined]>([
    ["with other forks is told of, with both", [forked], "later 7"],
    ["with the same forks is not", [rebuilt], undefined],
    ["that is another chain is not: it takes the place of the first", [{ ...other, forks: [] }], undefined],
    ["that is of another iteration is not", [{ ...C168, forks: [] }], undefined],
  ])("promise 9: a release %s", (_, releases, forks) => {
    const problem = otherForks(releases, record);
    if (forks === undefined) expect(problem).toBeUndefined();
    else expect(problem).toMatchObject({ code: "forks-changed", message: expect.stringContaining(forks) });
    expect(otherForks(releases, { active: C166 })).toBeUndefined();
  });
});

describe("after a switch", () => {
  const record = { active: C167, previous: C166 };
  const settles = epochsInto(167, SETTLE_EPOCH);

  test.each<[string, number, Plan, Plan]>([
    ["the data of the old chain stays for the first epochs", settles - 1, record, record],
    ["then the new chain has to prove itself, and the old data goes", settles, record, { active: C167, settled: true }],
    [
      "what has proved itself stays proved",
      settles + 5_000,
      { active: C167, settled: true },
      { active: C167, settled: true },
    ],
    ["a node that never switched has nothing to prove", settles, { active: C167 }, { active: C167 }],
    ["a chain that has ended proves nothing any more", beginOf(168), record, record],
    [
      "it proves itself beside a chain that is staged",
      settles,
      { ...record, next: C168 },
      { active: C167, next: C168, settled: true },
    ],
  ])("%s", (_, now, deployed, expected) => {
    expect(plan(at(now), [], deployed)).toEqual(expected);
  });

  test("promise 2: one that can't prove itself keeps no chain from being staged: that comes first", () => {
    const { executionGenesisTime, period } = C167;
    const now = executionGenesisTime + period - 60;
    const first = plan(at(now), [C168], record);
    expect(first).toEqual({ ...record, next: C168 });
    expect(plan(at(now), [C168], first)).toEqual({ active: C167, next: C168, settled: true });
    const proved = { active: C167, settled: true };
    expect(plan(at(now), [C168], proved)).toEqual({ ...proved, next: C168 });
  });

  test("another switch before that keeps the chain that ran last, and no older one", () => {
    expect(plan(at(beginOf(168)), [C168], record)).toEqual({ active: C168, previous: C167 });
    expect(plan(at(beginOf(168)), [C168], { active: C167, settled: true })).toEqual({ active: C168, previous: C167 });
  });
});

test.each([
  ["nothing is deployed", 0, undefined, true],
  ["the chain has just begun", beginOf(166), { active: C166 }, false],
  ["the next release is not due yet", beginOf(167) - STAGE_LEAD - 1, { active: C166 }, false],
  ["the next release may be there", beginOf(167) - STAGE_LEAD, { active: C166 }, true],
  ["the next one is staged, and may be released anew", beginOf(167) - 1, { active: C166, next: C167 }, true],
  ["the chain ended long ago", beginOf(500), { active: C166 }, true],
])("when %s, at %i, whether releases are asked for is decided", (_, now, record, needed) => {
  expect(needsReleases(now, record)).toBe(needed);
});

describe("for any time, record and releases", () => {
  const times = fc.integer({ min: 0, max: 200 * PERIOD });
  const iterations = fc.integer({ min: 0, max: 199 });
  const releases = fc.uniqueArray(iterations, { maxLength: 6 }).map((all) => all.map((each) => chain(each)));
  const records = fc
    .record({ active: iterations, staged: fc.boolean(), switched: fc.boolean(), settled: fc.boolean() })
    .map(
      ({ active, staged, switched, settled }): Plan => ({
        active: chain(active),
        ...(staged ? { next: chain(active + 1) } : {}),
        ...(switched && active > 0 && !settled ? { previous: chain(active - 1) } : {}),
        ...(settled ? { settled } : {}),
      }),
    );

  test("the iteration never goes back, and changes only to a release that has begun, after the old chain's end", () => {
    fc.assert(
      fc.property(times, releases, records, (now, published, record) => {
        const { active, previous } = plan(at(now), published, record);
        if (active === record.active) return;
        expect(active.iteration).toBeGreaterThan(record.active.iteration);
        expect([...published, record.next]).toContain(active);
        expect(active.executionGenesisTime).toBeLessThanOrEqual(now);
        expect(now).toBeGreaterThanOrEqual(beginOf(record.active.iteration + 1));
        expect(previous).toBe(record.active);
      }),
    );
  });

  test("promise 2: what is staged stays staged or takes over, and the chain that ran keeps its data until the new one has proved itself", () => {
    fc.assert(
      fc.property(times, releases, records, (now, published, record) => {
        const decided = plan(at(now), published, record);
        const kept = [decided.previous, decided.active, decided.next];
        expect(kept).toContain(record.active);
        const { next } = record;
        if (next && decided.active.iteration <= next.iteration)
          expect(kept.map((each) => each?.identity)).toContain(next.identity);
        if (record.previous && decided.active === record.active && !decided.settled)
          expect(decided.previous).toBe(record.previous);
      }),
    );
  });

  test("a plan that is deployed is the plan of the next run", () => {
    fc.assert(
      fc.property(times, releases, fc.option(records, { nil: undefined }), (now, published, deployed) => {
        fc.pre(published.length > 0 || deployed !== undefined);
        const first = plan(at(now), published, deployed);
        const second = plan(at(now), published, first);
        // A switch that comes after the first epochs, and a stage before the proof, are followed by it.
        const { previous, ...others } = first;
        expect([first, { ...others, settled: true }]).toContainEqual(second);
        if (deployed && first.active === deployed.active && first.next === deployed.next) expect(second).toEqual(first);
        expect(plan(at(now), published, second)).toEqual(second);
      }),
    );
  });

  test("the order of the releases has no say", () => {
    fc.assert(
      fc.property(times, releases, records, (now, published, record) => {
        expect(plan(at(now), published.toReversed(), record)).toEqual(plan(at(now), published, record));
      }),
    );
  });
});
