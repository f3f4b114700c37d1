// A systemd for tests of schedules: the machine's own, or the installed one, in namespaces of its own for as long as the
// test takes.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { systemd } from "../../operations/schedule/machine";
import { run } from "../../toolchain/run";
import { inTime } from "./in-time";
import { descendants, exists, naming } from "./processes";
import { inFront } from "./shell";

/** Seconds in which it answers, or has ended, on a busy machine too. */
const PATIENCE = 60;

const MANAGER = "/lib/systemd/systemd";

/** What every service and timer wants by default; nothing else of the machine's is started. */
const TARGETS = ["sysinit", "basic", "timers", "shutdown", "network-online"];

const NAMESPACES = ["--mount", "--pid", "--cgroup", "--uts", "--ipc", "--fork"];

/**
 * Makes the namespaces a machine's, with the real one's files, network and Docker. First a control group below those that
 * there are: a manager takes the group it finds itself in for the root of all. Its /run is its own, for there it says that
 * it has started the machine; of the real one's Docker's socket alone is in it.
 */
const BOOT = `set -eu
mkdir "$GROUP"
echo $$ > "$GROUP/cgroup.procs"
exec unshare ${NAMESPACES.join(" ")} --propagation=slave --kill-child --mount-proc sh -eu -c '
  : > "$FOLDER/docker.sock"
  mount --bind /run/docker.sock "$FOLDER/docker.sock"
  mount -t tmpfs -o mode=755 tmpfs /run
  : > /run/docker.sock
  mount --bind "$FOLDER/docker.sock" /run/docker.sock
  umount --recursive --lazy /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mount --bind "$FOLDER/units" /etc/systemd/system
  exec env container=test SYSTEMD_UNIT_PATH=/etc/systemd/system SYSTEMD_GENERATOR_PATH=/nowhere \\
    ${MANAGER} --system --unit=timers.target --log-target=null systemd.hostname="$HOST"
'`;

export interface Systemd {
  /** What it and its services have said. */
  said(): string;
  stop(): Promise<void>;
}

class PrivateSystemd implements Systemd {
  private readonly folder = mkdtempSync(join(tmpdir(), "ephemery-systemd-"));
  private readonly group: string;
  private readonly output = join(this.folder, "said");
  private readonly before = { PATH: process.env.PATH, EPHEMERY_UNITS: process.env.EPHEMERY_UNITS };
  private child: ChildProcess | undefined;

  /** @param groups where the machine's control groups are. */
  constructor(groups: string) {
    this.group = join(groups, `ephemery-systemd-${process.pid}`);
  }

  async start(systemctl: string): Promise<void> {
    const [bin, units] = [join(this.folder, "bin"), join(this.folder, "units")];
    for (const each of [bin, join(units, "service.d")]) mkdirSync(each, { recursive: true });
    for (const target of TARGETS)
      writeFileSync(join(units, `${target}.target`), "[Unit]\nDefaultDependencies=no\nAllowIsolate=yes\n");
    const output = `[Service]\nStandardOutput=append:${this.output}\nStandardError=inherit\n`;
    writeFileSync(join(units, "service.d", "output.conf"), output);
    writeFileSync(this.output, "");
    // By its name a machine knows its own locks.
    const env = { ...process.env, GROUP: this.group, FOLDER: this.folder, HOST: hostname() };
    const boot = ["-c", `exec >> ${this.output} 2>&1\n${BOOT}`];
    // It ends with the test, however that ends: its timers would go on without it.
    this.child = spawn("setpriv", ["--pdeathsig", "KILL", "sh", ...boot], { env, stdio: "ignore" });
    const manager = await this.until("it did not boot", () => this.manager());
    const enter = `nsenter --target=${manager} --mount --pid --cgroup --uts --ipc`;
    writeFileSync(join(bin, "systemctl"), `#!/bin/sh\nexec ${enter} ${systemctl} "$@"\n`, { mode: 0o755 });
    Object.assign(process.env, { PATH: inFront(bin), EPHEMERY_UNITS: units });
    await this.until("it does not answer", () => systemd.running());
  }

  /** Process id: of what the shell has started, by what it is in the end. */
  private manager(): number | undefined {
    const started = descendants(this.child?.pid ?? -1);
    return naming(`${MANAGER}\0`).find((pid) => started.includes(pid));
  }

  said(): string {
    return readFileSync(this.output, "utf8");
  }

  async stop(): Promise<void> {
    for (const [name, value] of Object.entries(this.before))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    const { pid } = this.child ?? {};
    if (pid !== undefined) {
      // With it goes the first process of its namespace, and so all others.
      const all = [pid, ...descendants(pid)];
      this.child?.kill("SIGKILL");
      await this.until("it did not end", () => !all.some(exists));
    }
    await run("find", [this.group, "-depth", "-type", "d", "-delete"]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private until<T>(otherwise: string, done: () => Promise<T | false> | T | undefined | false): Promise<T> {
    return inTime(done, PATIENCE, () => `The private systemd: ${otherwise} in ${PATIENCE} s:\n${this.said()}`);
  }
}

/** Until a run that is at work has ended what it has begun. */
export async function ended(name: string): Promise<void> {
  const whose = process.getuid?.() === 0 ? [] : ["--user"];
  await run("systemctl", [...whose, "stop", `${name}.service`]);
}

/** Where the machine's control groups are, of the kind that a manager in namespaces has to itself. */
function groupsFolder(): string | undefined {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  return mounts.map((line) => line.split(" ")).find(([, , kind]) => kind === "cgroup2")?.[1];
}

/** @returns undefined where there is none, or where none can be started, as in a container that may not do that. */
export async function runningSystemd(): Promise<Systemd | undefined> {
  if (await systemd.running()) return { said: () => "", stop: async () => undefined };
  const { stdout: systemctl } = spawnSync("which", ["systemctl"], { encoding: "utf8" });
  const groups = groupsFolder();
  if (systemctl === "" || groups === undefined || !existsSync(MANAGER)) return undefined;
  if (spawnSync("unshare", [...NAMESPACES, "true"]).status !== 0) return undefined;
  const own = new PrivateSystemd(groups);
  try {
    await own.start(systemctl.trim());
    return own;
  } catch (error) {
    await own.stop();
    throw error;
  }
}
