// Packages of Debian and Ubuntu, for what set-up needs and a machine may not have.

import { readFile } from "node:fs/promises";
import { run } from "../toolchain/run";

/** Whether a program is on the PATH. */
export const installed = async (program: string): Promise<boolean> => (await run("which", [program])).ok;

/** Whether packages can be installed here at all. */
export async function mayInstall(): Promise<boolean> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release) && process.getuid?.() === 0;
}

/** @returns the last lines of what apt-get says when it can't; undefined: they are installed. */
export async function aptInstall(
  packages: readonly string[],
  report: (line: string) => void,
): Promise<string | undefined> {
  const options = { env: { DEBIAN_FRONTEND: "noninteractive" }, onLine: report };
  await run("apt-get", ["update", "-qq"], options);
  const result = await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], options);
  return result.ok ? undefined : result.all.split("\n").slice(-5).join("\n");
}
