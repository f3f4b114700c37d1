// The clock of Ephemery against what its releases said, and against EIP-6916.

import fc from "fast-check";
import { chainIdOf, EPHEMERY_CLOCK, iterationOfTag, startOf, tagOf } from "../../../chain/iteration";

/** Published by ephemery-genesis (values.env of these iterations), or by the network's calendar. */
const KNOWN = [
  { iteration: 0, chainId: 39_438_000, start: 1_393_527_600, date: "2014-02-27T19:00:00.000Z" },
  { iteration: 135, chainId: 39_438_135, start: 1_720_119_600, date: "2024-07-04T19:00:00.000Z" },
  { iteration: 164, chainId: 39_438_164, start: 1_790_276_400, date: "2026-09-24T19:00:00.000Z" },
  { iteration: 166, chainId: 39_438_166, start: 1_795_114_800, date: "2026-11-19T19:00:00.000Z" },
] as const;

const clocks = fc.record({
  genesis0: fc.integer({ min: 0, max: 2_000_000_000 }),
  period: fc.integer({ min: 1, max: 10_000_000 }),
});

describe("the clock of Ephemery", () => {
  test.each(KNOWN)(
    "iteration $iteration starts at $date with chain id $chainId",
    ({ iteration, chainId, start, date }) => {
      expect(startOf(iteration)).toBe(start);
      expect(new Date(start * 1000).toISOString()).toBe(date);
      expect(chainIdOf(iteration)).toBe(chainId);
    },
  );

  test("the period is 28 days", () => {
    expect(EPHEMERY_CLOCK.period).toBe(28 * 24 * 60 * 60);
  });

  test("of any clock, an iteration begins a period after the one before it", () => {
    fc.assert(
      fc.property(clocks, fc.nat(100_000), (clock, iteration) => {
        expect(startOf(iteration + 1, clock) - startOf(iteration, clock)).toBe(clock.period);
      }),
    );
  });
});

describe("release tags", () => {
  test("every iteration has a tag, and the tag leads back to it", () => {
    expect(tagOf(166)).toBe("ephemery-166");
    fc.assert(fc.property(fc.nat(999_999_999), (iteration) => iterationOfTag(tagOf(iteration)) === iteration));
  });

  test.each([
    "",
    "ephemery-",
    "ephemery",
    "166",
    "v1.0.0",
    "ephemery-166-rc1",
    "ephemery-166 ",
    "ephemery-166\n",
    "Ephemery-166",
    "my-ephemery-166",
    "ephemery--1",
    "ephemery-1.5",
    "ephemery-1e3",
    "ephemery-0x1",
    "ephemery-1234567890",
  ])("%j is the tag of no iteration", (tag) => {
    expect(iterationOfTag(tag)).toBeUndefined();
  });
});
