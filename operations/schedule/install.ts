// Has this machine run a stack's resets, by what runs on it; and has it stop doing so.

import { homedir } from "node:os";
import { join } from "node:path";
import { Problem } from "../../config/problem";
import type { Settings } from "../../config/settings";
import { cacheFolder, dataFolder, ROOT } from "../../toolchain/paths";
import { assertUnattended } from "../engine/passphrase";
import { backendFolder } from "../engine/state-file";
import type { ScheduledRun } from "./entries";
import { cron, type Scheduler, systemd } from "./machine";

export type Kind = Settings["resets"]["schedule"];

const SCHEDULERS = { systemd, cron } as const;

/** Variables that decide where things are; secrets have to come from files. */
const PASSED = [
  "PATH",
  "HOME",
  "PULUMI_BACKEND_URL",
  "EPHEMERY_CACHE",
  "EPHEMERY_DATA",
  "XDG_CACHE_HOME",
  "XDG_DATA_HOME",
];

export const unitName = ({ stack, id }: { readonly stack: string; readonly id: string }): string =>
  `ephemery-${stack}-${id}`;

export function runOf(owner: { readonly stack: string; readonly id: string }): ScheduledRun {
  const given = (name: string): [string, string][] => {
    const value = name === "HOME" ? homedir() : process.env[name];
    return value === undefined ? [] : [[name, value]];
  };
  const backend = backendFolder();
  return {
    name: unitName(owner),
    stack: owner.stack,
    folder: ROOT,
    node: process.execPath,
    env: Object.fromEntries(PASSED.flatMap(given)),
    writable: [ROOT, cacheFolder(), dataFolder(), ...(backend === undefined ? [] : [backend])],
    envFile: join(dataFolder(), "env", `${owner.stack}.env`),
  };
}

async function chosen(kind: Kind): Promise<keyof typeof SCHEDULERS | undefined> {
  if (kind === "none") return undefined;
  if (kind !== "auto") {
    if (await SCHEDULERS[kind].running()) return kind;
    throw new Problem(
      "schedule",
      `ephemery:resetSchedule is ${kind}, but it does not run on this machine.`,
      "Start it (a user's timers also need `loginctl enable-linger`), or set the key to auto, or to none and run `bin/ephemery watch` under a supervisor.",
    );
  }
  for (const name of ["systemd", "cron"] as const) if (await SCHEDULERS[name].running()) return name;
  return undefined;
}

/**
 * Has the stack's resets run each minute, by one scheduler alone.
 *
 * @returns which one; `none` where there is none on this machine.
 * @throws Problem `schedule`, or `passphrase` where a run without a person could not open the stack's secrets.
 */
export async function install(kind: Kind, owner: { readonly stack: string; readonly id: string }): Promise<string> {
  const name = await chosen(kind);
  const run = runOf(owner);
  for (const [other, scheduler] of Object.entries<Scheduler>(SCHEDULERS))
    if (other !== name) await scheduler.remove(run.name);
  if (name === undefined) return "none";
  await assertUnattended(owner.stack, run.envFile);
  await SCHEDULERS[name].install(run);
  return name;
}

export async function uninstall(owner: { readonly stack: string; readonly id: string }): Promise<void> {
  for (const scheduler of Object.values<Scheduler>(SCHEDULERS)) await scheduler.remove(unitName(owner));
}
