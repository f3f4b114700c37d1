// Shells as images have them: bash, and the sh of busybox where it is on this machine.

import { execFile, execFileSync } from "node:child_process";
import { delimiter } from "node:path";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, beside this process, so that servers of the test can answer it. */
export function outcome(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    execFile(file, [...args], { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      if (error && typeof error.code !== "number") reject(error);
      else resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

const has = (program: string): boolean => {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

/** Busybox's shell, which takes its own tools before those of the machine; else the machine's. */
export const BUSYBOX: readonly [string, ...string[]] = has("busybox") ? ["busybox", "sh"] : ["sh"];

/** For tests of scripts whose tools a machine without busybox does not have. */
export const testWith = (...programs: string[]): jest.It =>
  BUSYBOX[0] === "busybox" || programs.every(has) ? test : test.skip;

/** PATH with a folder of stand-ins in front. */
export const inFront = (folder: string): string => `${folder}${delimiter}${process.env.PATH ?? ""}`;
