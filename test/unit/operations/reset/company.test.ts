// A beacon node that has just moved and meets nobody is started again, until it does or slot 0 is near.

import { isOnlyBootnode, meetPeers } from "../../../../operations/reset/company";
import { enrOf } from "../../../../rehearsal/bootnodes";

const SLOT_ZERO = 1_000;

/** A node that moved at a time; the n-th start of its beacon node meets peers after some seconds, or never. */
function node(movedAt: number, meetsAfter: readonly (number | undefined)[]) {
  let time = movedAt;
  let startedAt = movedAt;
  const restarts: number[] = [];
  const met = (): boolean => {
    const after = meetsAfter[restarts.length];
    return after !== undefined && time >= startedAt + after;
  };
  return {
    restarts,
    time: () => time,
    run: () =>
      meetPeers({
        slotZero: SLOT_ZERO,
        now: () => time,
        pause: async (seconds) => {
          time += seconds;
        },
        peers: async () => (met() ? 1 : 0),
        restart: async () => {
          restarts.push(time);
          time += 5;
          startedAt = time;
        },
      }),
  };
}

test("one that meets peers by itself is left alone, and costs no time", async () => {
  const quick = node(500, [0]);
  expect(await quick.run()).toBe(0);
  expect(quick.time()).toBe(500);
  expect(await node(500, [20]).run()).toBe(0);
});

test("one that was there before its bootnodes meets them when it is started again", async () => {
  const early = node(500, [undefined, undefined, 3]);
  expect(await early.run()).toBe(2);
  expect(early.restarts[0]).toBe(525);
  expect(early.time()).toBeLessThan(600);
});

test("one that meets nobody runs at slot 0 all the same", async () => {
  const lonely = node(
    900,
    Array.from({ length: 20 }, () => undefined),
  );
  expect(await lonely.run()).toBeGreaterThan(0);
  expect(Math.max(...lonely.restarts)).toBeLessThan(SLOT_ZERO - 25);
  expect(lonely.time()).toBeLessThan(SLOT_ZERO);
});

test("one that does not say how many peers it has is left alone", async () => {
  const restart = jest.fn();
  let time = 500;
  const pause = async (seconds: number): Promise<void> => {
    time += seconds;
  };
  const silent = { slotZero: SLOT_ZERO, now: () => time, pause, peers: async () => undefined, restart };
  expect(await meetPeers(silent)).toBe(0);
  expect(restart).not.toHaveBeenCalled();
});

test("after slot 0 nothing is started again", async () => {
  const late = node(SLOT_ZERO + 100, [undefined]);
  expect(await late.run()).toBe(0);
  expect(late.time()).toBe(SLOT_ZERO + 100);
});

describe("the only bootnode", () => {
  const recordOf = (key: string, beaconAddress = "10.213.39.12"): Promise<string> =>
    enrOf({
      executionKey: key,
      beaconKey: key,
      executionAddress: "10.213.39.11",
      beaconAddress,
      ports: { execution: 30303, beacon: 9000, quic: 9001 },
    });
  const [own, other] = ["1".repeat(64), "2".repeat(64)];

  test("is the node whose key signed the one record there is, wherever it was then", async () => {
    expect(await isOnlyBootnode(await recordOf(own, "10.213.39.99"), [await recordOf(own)])).toBe(true);
  });

  test.each([
    ["there is another one", [own, other]],
    ["it is another one", [other]],
  ])("is not there where %s", async (_, keys) => {
    expect(await isOnlyBootnode(await recordOf(own), await Promise.all(keys.map((key) => recordOf(key))))).toBe(false);
  });

  test("is not there where a record can't be read, or the node does not tell its own", async () => {
    expect(await isOnlyBootnode(await recordOf(own), [await recordOf(own), "enr:-nonsense"])).toBe(false);
    expect(await isOnlyBootnode(undefined, [])).toBe(false);
    expect(await isOnlyBootnode("enr:-nonsense", ["enr:-nonsense"])).toBe(false);
  });
});
