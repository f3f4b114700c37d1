// Where this project keeps things on a machine: its own tree, a cache that may be
// lost at any time, and files that may not.

import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The project's folder. */
export const ROOT = resolve(__dirname, "..");

/** Ignored by git: the file backend and what set-up found out about this machine. */
export const STATE_FOLDER = join(ROOT, ".ephemery");

/** Variables of a process, on this machine or on another. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Built programs, downloads, releases: all of it can be made again. */
export function cacheFolder(env: Environment = process.env): string {
  const base = env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache");
  return env.EPHEMERY_CACHE || join(base, "ephemery");
}

/** Passphrases of stacks and the state of rehearsals: outside the tree, and not to be lost. */
export function dataFolder(env: Environment = process.env): string {
  const base = env.XDG_DATA_HOME || join(env.HOME || homedir(), ".local", "share");
  return env.EPHEMERY_DATA || join(base, "ephemery");
}

/** Tarballs of releases. */
export function releaseCacheFolder(): string {
  return join(cacheFolder(), "releases");
}

/**
 * Whether a file is there, or with a mode of access(2) whether this process may do that with it.
 *
 * @param mode one of the constants of node:fs/promises.
 */
export const exists = (path: string, mode?: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );
