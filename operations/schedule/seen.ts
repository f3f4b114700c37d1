// What the status tells of a stack's schedule: what the state has of it, what is there now, and what its looks found.

import type { Deployment } from "../deployment";
import { lastLook } from "../reset/memo";
import type { StatusReport } from "../status/report";
import { SCHEDULERS, unitName } from "./install";

/** On this machine alone: it costs no connection. Undefined: this machine could not be asked. */
async function isHere(runner: "systemd" | "cron", name: string): Promise<boolean | undefined> {
  try {
    return await SCHEDULERS[runner].has(name);
  } catch {
    return undefined;
  }
}

/** @returns null where no update has got as far as a schedule, or the decision to have none. */
export async function seenSchedule({ owner, schedule, scheduleOn }: Deployment): Promise<StatusReport["schedule"]> {
  if (!owner || schedule === undefined) return null;
  const on = scheduleOn ?? "runner";
  const here = schedule === "none" ? false : await isHere(schedule, unitName(owner));
  // Who looks on the host knows; elsewhere a schedule of the host's is only not here.
  const elsewhere = on === "host" && here !== true;
  const look = elsewhere ? undefined : await lastLook(owner.stack);
  return {
    runner: schedule,
    on,
    installed: elsewhere ? null : (here ?? null),
    nextLook: look?.nextLook ?? null,
    failures: elsewhere ? null : (look?.failures ?? 0),
  };
}
