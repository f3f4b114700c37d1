// A machine something is set up on: this one here, another one over ssh (ssh.ts).

import { mkdir, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { type Environment, exists } from "../../toolchain/paths";
import { type RunResult, run } from "../../toolchain/run";
import { writeWhole } from "../../toolchain/write-whole";

export interface RunHow {
  readonly input?: string;
  /** Milliseconds; none by default. */
  readonly timeout?: number;
}

export interface Machine {
  /** As messages name it. */
  readonly name: string;
  /** What its user's programs find in their environment. */
  env(): Promise<Environment>;
  isRoot(): Promise<boolean>;
  /** Runs a program to its end, or until its time is up where it has one; never throws for what it did. */
  run(program: string, args: readonly string[], options?: RunHow): Promise<RunResult>;
  exists(path: string): Promise<boolean>;
  /** Writes a file, in folders that are made for it. Who may not read it may not enter those either. */
  write(path: string, text: string, mode: number): Promise<void>;
  /** Does nothing where there is no such file. */
  remove(path: string): Promise<void>;
}

/** Of a folder for files of a mode: whoever may read one of them may enter. */
export const folderMode = (mode: number): number => mode | ((mode & 0o444) >> 2);

export const here: Machine = {
  name: "this machine",
  env: async () => ({ ...process.env, HOME: homedir() }),
  isRoot: async () => process.getuid?.() === 0,
  run,
  exists: (path) => exists(path),
  write: async (path, text, mode) => {
    await mkdir(dirname(path), { recursive: true, mode: folderMode(mode) });
    // Whole: a shell may be reading the one that was there.
    await writeWhole(path, text, mode);
  },
  remove: (path) => rm(path, { force: true }),
};
