// Another time of day for a process and all it starts: libfaketime, the machine's own or Debian's.

import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where Debian has it; by architecture. */
const libraries = ["x86_64", "aarch64"].map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`);
const library = (): string | undefined => libraries.find((path) => existsSync(path));

/** A timedatectl that vouches for nothing: the kernel of this machine is right, and would be a second clock that agrees. */
function unsynchronised(folder: string): string {
  writeFileSync(join(folder, "timedatectl"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  return `${folder}:${process.env.PATH}`;
}

/**
 * Environment of a process whose clock is another.
 *
 * @param by such as `+1d` (faketime(1)).
 * @param folder to put a program into.
 * @throws where there is no libfaketime and none can be installed.
 */
export function faketime(by: string, folder: string): NodeJS.ProcessEnv {
  if (library() === undefined) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["update", "-qq"], { env, stdio: "ignore" });
    spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "libfaketime"], { env, stdio: "ignore" });
  }
  const found = library();
  if (found === undefined) throw new Error("there is no libfaketime; install it (Debian: libfaketime)");
  // Timers go by the monotonic clock, which does not jump.
  return { LD_PRELOAD: found, FAKETIME: by, FAKETIME_DONT_FAKE_MONOTONIC: "1", PATH: unsynchronised(folder) };
}
