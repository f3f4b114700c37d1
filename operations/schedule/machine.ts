// What can run something at its time on this machine, and how it is told to.

import { access, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { Problem } from "../../config/problem";
import { dataFolder } from "../../toolchain/paths";
import { type RunResult, run } from "../../toolchain/run";
import { cronScript, type Manager, type ScheduledRun, serviceUnit, timerUnit, withoutRun, withRun } from "./entries";

export interface Scheduler {
  /** Whether it is at work on this machine. */
  running(): Promise<boolean>;
  /** Puts a run in the place of one that is there already. */
  install(run: ScheduledRun): Promise<void>;
  /** Takes it away; does nothing where there is none. */
  remove(name: string): Promise<void>;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const manager = (): Manager => (process.getuid?.() === 0 ? "system" : "user");

/** Root's timers are the system's; another user's are run by a manager of their own. */
const unitFolder = (): string =>
  process.env.EPHEMERY_UNITS ||
  (manager() === "system"
    ? "/etc/systemd/system"
    : join(process.env.XDG_CONFIG_HOME || join(homedir(), ".config"), "systemd", "user"));

const systemctl = (...args: string[]): Promise<RunResult> =>
  run("systemctl", manager() === "system" ? args : ["--user", ...args]);

/** Whether timers run while their owner is logged out: the system's do, a user's only if that user lingers. */
async function stays(): Promise<boolean> {
  if (manager() === "system") return true;
  const user = userInfo().username;
  return (await run("loginctl", ["show-user", user, "--property=Linger", "--value"])).stdout.trim() === "yes";
}

async function told(...args: string[]): Promise<void> {
  const result = await systemctl(...args);
  if (result.ok) return;
  throw new Problem(
    "schedule",
    `systemctl ${args.join(" ")} failed: ${result.all}`,
    "Mend it, or set ephemery:resetSchedule to cron or none and run `bin/ephemery watch`.",
  );
}

export const systemd: Scheduler = {
  running: async () =>
    (await exists("/run/systemd/system")) && (await systemctl("show-environment")).ok && (await stays()),
  async install(run) {
    const folder = unitFolder();
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${run.name}.service`), serviceUnit(run, manager()), { mode: 0o644 });
    await writeFile(join(folder, `${run.name}.timer`), timerUnit(run), { mode: 0o644 });
    await told("daemon-reload");
    await told("enable", "--now", `${run.name}.timer`);
  },
  async remove(name) {
    const files = ["timer", "service"].map((kind) => join(unitFolder(), `${name}.${kind}`));
    if (!(await exists(join(unitFolder(), `${name}.timer`)))) return;
    // Not the service: the run that is at work may be the one that takes its own schedule away.
    await told("disable", "--now", `${name}.timer`);
    for (const file of files) await rm(file, { force: true });
    await told("daemon-reload");
  },
};

/** The user's crontab; empty where there is none yet. */
async function crontab(): Promise<string> {
  const result = await run("crontab", ["-l"]);
  if (result.ok) return result.stdout === "" ? "" : `${result.stdout}\n`;
  if (/no crontab/i.test(result.all)) return "";
  throw new Problem("schedule", `crontab -l failed: ${result.all}`, "Mend it, or set ephemery:resetSchedule to none.");
}

async function write(text: string): Promise<void> {
  const result = await run("crontab", ["-"], { input: text });
  if (!result.ok)
    throw new Problem("schedule", `crontab failed: ${result.all}`, "Mend it, or set ephemery:resetSchedule to none.");
}

/** Whether a process of one of these names runs on this machine. */
async function runs(names: readonly string[]): Promise<boolean> {
  const processes = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const comms = await Promise.all(processes.map((pid) => readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")));
  return comms.some((comm) => names.includes(comm.trim()));
}

const scriptOf = (name: string): string => join(dataFolder(), "schedules", `${name}.sh`);

export const cron: Scheduler = {
  running: async () => (await runs(["cron", "crond"])) && !(await run("crontab", ["-l"])).missing,
  async install(run) {
    const script = scriptOf(run.name);
    await mkdir(join(script, ".."), { recursive: true, mode: 0o700 });
    await writeFile(script, cronScript(run), { mode: 0o700 });
    await write(withRun(await crontab(), run.name, script));
  },
  async remove(name) {
    if ((await run("crontab", ["-l"])).missing) return;
    const is = await crontab();
    const shall = withoutRun(is, name);
    if (is !== shall) await write(shall);
    await rm(scriptOf(name), { force: true });
  },
};
