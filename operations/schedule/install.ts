// Has a machine run a stack's resets, by what runs on it; and has it stop doing so.

import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { Problem } from "../../config/problem";
import type { ScheduleHost, Settings } from "../../config/settings";
import { cacheFolder, dataFolder, type Environment, ROOT } from "../../toolchain/paths";
import type { Deployment } from "../deployment";
import { LOCAL_URI } from "../docker-engine";
import { assertUnattended } from "../engine/passphrase";
import { backendFolder } from "../engine/state-file";
import { here, type Machine } from "../host/machine";
import { overSsh } from "../host/ssh";
import type { ScheduledRun } from "./entries";
import { cron, type Scheduler, systemd } from "./machine";
import { lacks, lookThere, ourClone } from "./on-host";
import { assertReaches, assertReachesState, stateRefusal } from "./reaches";

export type Kind = Settings["resets"]["schedule"];

interface Whose {
  readonly stack: string;
  readonly id: string;
}

export const SCHEDULERS = { systemd, cron } as const;

/** Variables that decide where things are; secrets have to come from files. */
const PASSED = [
  "PATH",
  "HOME",
  "PULUMI_BACKEND_URL",
  "EPHEMERY_CACHE",
  "EPHEMERY_DATA",
  "XDG_CACHE_HOME",
  "XDG_DATA_HOME",
  "DOCKER_CERT_PATH",
  "DOCKER_CONFIG",
  "DOCKER_TLS_VERIFY",
];

export const unitName = ({ stack, id }: Whose): string => `ephemery-${stack}-${id}`;

const envFileOf = (stack: string, env: Environment): string => join(dataFolder(env), "env", `${stack}.env`);

/** A run on a machine that has a clone, a Node.js and these variables. */
function runIn(owner: Whose, folder: string, node: string, env: Environment): ScheduledRun {
  const given = (name: string): [string, string][] => {
    const value = env[name];
    return value === undefined ? [] : [[name, value]];
  };
  const backend = backendFolder();
  return {
    name: unitName(owner),
    stack: owner.stack,
    folder,
    node,
    env: Object.fromEntries(PASSED.flatMap(given)),
    writable: [folder, cacheFolder(env), dataFolder(env), ...(backend === undefined ? [] : [backend])],
    envFile: envFileOf(owner.stack, env),
  };
}

export const runOf = (owner: Whose): ScheduledRun =>
  runIn(owner, ROOT, process.execPath, { ...process.env, HOME: homedir() });

async function chosen(kind: Kind, machine: Machine): Promise<keyof typeof SCHEDULERS | undefined> {
  if (kind === "none") return undefined;
  if (kind !== "auto") {
    if (await SCHEDULERS[kind].running(machine)) return kind;
    throw new Problem(
      "schedule",
      `ephemery:resetSchedule is ${kind}, but it does not run on ${machine.name}.`,
      "Start it (a user's timers also need `loginctl enable-linger`), or set the key to auto, or to none and run `bin/ephemery watch` under a supervisor.",
    );
  }
  for (const name of ["systemd", "cron"] as const) if (await SCHEDULERS[name].running(machine)) return name;
  return undefined;
}

/** From every scheduler but one. */
async function takeAway(name: string, machine: Machine, except?: string): Promise<void> {
  for (const [each, scheduler] of Object.entries<Scheduler>(SCHEDULERS))
    if (each !== except) await scheduler.remove(name, machine);
}

async function installHere(kind: Kind, owner: Whose): Promise<string> {
  const name = await chosen(kind, here);
  const run = runOf(owner);
  await takeAway(run.name, here, name);
  if (name === undefined) return "none";
  await assertUnattended(owner.stack, run.envFile);
  await SCHEDULERS[name].install(run);
  return name;
}

/**
 * Writes a run of this machine anew, where an earlier version or another shell has written it, or where somebody has
 * stopped it. It is no change of the stack's: a scheduled run, which makes none, would hold it back.
 *
 * @returns whether it did.
 */
export async function renewHere(runner: keyof typeof SCHEDULERS, owner: Whose): Promise<boolean> {
  const scheduler = SCHEDULERS[runner];
  const run = runOf(owner);
  if (!(await scheduler.written(run.name))) return false;
  const files = await scheduler.files(run);
  const found = await Promise.all(files.map(({ path }) => readFile(path, "utf8").catch(() => undefined)));
  const asWritten = files.every(({ text }, index) => found[index] === text);
  // What does not run itself can't be had start anything.
  if (asWritten && (!(await scheduler.running()) || (await scheduler.has(run.name)))) return false;
  await scheduler.install(run);
  return true;
}

