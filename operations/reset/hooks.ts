// The user's own programs around a reset's work: hooks/before-switch and the like.

import { spawn } from "node:child_process";
import { constants } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../config/problem";
import { exists, ROOT } from "../../toolchain/paths";
import type { Work } from "./work";

export const HOOKS_FOLDER = join(ROOT, "hooks");

export type HookName = `${"before" | "after"}-${Work}` | "failed";

export interface HookOptions {
  /** Seconds. */
  readonly timeout: number;
  /** Added to the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Where they lie. */
  readonly folder: string;
}

interface Ended {
  readonly code: number | null;
  readonly timedOut: boolean;
  /** The end of what it printed. */
  readonly said: string;
}

/** Characters of its output that are kept. */
const KEPT = 2_000;
/** Milliseconds for its last words to come through. */
const DRAIN = 300;

/** Ends a process group; one that has ended meanwhile is what was wanted. */
function killGroup(id: number): void {
  try {
    process.kill(-id, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** In a process group of its own: what it started is ended with it, and holds nobody up. */
function start(file: string, { timeout, env }: HookOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        said = `${said}${chunk.toString()}`.slice(-KEPT);
      });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      if (child.pid !== undefined) killGroup(child.pid);
    }, timeout * 1000);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    let code: number | null = null;
    const finish = (): void => {
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ code, timedOut, said: said.trim() });
    };
    child.on("close", finish);
    child.on("exit", (ended) => {
      // Its id may be another's from here on.
      clearTimeout(timer);
      code = ended;
      // What it left running may hold its pipes.
      setTimeout(finish, DRAIN).unref();
    });
  });
}

/**
 * Runs the hook of a name, where there is one.
 *
 * @returns whether there was one.
 * @throws Problem `hook` when it fails, takes too long or can't be run.
 */
export async function runHook(name: HookName, options: HookOptions): Promise<boolean> {
  const file = join(options.folder, name);
  if (!(await exists(file))) return false;
  const failure = (what: string): Problem =>
    new Problem("hook", `hooks/${name} ${what}`, "Mend it or take it away; the next run tries again.");
  if (!(await exists(file, constants.X_OK))) throw failure("is not executable (chmod +x).");
  const { code, timedOut, said } = await start(file, options).catch((error: Error) => {
    throw failure(`could not be started: ${error.message}`);
  });
  const words = said === "" ? "." : `:\n${said}`;
  if (timedOut) throw failure(`took more than ${options.timeout} s (ephemery:hookTimeout) and was ended${words}`);
  if (code !== 0) throw failure(`ended with code ${code}${words}`);
  return true;
}
