// Packages of Debian and Ubuntu, for what set-up needs and a machine may not have.

import { readFile } from "node:fs/promises";
import { run } from "../toolchain/run";

/** Where Debian keeps what only root runs; not on the PATH of other users, nor of root's after a plain `su`. */
export const SYSTEM_FOLDERS: readonly string[] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The PATH with further folders at its end. */
export const pathWith = (further: readonly string[]): string => [process.env.PATH ?? "", ...further].join(":");

/**
 * Whether a program is on the PATH.
 *
 * @param further folders where it is looked for as well.
 */
export const installed = async (program: string, further: readonly string[] = []): Promise<boolean> =>
  (await run("which", [program], { env: { PATH: pathWith(further) } })).ok;

/** Whether packages can be installed here at all. */
export async function mayInstall(): Promise<boolean> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release) && process.getuid?.() === 0;
}

/** Whether apt has such a package to install, and not another one's promise of it. */
async function isKnown(name: string): Promise<boolean> {
  const { stdout } = await run("apt-cache", ["show", name]);
  return stdout.split("\n").includes(`Package: ${name}`);
}

/**
 * @param whereKnown packages that only some releases have, and that belong to them there.
 * @returns the last lines of what apt-get says when it can't; undefined: they are installed.
 */
export async function aptInstall(
  packages: readonly string[],
  report: (line: string) => void,
  whereKnown: readonly string[] = [],
): Promise<string | undefined> {
  const options = { env: { DEBIAN_FRONTEND: "noninteractive" }, onLine: report };
  await run("apt-get", ["update", "-qq"], options);
  const all = [...packages];
  for (const name of whereKnown) if (await isKnown(name)) all.push(name);
  const result = await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...all], options);
  return result.ok ? undefined : result.all.split("\n").slice(-5).join("\n");
}
