// Whether a process of this machine is still at work.

import { readFileSync } from "node:fs";

/** Ended, and not yet taken notice of by its parent: after a crash that is the machine's init, in its own time (proc(5), state). */
function isZombie(pid: number): boolean {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    return /^[ZX]/.test(line.slice(line.lastIndexOf(")") + 2));
  } catch {
    return false; // no /proc here, or it is gone: the signal has said enough
  }
}

/** Whether a process runs Pulumi's command, by the name of its program, which some systems wrap; true where the machine does not tell (no /proc). */
export function runsPulumi(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").includes("pulumi");
  } catch {
    return true;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return !isZombie(pid);
}
