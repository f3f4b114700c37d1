// Which chain the plan puts a node on, from the time, the releases and the record.

import fc from "fast-check";
import { type ChainFacts, generationOf } from "../../../chain/facts";
import { needsReleases, plan } from "../../../chain/plan";
import { Problem } from "../../../config/problem";
import { CHAIN } from "../../support/node";

const PERIOD = 1_000;

/** Iteration n runs from n × 1,000 to the next. */
function chain(iteration: number, identity = iteration.toString(16).padStart(64, "0")): ChainFacts {
  return {
    ...CHAIN,
    iteration,
    identity,
    generation: generationOf(iteration, identity),
    executionGenesisTime: iteration * PERIOD,
    genesisTime: iteration * PERIOD + 10,
    period: PERIOD,
  };
}

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
  test.each([
    ["the only release that has begun is run", 166_500, [C166], C166],
    ["a release begins at its execution genesis time, not a second later", 166_000, [C165, C166], C166],
    ["the running one is run, not the one to come", 166_999, [C167, C166], C166],
    ["of several that have begun, the latest is run", 168_001, [C166, C168, C167], C168],
    ["a chain that should have ended is run when nothing newer is there", 170_000, [C166], C166],
    ["before the first genesis, the earliest to come is run", 100_000, [C168, C166, C167], C166],
  ])("%s", (_, now, releases, active) => {
    expect(plan(now, releases, undefined)).toEqual({ active });
  });

  test("promise 3: without a release there is a problem, and no plan", () => {
    const problem = failure(() => plan(166_500, [], undefined));
    expect(problem).toBeInstanceOf(Problem);
    expect(problem).toMatchObject({ code: "no-plan", remedy: expect.stringContaining("ephemery:releaseSources") });
  });
});

describe("with iteration 166 deployed", () => {
  const record = { active: C166 };

  test.each([
    ["nothing changes while it runs", 166_500, [C166], C166],
    ["a successor that is published early waits", 166_999, [C167], C166],
    ["the successor takes over at its execution genesis time", 167_000, [C167], C167],
    ["the successor takes over when its release was late", 167_400, [C166, C167], C167],
    ["after a long absence the latest that has begun takes over, none in between", 168_500, [C167, C168], C168],
    ["a successor that has not begun waits, however long ago the old chain ended", 167_500, [C168], C166],
    ["an older release never takes over", 167_500, [C164, C165], C166],
    ["another build of the same chain changes nothing", 166_500, [REBUILT], C166],
    ["another build of the same chain changes nothing after its end either", 167_500, [REBUILT], C166],
  ])("%s", (_, now, releases, active) => {
    expect(plan(now, releases, record)).toEqual({ active });
  });

  test("a successor that claims to have begun before the old chain's end waits for that end", () => {
    const hasty = { ...C167, executionGenesisTime: 166_100 };
    expect(plan(166_999, [hasty], record).active).toBe(C166);
    expect(plan(167_000, [hasty], record).active).toBe(hasty);
  });

  test("another chain under the same iteration is an alarm that names both, before and after the end", () => {
    for (const now of [166_500, 167_500]) {
      const problem = failure(() => plan(now, [OTHER, C167], record));
      expect(problem).toMatchObject({ code: "identity-changed" });
      expect(problem).toMatchObject({ message: expect.stringContaining(C166.generation) });
      expect(problem).toMatchObject({ message: expect.stringContaining(OTHER.generation) });
    }
  });

  test("promise 3: without any release the record is the plan, at any time", () => {
    fc.assert(fc.property(fc.integer(), (now) => plan(now, [], record).active === C166));
  });
});

test.each([
  ["nothing is deployed", 0, undefined, true],
  ["the chain has just begun", 166_000, { active: C166 }, false],
  ["the chain ends in a second", 166_999, { active: C166 }, false],
  ["the chain has just ended", 167_000, { active: C166 }, true],
  ["the chain ended long ago", 500_000, { active: C166 }, true],
])("when %s, at %i, whether releases are asked for is decided", (_, now, record, needed) => {
  expect(needsReleases(now, record)).toBe(needed);
});

describe("for any time, record and releases", () => {
  const times = fc.integer({ min: 0, max: 200_000 });
  const iterations = fc.integer({ min: 0, max: 199 });
  const releases = fc.uniqueArray(iterations, { maxLength: 6 }).map((all) => all.map((each) => chain(each)));

  test("the iteration never goes back, and changes only to a release that has begun, after the old chain's end", () => {
    fc.assert(
      fc.property(times, releases, iterations, (now, published, deployed) => {
        const record = { active: chain(deployed) };
        const { active } = plan(now, published, record);
        if (active === record.active) return;
        expect(active.iteration).toBeGreaterThan(deployed);
        expect(published).toContain(active);
        expect(active.executionGenesisTime).toBeLessThanOrEqual(now);
        expect(now).toBeGreaterThanOrEqual((deployed + 1) * PERIOD);
      }),
    );
  });

  test("a plan that is deployed is the plan of the next run", () => {
    fc.assert(
      fc.property(times, releases, fc.option(iterations, { nil: undefined }), (now, published, deployed) => {
        fc.pre(published.length > 0 || deployed !== undefined);
        const first = plan(now, published, deployed === undefined ? undefined : { active: chain(deployed) });
        expect(plan(now, published, first)).toEqual(first);
      }),
    );
  });

  test("the order of the releases has no say", () => {
    fc.assert(
      fc.property(times, releases, iterations, (now, published, deployed) => {
        const record = { active: chain(deployed) };
        expect(plan(now, published.toReversed(), record)).toEqual(plan(now, published, record));
      }),
    );
  });

  test("where no release could change the plan, none does", () => {
    fc.assert(
      fc.property(times, releases, iterations, (now, published, deployed) => {
        const record = { active: chain(deployed) };
        fc.pre(!needsReleases(now, record));
        expect(plan(now, published, record).active).toBe(record.active);
      }),
    );
  });
});
