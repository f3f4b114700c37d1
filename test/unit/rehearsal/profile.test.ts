// The fork a rehearsal's chain starts with, where the profile's is not wanted.

import { PROFILES, withFork } from "../../../rehearsal/profile";

test.each([
  ["fulu", undefined, "fulu"],
  ["fulu", "electra", "electra"],
  ["fulu", "fulu", "fulu"],
  ["electra-fast", undefined, "electra"],
  ["electra-fast", "electra", "electra"],
] as const)("%s with --fork %s starts with %s, and is the same otherwise", (name, fork, expected) => {
  expect(withFork(name, fork)).toEqual({ ...PROFILES[name], fork: expected });
});

test("promise 9: fulu on epochs of 8 slots is refused, with what to do instead", () => {
  expect(() => withFork("electra-fast", "fulu")).toThrow(
    expect.objectContaining({
      message: expect.stringContaining("the profile electra-fast has epochs of 8 slots, and fulu needs 32"),
      remedy: expect.stringContaining("--profile fulu"),
    }),
  );
});