/** The same with what the state has of a schedule, where that is this machine's at all. */
export async function renewRecorded({ owner, schedule, scheduleOn }: Partial<Deployment>): Promise<void> {
  if (owner && schedule && schedule !== "none" && scheduleOn !== "host") await renewHere(schedule, owner);
}

/**
 * Whether by the state another machine, or another of its users, runs the resets. An update here leaves them there, so
 * what a run here would lack is nobody's loss. A scheduler that can't be asked may have them.
 */
export async function runsElsewhere({ owner, schedule, scheduleOn }: Partial<Deployment>): Promise<boolean> {
  if (!owner || schedule === undefined || schedule === "none" || scheduleOn === "host") return false;
  return !(await SCHEDULERS[schedule].written(unitName(owner)).catch(() => true));
}

/**
 * Looks whether a run on this machine would reach the Docker host and the stack's state. What set-up's own engine takes,
 * and files, is a user's right, and no variable.
 *
 * @throws Problem `schedule` that says what is missing.
 */
export async function readyHere(kind: Kind, stack: string, uri: string): Promise<void> {
  const [far, elsewhere] = [uri !== LOCAL_URI, backendFolder() === undefined];
  if (!far && !elsewhere) return;
  if (kind === "auto" && (await chosen(kind, here)) === undefined) return;
  // Under which id it is installed makes no difference to what it reaches.
  const run = runOf({ stack, id: "" });
  if (far) await assertReaches(run, uri);
  if (elsewhere) await assertReachesState(run);
}

/** What a host that is ready has for a run of the stack's resets. */
interface Ready {
  readonly machine: Machine;
  readonly scheduler: keyof typeof SCHEDULERS;
  readonly node: string;
  readonly env: Environment;
}

/**
 * Looks at all that a run on the node's host needs.
 *
 * @throws Problem `schedule` that lists everything that is missing.
 */
export async function readyThere(kind: Kind, stack: string, { uri, folder }: ScheduleHost): Promise<Ready> {
  const machine = overSsh(uri);
  const there = await machine.env();
  const wanted = { stack, folder, uri, env: there, envFile: envFileOf(stack, there) };
  const scheduler = await chosen(kind, machine).catch((error: unknown) => {
    if (error instanceof Problem) return error;
    throw error;
  });
  const ours = await ourClone(stack);
  const seen = await lookThere(machine, wanted);
  const missing = [...lacks(ours, wanted, seen)];
  if (scheduler instanceof Problem) missing.push(scheduler.message);
  else if (scheduler === undefined) missing.push("neither systemd nor cron runs there");
  else if (missing.length === 0) {
    const backend = ours.backend === undefined ? {} : { PULUMI_BACKEND_URL: ours.backend };
    const env = { ...there, ...backend };
    // Not before: it takes a clone, a toolchain and Node.js to ask.
    const said = await stateRefusal(runIn({ stack, id: "" }, folder, seen.node, env), machine);
    if (said === undefined) return { machine, scheduler, node: seen.node, env };
    missing.push(`a run there does not reach the stack's state: ${said} (what it needs goes into ${wanted.envFile})`);
  }
  throw new Problem(
    "schedule",
    `${uri} can't run the resets of ${stack} yet:\n${missing.map((each) => `  ${each}`).join("\n")}`,
    `Mend that (docs/resets.md says how a host is made ready), then run \`bin/ephemery up --stack ${stack}\` again. Or set ephemery:resetScheduleOn to runner.`,
  );
}

async function installThere(kind: Kind, owner: Whose, host: ScheduleHost): Promise<string> {
  const { machine, scheduler, node, env } = await readyThere(kind, owner.stack, host);
  const run = runIn(owner, host.folder, node, env);
  await takeAway(run.name, machine, scheduler);
  await SCHEDULERS[scheduler].install(run, machine);
  return scheduler;
}

/**
 * Has the stack's resets run each minute, by one scheduler alone: of this machine, or of the node's host.
 *
 * @returns which one; `none` where there is none on this machine.
 * @throws Problem `schedule`, or `passphrase` where a run without a person could not open the stack's secrets.
 */
export async function install(kind: Kind, owner: Whose, host?: ScheduleHost): Promise<string> {
  return host ? installThere(kind, owner, host) : installHere(kind, owner);
}

export async function uninstall(owner: Whose, host?: ScheduleHost): Promise<void> {
  await takeAway(unitName(owner), host ? overSsh(host.uri) : here);
}
