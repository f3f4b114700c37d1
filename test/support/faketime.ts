// Another time of day for a process and all it starts: libfaketime, the machine's own or Debian's.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Where Debian has it; by architecture. */
const libraries = ["x86_64", "aarch64"].map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`);
const library = (): string | undefined => libraries.find((path) => existsSync(path));

/**
 * Environment of a process whose clock is another.
 *
 * @param by such as `+1d` (faketime(1)).
 * @throws where there is no libfaketime and none can be installed.
 */
export async function faketime(by: string): Promise<NodeJS.ProcessEnv> {
  if (library() === undefined) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["update", "-qq"], { env, stdio: "ignore" });
    spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "libfaketime"], { env, stdio: "ignore" });
  }
  const found = library();
  if (found === undefined) throw new Error("there is no libfaketime; install it (Debian: libfaketime)");
  // Timers go by the monotonic clock, which does not jump.
  return { LD_PRELOAD: found, FAKETIME: by, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
}
