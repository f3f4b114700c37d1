// What can run something at its time on a machine, and how it is told to.

import { join } from "node:path";
import { Problem } from "../../config/problem";
import { dataFolder } from "../../toolchain/paths";
import type { RunResult } from "../../toolchain/run";
import { here, type Machine } from "../host/machine";
import { withLock } from "../run-lock";
import {
  cronScript,
  hasRun,
  type Manager,
  type ScheduledRun,
  serviceUnit,
  timerUnit,
  withoutRun,
  withRun,
} from "./entries";

export interface ScheduleFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** On this machine, where no other is named. */
export interface Scheduler {
  /** Whether it is at work on the machine. */
  running(machine?: Machine): Promise<boolean>;
  /** Whether it was told a run of this name, which may be stopped since. */
  written(name: string, machine?: Machine): Promise<boolean>;
  /** Whether it will run it, also after the machine's next start. */
  has(name: string, machine?: Machine): Promise<boolean>;
  /** What it is told a run by. */
  files(run: ScheduledRun, machine?: Machine): Promise<readonly ScheduleFile[]>;
  /** Puts a run in the place of one that is there already. */
  install(run: ScheduledRun, machine?: Machine): Promise<void>;
  /** Takes it away; does nothing where there is none. */
  remove(name: string, machine?: Machine): Promise<void>;
}

const managerOn = async (machine: Machine): Promise<Manager> => ((await machine.isRoot()) ? "system" : "user");

/** Root's timers are the system's; another user's are run by a manager of their own. */
async function unitFolder(machine: Machine): Promise<string> {
  const env = await machine.env();
  if (env.EPHEMERY_UNITS) return env.EPHEMERY_UNITS;
  if ((await managerOn(machine)) === "system") return "/etc/systemd/system";
  return join(env.XDG_CONFIG_HOME || join(env.HOME ?? "", ".config"), "systemd", "user");
}

async function systemctl(machine: Machine, ...args: string[]): Promise<RunResult> {
  return machine.run("systemctl", (await managerOn(machine)) === "system" ? args : ["--user", ...args]);
}

/** Whether timers run while their owner is logged out: the system's do, a user's only if that user lingers. */
async function stays(machine: Machine): Promise<boolean> {
  if ((await managerOn(machine)) === "system") return true;
  const { stdout: user } = await machine.run("id", ["-un"]);
  const { stdout } = await machine.run("loginctl", ["show-user", user, "--property=Linger", "--value"]);
  return stdout.trim() === "yes";
}

const refused = (what: string, { all }: RunResult, machine: Machine, others: string): Problem =>
  new Problem(
    "schedule",
    `${what} failed${machine === here ? "" : ` on ${machine.name}`}: ${all}`,
    `Mend it, or set ephemery:resetSchedule to ${others} and run \`bin/ephemery watch\`.`,
  );

async function told(machine: Machine, ...args: string[]): Promise<void> {
  const result = await systemctl(machine, ...args);
  if (!result.ok) throw refused(`systemctl ${args.join(" ")}`, result, machine, "cron or none");
}

/** One question for both: a timer that is stopped looks no more, and one that is disabled does not after a restart. */
async function isAtWork(machine: Machine, timer: string): Promise<boolean> {
  const question = ["show", "--property=ActiveState", "--property=UnitFileState", timer];
  const result = await systemctl(machine, ...question);
  if (result.missing) return false;
  if (!result.ok) throw refused(`systemctl ${question.join(" ")}`, result, machine, "cron or none");
  const said = result.stdout.split("\n");
  return said.includes("ActiveState=active") && said.includes("UnitFileState=enabled");
}

