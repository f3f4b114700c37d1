// When a client that ends by itself is told of, and which ends are none of that kind.

import type { Layer } from "../../../clients/spec";
import { OwnEnds } from "../../../operations/crashes";

/** What is told of the events, one after the other. */
function told(...events: readonly (readonly [string, Layer])[]): number[] {
  const ends = new OwnEnds();
  return events.flatMap(([action, role]) => ends.note({ action, role }) ?? []);
}
const CRASH = [
  ["die", "beacon"],
  ["start", "beacon"],
] as const;

test.each([
  [2, []],
  [3, [3]],
  [5, [3]],
  [6, [3, 6]],
  [13, [3, 6, 12]],
])("after %i ends it has been told at %j", (times, at) => {
  expect(told(...Array.from({ length: times }, () => CRASH).flat())).toEqual(at);
});

test("each client's ends are its own", () => {
  expect(told(...CRASH, ["die", "execution"], ...CRASH, ["start", "execution"], ["die", "execution"])).toEqual([]);
});

test("one that was told to end has not ended by itself, and may do so after it has started again", () => {
  const stop = [
    ["kill", "beacon"],
    ["die", "beacon"],
    ["start", "beacon"],
  ] as const;
  expect(told(...stop, ...stop, ...stop, ...stop)).toEqual([]);
  expect(told(...stop, ...CRASH, ...CRASH, ...CRASH)).toEqual([3]);
});
