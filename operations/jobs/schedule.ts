// The jobs behind components/reset-schedule.ts: this machine or the node's host runs the stack's resets, or no longer does.

import { install, uninstall } from "../schedule/install";
import { readInput, scheduleInput } from "./input";

/** @returns what runs the resets. */
export async function schedule(): Promise<string> {
  const { owner, kind, host } = readInput(scheduleInput);
  return install(kind, owner, host);
}

export async function unschedule(): Promise<string> {
  const { owner, host } = readInput(scheduleInput);
  await uninstall(owner, host);
  return "";
}
