// A Docker Engine of a test's own, which it may kill as a crash of the machine would: its data, its socket and its
// network namespace are nobody else's.

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { beaconClients } from "../../clients/consensus";
import { executionClients } from "../../clients/execution";
import { toolsImages } from "../../clients/tools";
import { validatorClients } from "../../clients/validator";
import { HostChannel } from "../../operations/host/channel";
import { PRYSMCTL_IMAGES } from "../../rehearsal/iterations";
import { imageOriginOf } from "../../toolchain/origin";
import { run } from "../../toolchain/run";
import { inTime } from "./in-time";
import { descendants, endAll, exists, naming } from "./processes";

/** Seconds in which an engine answers, or has ended, on a busy machine too. */
const PATIENCE = 90;

/** What a rehearsal's nodes run; those built on this machine `rehearse start` puts on any engine by itself. */
const OFFICIAL_IMAGES = [
  executionClients.geth.images.official,
  beaconClients.prysm.images.official,
  validatorClients.prysm.images.official,
  toolsImages.official,
  PRYSMCTL_IMAGES.official,
];

async function must(program: string, args: readonly string[]): Promise<void> {
  const result = await run(program, args);
  if (!result.ok) throw new Error(`${program} ${args.join(" ")}: ${result.all}`);
}

export class PrivateEngine {
  readonly host: HostChannel;
  /** Of its network namespace, and of all that is its own in containerd. */
  private readonly name: string;
  private readonly namespace: string;
  private child: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly root: string,
  ) {
    this.host = new HostChannel(`unix://${join(folder, "docker.sock")}`);
    this.name = basename(folder);
    this.namespace = `/run/netns/${this.name}`;
  }

  /** @param root where its data is; none: with its socket, in a folder that goes with it. */
  static async started(root?: string): Promise<PrivateEngine> {
    const folder = mkdtempSync(join(tmpdir(), "ephemery-engine-"));
    const engine = new PrivateEngine(folder, root ?? join(folder, "data"));
    try {
      if (root === undefined && (await imageOriginOf("rehearsal")) === "official") await engine.pull();
      await must("ip", ["netns", "add", engine.name]);
      await must("nsenter", [`--net=${engine.namespace}`, "ip", "link", "set", "lo", "up"]);
      await engine.start();
    } catch (error) {
      await engine.end();
      throw error;
    }
    return engine;
  }

  /** From its namespace nothing outside is reached: what it needs from there it gets before it has one, and without networks. */
  private async pull(): Promise<void> {
    await this.serve("dockerd", ["--bridge=none", "--iptables=false", "--ip-forward=false"]);
    for (const image of OFFICIAL_IMAGES) await this.host.docker(["pull", "--quiet", image]);
    await this.stop();
  }

  /** As the machine's own supervisor would do it; nothing where it runs. */
  async start(): Promise<void> {
    if (!this.child) await this.serve("nsenter", [`--net=${this.namespace}`, "dockerd"]);
  }

  private async serve(program: string, args: readonly string[]): Promise<void> {
    const at = (name: string): string => join(this.folder, name);
    const own = [
      `--host=${this.host.uri}`,
      `--data-root=${this.root}`,
      `--exec-root=${at("exec")}`,
      `--pidfile=${at("dockerd.pid")}`,
      `--containerd-namespace=${this.name}`,
      `--containerd-plugins-namespace=${this.name}-plugins`,
    ];
    const log = openSync(at("dockerd.log"), "a");
    const child = spawn(program, [...args, ...own], { stdio: ["ignore", log, log] });
    closeSync(log);
    this.child = child;
    child.on("exit", () => {
      if (this.child === child) this.child = undefined;
    });
    await this.until("it does not answer", async () => {
      if (this.child === undefined) throw new Error(`The private engine has ended:\n${this.log()}`);
      return (await this.host.try(["version"])).ok;
    });
  }

  /** With its containerd, and until that is reaped: the next engine would take it for one to go on with. */
  async kill(): Promise<void> {
    const pid = this.child?.pid;
    if (pid === undefined) throw new Error("the private engine does not run");
    const all = [pid, ...descendants(pid)];
    endAll(all);
    await this.until("it did not end", async () => !all.some(exists) && this.child === undefined);
  }

  private async stop(): Promise<void> {
    this.child?.kill("SIGTERM");
    await this.until("it did not end", async () => this.child === undefined);
  }

  /** Whatever came before, nothing of it is left. */
  async end(): Promise<void> {
    await this.stop();
    // What stood between an engine that was killed and its containers belongs to nobody any more.
    endAll(naming(`${this.folder}/exec/`));
    const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
    const mine = (path: string): boolean => path.startsWith(`${this.folder}/`) || path.startsWith(`${this.root}/`);
    const left = mounts.map((line) => line.split(" ")[1] ?? "").filter(mine);
    for (const path of left.reverse()) await must("umount", ["--lazy", path]);
    await run("ip", ["netns", "delete", this.name]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async until(otherwise: string, done: () => Promise<boolean>): Promise<void> {
    await inTime(done, PATIENCE, () => `The private engine: ${otherwise} in ${PATIENCE} s:\n${this.log()}`);
  }

  /** The last of what it said. */
  private log(): string {
    return readFileSync(join(this.folder, "dockerd.log"), "utf8").split("\n").slice(-20).join("\n");
  }
}
