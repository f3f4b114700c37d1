// A cron for tests of schedules: the machine's own, or Debian's, installed and run for as long as the test takes.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cron } from "../../operations/schedule/machine";
import { dataFolder } from "../../toolchain/paths";
import { inTime } from "./in-time";

/** Seconds in which it runs, on a busy machine too. */
const PATIENCE = 30;

export interface Cron {
  stop(): Promise<void>;
}

function installed(): boolean {
  if (spawnSync("which", ["cron"]).status === 0) return true;
  if (spawnSync("which", ["apt-get"]).status !== 0 || process.getuid?.() !== 0) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update", "-qq"], { env, stdio: "ignore" });
  return spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "cron"], { env }).status === 0;
}

const ended = (child: ChildProcess): Promise<unknown> => new Promise((resolve) => child.once("exit", resolve));

/** @returns undefined where there is no cron and none can be installed. */
export async function runningCron(): Promise<Cron | undefined> {
  if (await cron.running()) return { stop: async () => undefined };
  if (!installed()) return undefined;
  const child = spawn("cron", ["-f"], { stdio: "ignore" });
  const stop = async (): Promise<void> => {
    const end = ended(child);
    child.kill("SIGTERM");
    await end;
  };
  try {
    await inTime(
      () => cron.running(),
      PATIENCE,
      () => `cron does not run after ${PATIENCE} s`,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

/** The passphrase of a test's stack where a run without this process's environment finds it. */
export function openUnattended(stack: string): void {
  const folder = join(dataFolder(), "passphrases");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${stack}.txt`), `${process.env.PULUMI_CONFIG_PASSPHRASE ?? ""}\n`, { mode: 0o600 });
}
