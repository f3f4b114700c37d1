// The sizing table: its rows and their bounds, what validators add, and that more of anything never gives less.

import fc from "fast-check";
import { sizingOf, sizingTable, tierOf } from "../../../config/sizing";

test.each([
  [0, "tiny"],
  [1, "tiny"],
  [5_999, "tiny"],
  [6_000, "small"],
  [13_999, "small"],
  [14_000, "medium"],
  [29_999, "medium"],
  [30_000, "large"],
  [1_000_000, "large"],
])("a host with %i MiB is %s", (memory, name) => {
  expect(tierOf(memory).name).toBe(name);
});

test.each([
  [2_000, { memory: 1_024, cache: 256 }, { memory: 1_536 }, 1.2],
  [8_000, { memory: 2_048, cache: 512 }, { memory: 3_072 }, 1.4],
  [16_000, { memory: 4_096, cache: 1_024 }, { memory: 6_144 }, 1.7],
  [64_000, { memory: 8_192, cache: 4_096 }, { memory: 10_240 }, 2],
])("with %i MiB and no validators, each client has what the table says", (memory, execution, beacon, peers) => {
  expect(sizingOf(memory, 0)).toEqual({ execution, beacon, validator: { memory: 512 }, peers, leastBeaconPeers: 0 });
});

test.each([
  [1, 1_537, 0, 513],
  [2, 1_538, 0, 513],
  [63, 1_599, 0, 544],
  [64, 1_600, 100, 544],
  [1_000, 2_536, 100, 1_012],
  [4_096, 5_632, 100, 2_560],
  [4_097, 5_632, 100, 2_561],
  [10_000, 5_632, 100, 5_512],
])(
  "%i validators add to a tiny host's: beacon node %i MiB and %i peers at least, validator client %i MiB",
  (count, beacon, leastBeaconPeers, validator) => {
    expect(sizingOf(2_000, count)).toEqual({
      execution: { memory: 1_024, cache: 256 },
      beacon: { memory: beacon },
      validator: { memory: validator },
      peers: 1.2,
      leastBeaconPeers,
    });
  },
);

describe("for any host and any number of validators", () => {
  const memory = fc.integer({ min: 0, max: 200_000 });
  const count = fc.integer({ min: 0, max: 10_000 });

  test("limits are whole MiB that Docker takes, and the cache leaves most of its limit to the rest", () => {
    fc.assert(
      fc.property(memory, count, (host, validators) => {
        const { execution, beacon, validator } = sizingOf(host, validators);
        for (const { memory: limit } of [execution, beacon, validator]) {
          expect(Number.isInteger(limit)).toBe(true);
          expect(limit).toBeGreaterThanOrEqual(256);
        }
        expect(execution.cache).toBeLessThanOrEqual(execution.memory / 2);
      }),
    );
  });

  test("more memory or more validators never give any client less", () => {
    fc.assert(
      fc.property(memory, memory, count, count, (a, b, few, many) => {
        const [less, more] = [
          sizingOf(Math.min(a, b), Math.min(few, many)),
          sizingOf(Math.max(a, b), Math.max(few, many)),
        ];
        const numbers = ({ execution, beacon, validator, ...peers }: typeof less): readonly number[] => [
          execution.memory,
          execution.cache,
          beacon.memory,
          validator.memory,
          peers.peers,
          peers.leastBeaconPeers,
        ];
        numbers(more).forEach((value, index) => {
          expect(value).toBeGreaterThanOrEqual(numbers(less)[index] ?? 0);
        });
      }),
    );
  });
});

test("the documented table has a row for each tier, as it is used", () => {
  const rows = sizingTable()
    .split("\n")
    .filter((line) => /^\| \w+ \| \d+ MiB/.test(line))
    .map((line) => line.match(/[\d.]+/g)?.map(Number));
  expect(rows).toEqual(
    [0, 6_000, 14_000, 30_000].map((from) => {
      const { execution, beacon, peers } = sizingOf(from, 0);
      return [from, execution.memory, execution.cache, beacon.memory, peers];
    }),
  );
});
