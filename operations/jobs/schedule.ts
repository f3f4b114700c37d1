// The jobs behind components/reset-schedule.ts: this machine runs the stack's resets, or no longer does.

import { install, uninstall } from "../schedule/install";
import { readInput, scheduleInput } from "./input";

/** @returns what runs the resets. */
export async function schedule(): Promise<string> {
  const { owner, kind } = readInput(scheduleInput);
  return install(kind, owner);
}

export async function unschedule(): Promise<string> {
  await uninstall(readInput(scheduleInput).owner);
  return "";
}
