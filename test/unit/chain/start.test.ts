// Where a beacon node starts from: in the first epochs genesis, later the first provider that is on this chain.

import fc from "fast-check";
import { chooseStart, needsCheckpoint, type ProviderAnswer, startSchema, warningOf } from "../../../chain/start";
import { CHAIN } from "../../support/node";

const ROOT = CHAIN.genesisValidatorsRoot;
const OTHER_ROOT = `0x${"12".repeat(32)}`;
const on = (url: string, finalizedEpoch: number, genesisValidatorsRoot = ROOT): ProviderAnswer => ({
  url,
  genesisValidatorsRoot,
  finalizedEpoch,
});
const silent = (url: string): ProviderAnswer => ({ url, failure: "did not answer in time" });
const A = "https://a.example";
const B = "https://b.example";

/** Times on this chain: slots of 12 s, 32 to an epoch. */
const epoch = (number: number): number => CHAIN.genesisTime + number * 384;

describe("in the first three epochs", () => {
  test.each([
    ["before slot 0", CHAIN.executionGenesisTime, 0],
    ["at slot 0", epoch(0), 0],
    ["in epoch 2's last second", epoch(3) - 1, 2],
  ])("%s it is genesis, whatever the providers say", (_, now, number) => {
    expect(needsCheckpoint(now, CHAIN)).toBe(false);
    expect(chooseStart(now, CHAIN, [on(A, 1)])).toEqual({ kind: "genesis", reason: `the chain is at epoch ${number}` });
  });

  test("they end by the chain's own slots and epochs", () => {
    const fast = { ...CHAIN, secondsPerSlot: 2, slotsPerEpoch: 8 };
    expect(needsCheckpoint(CHAIN.genesisTime + 47, fast)).toBe(false);
    expect(needsCheckpoint(CHAIN.genesisTime + 48, fast)).toBe(true);
  });
});

describe("from epoch 3 on", () => {
  test.each([
    ["the first that fits is taken", 100, [on(A, 98), on(B, 99)], A, 98],
    ["one that is silent is passed over", 100, [silent(A), on(B, 98)], B, 98],
    ["one on another chain is passed over", 100, [on(A, 98, OTHER_ROOT), on(B, 98)], B, 98],
    ["one with nothing final is passed over", 3, [on(A, 0), on(B, 1)], B, 1],
    ["one 33 epochs behind is passed over", 100, [on(A, 67), on(B, 98)], B, 98],
    ["one 32 epochs behind is taken", 100, [on(A, 68), on(B, 98)], A, 68],
  ])("%s", (_, number, answers, url, finalized) => {
    const start = chooseStart(epoch(number), CHAIN, answers);
    expect(start).toEqual({ kind: "checkpoint", url, epoch: finalized });
    expect(startSchema.parse(start)).toEqual(start);
  });

  test("when none will do, it is genesis, with each one's reason", () => {
    const answers = [silent(A), on(B, 98, OTHER_ROOT), on("https://c.example", 0), on("https://d.example", 5)];
    expect(chooseStart(epoch(100), CHAIN, answers)).toEqual({
      kind: "genesis",
      reason:
        "https://a.example did not answer in time; https://b.example is on another chain; " +
        "https://c.example has nothing final yet; https://d.example is stale at epoch 5",
      epoch: 100,
    });
    const none = chooseStart(epoch(100), CHAIN, []);
    expect(none).toEqual({ kind: "genesis", reason: "there is no provider", epoch: 100 });
    expect(startSchema.parse(none)).toEqual(none);
  });

  test("promise 3: a checkpoint of another chain is never taken", () => {
    const answers = fc.array(
      fc.record({
        url: fc.webUrl(),
        finalizedEpoch: fc.nat(300),
        genesisValidatorsRoot: fc.constantFrom(ROOT, OTHER_ROOT, ROOT.toUpperCase(), ROOT.slice(0, -2), ""),
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), answers, (number, all) => {
        const start = chooseStart(epoch(number), CHAIN, all);
        const fitting = all.filter(
          (each) =>
            each.genesisValidatorsRoot === ROOT && each.finalizedEpoch >= 1 && number - each.finalizedEpoch <= 32,
        );
        const expected = number < 3 ? undefined : fitting[0];
        if (start.kind === "checkpoint") expect(start).toMatchObject({ url: expected?.url });
        else expect(expected).toBeUndefined();
      }),
    );
  });
});

describe("a person is told of a start", () => {
  test("from genesis on an old chain: why, and what to do", () => {
    const warning = warningOf(chooseStart(epoch(5_000), CHAIN, [silent(A)]), "mynode");
    expect(warning).toMatch(/from genesis, though the chain is at epoch 5000: https:\/\/a\.example did not answer/);
    expect(warning).toMatch(/bin\/ephemery destroy --stack mynode.*bin\/ephemery up --stack mynode.*keys stay/);
  });

  test.each([
    ["in the first epochs", chooseStart(epoch(2), CHAIN, [])],
    ["at a checkpoint", chooseStart(epoch(100), CHAIN, [on(A, 98)])],
    ["that was recorded before this was kept", startSchema.parse({ kind: "genesis", reason: "there is no provider" })],
  ])("nothing of one %s", (_, start) => {
    expect(warningOf(start, "mynode")).toBeUndefined();
  });
});
