// A process and everything it started, by /proc: what a test kills leaves plugins behind, which are its to end.

import { existsSync, readdirSync, readFileSync } from "node:fs";

function parents(): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      found.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // it has ended since
    }
  }
  return found;
}

/** Process ids of all that `pid` started, and they in turn. */
export function descendants(pid: number): readonly number[] {
  const all = [...parents()];
  const below = (of: number): number[] =>
    all.flatMap(([child, parent]) => (parent === of ? [child, ...below(child)] : []));
  return below(pid);
}

/** Process ids of all whose command line has a text. */
export function naming(text: string): readonly number[] {
  return [...parents().keys()].filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text);
    } catch {
      return false; // it has ended since
    }
  });
}

/** Whether there is one by that number, if only to be reaped. */
export const exists = (pid: number): boolean => existsSync(`/proc/${pid}`);

/** Ends what is left of a list. */
export function endAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it has ended by itself
    }
  }
}
