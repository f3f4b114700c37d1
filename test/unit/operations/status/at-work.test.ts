// How long `up --wait` waits, and what for.

import { stillToDo, untilAtWork } from "../../../../operations/status/at-work";
import type { StatusReport } from "../../../../operations/status/report";
import { WELL } from "../../../support/report";

const { chain, beacon, validators } = WELL;
const clock = (slot: number): Partial<StatusReport> => ({ chain: chain && { ...chain, slot } });
const head = (headSlot: number | null): Partial<StatusReport> => ({ beacon: beacon && { ...beacon, headSlot } });
const duties = (more: Partial<StatusReport["validators"]>): Partial<StatusReport> => ({
  validators: { ...validators, ...more },
});
const none = duties({ configured: 0, active: 0, attested: null });

test.each<[string, number, Partial<StatusReport>, string | undefined]>([
  ["a node that works", 70, {}, undefined],
  [
    "a head from before the waiting began, which a beacon node has that was only just started",
    71,
    {},
    "no block of slot 71 or later has come yet",
  ],
  ["a head nobody knows", 0, head(null), "no block of slot 0 or later has come yet"],
  ["a node that was waited for from before slot 0 on", -20, head(0), undefined],
  ["before slot 0, with validators", -20, { ...clock(-10), ...duties({ attested: 0 }) }, "slot 0 is near"],
  ["before slot 0, without", -20, { ...clock(-10), ...head(0), ...none }, undefined],
  ["no validators", 70, none, undefined],
  ["validators that the chain does not have", 70, duties({ active: 0, pending: 4, attested: null }), undefined],
  ["no attestation", 70, duties({ attested: 0 }), "no attestation is on the chain yet"],
  ["duties nobody knows", 70, duties({ active: null, attested: null }), "no attestation is on the chain yet"],
  [
    "duties that can't be counted",
    70,
    duties({ attested: null, uncounted: "GET /eth/v1/… answered 501" }),
    "duties can't be counted: GET /eth/v1/… answered 501",
  ],
  [
    "a node that is not well",
    0,
    { healthy: false, problem: { code: "beacon-silent", text: "The Beacon API does not answer.", remedy: "" } },
    "The Beacon API does not answer.",
  ],
])("%s", (_, since, more, waitsFor) => {
  expect(stillToDo({ ...WELL, ...more }, since)).toBe(waitsFor);
});

describe("the wait", () => {
  const waited = async (patience: number, ...reports: readonly StatusReport[]) => {
    const told: string[] = [];
    const looks = [...reports];
    const look = async (): Promise<StatusReport> => (looks.length > 1 ? looks.shift() : looks[0]) ?? WELL;
    const end = await untilAtWork({ look, patience, pause: 1, tell: (stillToDo) => told.push(stillToDo) });
    return { ...end, told };
  };
  const idle: StatusReport = { ...WELL, ...head(71), ...duties({ attested: 0 }) };
  const working: StatusReport = { ...WELL, ...head(72) };

  test("ends with the look that saw the node at work, and tells what is missing once", async () => {
    const { report, left, told } = await waited(60_000, { ...WELL, ...head(3) }, idle, idle, working);
    expect(report).toEqual(working);
    expect(left).toBeUndefined();
    expect(told).toEqual(["no block of slot 71 or later has come yet", "no attestation is on the chain yet"]);
  });

  test("ends with what is missing when patience does, though the node is healthy", async () => {
    const { report, left } = await waited(20, idle);
    expect(report).toEqual(idle);
    expect(report.healthy).toBe(true);
    expect(left).toBe("no attestation is on the chain yet");
  });
});
