// Where the state of a stack lies, where that is on this machine, and what a killed run may leave there that the engine
// can't read.

import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { STATE_FOLDER } from "../../toolchain/paths";
import type { RunResult } from "../../toolchain/run";

/** Where the file backend of Pulumi.yaml lies. Pulumi does not make the folder itself. */
export const BACKEND_FOLDER = join(STATE_FOLDER, "state");

/** The folder of a backend of files: the one Pulumi.yaml names, or the environment's; undefined where it is elsewhere. */
export function backendFolder(): string | undefined {
  const url = process.env.PULUMI_BACKEND_URL;
  return url === undefined ? BACKEND_FOLDER : /^file:\/\/(\/[^?]*)/.exec(url)?.[1];
}

/** The file of a stack's state in it. */
export function stateFile(stack: string): string | undefined {
  const folder = backendFolder();
  return folder && join(folder, ".pulumi", "stacks", "ephemery", `${stack}.json`);
}

/** Milliseconds after which nobody is writing a file of a few bytes any more. */
const WRITTEN = 1_000;

/**
 * Removes what makes the engine say `EOF`: an empty file of attributes, as a run leaves it that is killed between the
 * making and the writing of it. A stack's or the backend's own stops every stack, a lock's the stack that it locks. They
 * are written in place, unlike what they belong to (gocloud.dev/blob/fileblob, attrs.go), and what has none is read as
 * well.
 *
 * @returns paths of those removed.
 */
export async function removeEmptyAttributes(): Promise<readonly string[]> {
  const folder = backendFolder();
  if (folder === undefined) return [];
  const within = join(folder, ".pulumi");
  const names = await readdir(within, { recursive: true }).catch(() => []);
  const removed: string[] = [];
  for (const name of names.filter((each) => each.endsWith(".attrs"))) {
    const path = join(within, name);
    const file = await stat(path).catch(() => undefined);
    if (!file?.isFile() || file.size > 0 || Date.now() - file.mtimeMs < WRITTEN) continue;
    await rm(path, { force: true });
    removed.push(path);
  }
  return removed;
}

/** What the engine says of a file that it got half of, or nothing. */
export const HALF_WRITTEN = /\bEOF\b|unexpected end of JSON input/;
const READS = 5;
/** Milliseconds. */
const READ_PAUSE = 300;

/** Asks the engine, and again where it read half of what an update of the stack was writing just then. */
export async function askUntilWhole(ask: () => Promise<RunResult>): Promise<RunResult> {
  let result = await ask();
  for (let again = 0; again < READS && !result.ok && HALF_WRITTEN.test(result.stderr); again++) {
    await sleep(READ_PAUSE);
    await removeEmptyAttributes();
    result = await ask();
  }
  return result;
}