export const systemd: Scheduler = {
  // Where it is installed and has not started the machine, as in a container, it answers nobody.
  running: async (machine = here) => (await systemctl(machine, "show-environment")).ok && (await stays(machine)),
  written: async (name, machine = here) => machine.exists(join(await unitFolder(machine), `${name}.timer`)),
  async has(name, machine = here) {
    return (await this.written(name, machine)) && isAtWork(machine, `${name}.timer`);
  },
  async files(run, machine = here) {
    const unit = join(await unitFolder(machine), run.name);
    return [
      { path: `${unit}.service`, text: serviceUnit(run, await managerOn(machine)), mode: 0o644 },
      { path: `${unit}.timer`, text: timerUnit(run), mode: 0o644 },
    ];
  },
  async install(run, machine = here) {
    for (const { path, text, mode } of await this.files(run, machine)) await machine.write(path, text, mode);
    await told(machine, "daemon-reload");
    await told(machine, "enable", "--now", `${run.name}.timer`);
  },
  async remove(name, machine = here) {
    if (!(await this.written(name, machine))) return;
    // Not the service: the run that is at work may be the one that takes its own schedule away.
    await told(machine, "disable", "--now", `${name}.timer`);
    const folder = await unitFolder(machine);
    for (const kind of ["timer", "service"]) await machine.remove(join(folder, `${name}.${kind}`));
    await told(machine, "daemon-reload");
    // A last run that failed would stay in the list of what has failed. Of one that did not it knows nothing, and says so.
    await systemctl(machine, "reset-failed", `${name}.service`);
  },
};

/** The user's crontab: empty where there is none yet, undefined where nothing knows of crontabs. */
async function crontab(machine: Machine): Promise<string | undefined> {
  const result = await machine.run("crontab", ["-l"]);
  if (result.missing) return undefined;
  if (result.ok) return result.stdout === "" ? "" : `${result.stdout}\n`;
  if (/no crontab/i.test(result.all)) return "";
  throw refused("crontab -l", result, machine, "none");
}

async function write(machine: Machine, text: string): Promise<void> {
  const result = await machine.run("crontab", ["-"], { input: text });
  if (!result.ok) throw refused("crontab", result, machine, "none");
}

/** Milliseconds: fifty stacks that come up at once, each with three calls over ssh. */
const PATIENCE = 300_000;

/**
 * Changes the user's crontab, of which crontab(1) reads and writes the whole alone: of two that change it at once, one
 * would write what it read before the other. Looks at it again, for that other may be another program.
 */
async function edit(
  machine: Machine,
  change: (crontab: string) => string,
  holds: (crontab: string) => boolean,
): Promise<void> {
  // No stack has a space in its name.
  const lock = { name: `crontab ${encodeURIComponent(machine.name)}`, what: `The crontab on ${machine.name}` };
  await withLock({ ...lock, patience: PATIENCE }, "job schedule", async () => {
    await write(machine, change((await crontab(machine)) ?? ""));
    if (holds((await crontab(machine)) ?? "")) return;
    throw new Problem(
      "schedule",
      `The crontab on ${machine.name} does not keep what was written to it; something else writes it at the same time.`,
      "Find out what that is (`crontab -l`), then try again.",
    );
  });
}

/** Whether a process of one of these names runs on the machine. */
async function runs(machine: Machine, names: readonly string[]): Promise<boolean> {
  const { stdout } = await machine.run("sh", ["-c", "cat /proc/[0-9]*/comm 2>/dev/null"]);
  return stdout.split("\n").some((comm) => names.includes(comm.trim()));
}

const scriptOf = async (machine: Machine, name: string): Promise<string> =>
  join(dataFolder(await machine.env()), "schedules", `${name}.sh`);

export const cron: Scheduler = {
  running: async (machine = here) =>
    (await runs(machine, ["cron", "crond"])) && !(await machine.run("crontab", ["-l"])).missing,
  written: async (name, machine = here) => hasRun((await crontab(machine)) ?? "", name),
  async has(name, machine = here) {
    return (await this.written(name, machine)) && this.running(machine);
  },
  files: async (run, machine = here) => [
    { path: await scriptOf(machine, run.name), text: cronScript(run), mode: 0o700 },
  ],
  async install(run, machine = here) {
    for (const { path, text, mode } of await this.files(run, machine)) await machine.write(path, text, mode);
    const script = await scriptOf(machine, run.name);
    await edit(
      machine,
      (is) => withRun(is, run.name, script),
      (is) => hasRun(is, run.name),
    );
  },
  async remove(name, machine = here) {
    const is = await crontab(machine);
    if (is === undefined) return;
    if (hasRun(is, name))
      await edit(
        machine,
        (now) => withoutRun(now, name),
        (now) => !hasRun(now, name),
      );
    await machine.remove(await scriptOf(machine, name));
  },
};
