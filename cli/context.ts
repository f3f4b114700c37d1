// What every command starts from: its stack and the toolchain that runs it.

import { mkdir } from "node:fs/promises";
import { Problem } from "../config/problem";
import { Stack } from "../operations/engine/stack";
import { BACKEND_FOLDER } from "../operations/engine/state-file";
import { readyToolchain, type Toolchain } from "../toolchain/install";
import { knownOrigin } from "../toolchain/origin";

/** Undefined on a machine that was not set up. */
export async function presentToolchain(): Promise<Toolchain | undefined> {
  const origin = await knownOrigin();
  return origin && (await readyToolchain(origin));
}

/** @throws Problem `toolchain` on a machine that was not set up. */
async function toolchain(): Promise<Toolchain> {
  const ready = await presentToolchain();
  if (ready) return ready;
  throw new Problem(
    "toolchain",
    "Pulumi and its plugins are not ready on this machine.",
    "Run `bin/ephemery setup` first.",
  );
}

/**
 * A stack, by the toolchain that is ready: it never sets the machine up.
 *
 * @throws Problem `toolchain` on a machine that was not set up.
 */
export async function openStack(name: string): Promise<Stack> {
  await mkdir(BACKEND_FOLDER, { recursive: true });
  return new Stack(name, await toolchain());
}
