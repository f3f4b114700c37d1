// The docker command of docker-here/ on PATH for a test file, and what it was asked.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const callSchema = z.object({ args: z.array(z.string()), env: z.record(z.string(), z.string()) });
export type Call = z.infer<typeof callSchema>;

export interface Told {
  /** Part of the arguments, joined by spaces. */
  readonly when: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly code?: number;
  /** It never answers, as an engine in a deadlock. */
  readonly hangs?: boolean;
}

export class DockerHere {
  private answers: readonly Told[] = [];
  private ports: Readonly<Record<string, number>> = {};

  /** @param folder of the test file's own. */
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
    const applets = join(folder, "bin");
    mkdirSync(applets);
    // The tools jobs and probes have in their image. Elsewhere than on Debian this machine's own have to do.
    spawnSync("busybox", ["--install", "-s", applets]);
    // Only root hands files to another user. Jobs do; a test need not.
    if (process.getuid?.() !== 0) {
      rmSync(join(applets, "chown"), { force: true });
      symlinkSync("/bin/true", join(applets, "chown"));
    }
    const before = process.env.PATH;
    process.env.DOCKER_HERE = folder;
    process.env.PATH = `${join(__dirname, "docker-here")}:${before}`;
    afterAll(() => {
      process.env.PATH = before;
      delete process.env.DOCKER_HERE;
    });
    this.tell([]);
  }

  /** What docker says from now on; the first that fits. */
  tell(answers: readonly Told[]): void {
    this.answers = answers;
    this.write();
  }

  /** What it was told to say. */
  told(): readonly Told[] {
    return this.answers;
  }

  /** Where `nc HOST PORT` gets to from now on. */
  reach(ports: Readonly<Record<string, number>>): void {
    this.ports = ports;
    this.write();
  }

  /** A program that every image has from now on. */
  program(name: string, script: string): void {
    writeFileSync(join(this.folder, "bin", name), script, { mode: 0o755 });
  }

  /** Every call since the last time this was asked. */
  calls(): Call[] {
    const file = join(this.folder, "calls.jsonl");
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
    writeFileSync(file, "");
    return lines.filter((line) => line !== "").map((line) => callSchema.parse(JSON.parse(line)));
  }

  /** The folder in the place of a volume. */
  volume(name: string): string {
    const path = join(this.folder, "volumes", name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  private write(): void {
    writeFileSync(join(this.folder, "told.json"), JSON.stringify({ answers: this.answers, ports: this.ports }));
  }
}
