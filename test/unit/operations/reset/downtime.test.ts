// How long a node was down, from the engine's events.

import type { Layer } from "../../../../clients/spec";
import type { Seen } from "../../../../operations/host/client-events";
import { nodeDown } from "../../../../operations/reset/downtime";

const seen = (...all: readonly (readonly [string, Layer, number])[]): Seen[] =>
  all.map(([action, role, time]) => ({ action, role, time, container: role }));

const SWITCH = [
  ["kill", "validator", 100.2],
  ["die", "validator", 101],
  ["kill", "beacon", 101.1],
  ["die", "execution", 103],
  ["health_status: healthy", "execution", 106],
  ["health_status: healthy", "beacon", 110],
  ["health_status: healthy", "validator", 114.74],
] as const;

test("it is from the first client that was told to stop to the last one that was ready", () => {
  expect(nodeDown(seen(...SWITCH), "validator")).toBe(14.5);
  expect(nodeDown(seen(...SWITCH), "beacon")).toBe(9.8);
});

describe("a switch that a run before did not finish", () => {
  const before = { since: 40.2, seconds: null };
  const READY = seen(["health_status: healthy", "validator", 114.74]);

  test("counts from its first stop, whether there was anything left to stop or not", () => {
    expect(nodeDown(seen(...SWITCH), "validator", before)).toBe(74.5);
    expect(nodeDown(READY, "validator", before)).toBe(74.5);
  });

  test("counts what that saw, where it saw all of it", () => {
    expect(nodeDown([], "validator", { ...before, seconds: 12.5 })).toBe(12.5);
    expect(nodeDown([], "validator", before)).toBeNull();
  });
});

test.each([
  ["nothing was stopped", seen(["health_status: healthy", "validator", 5]), "validator"],
  ["the last one never got ready", seen(...SWITCH.slice(0, -1)), "validator"],
  ["it was ready before only", seen(["health_status: healthy", "validator", 5], ["die", "validator", 6]), "validator"],
  ["nothing was seen", [], "beacon"],
] as const)("nobody knows when %s", (_, events, last) => {
  expect(nodeDown(events, last)).toBeNull();
});
