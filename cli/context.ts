// What every command starts from: its stack and the toolchain that runs it.

import { mkdir } from "node:fs/promises";
import { Problem } from "../config/problem";
import { Stack } from "../operations/engine/stack";
import { BACKEND_FOLDER } from "../operations/engine/state-file";
import { readyToolchain, type Toolchain } from "../toolchain/install";
import { knownOrigin } from "../toolchain/origin";

/** @throws Problem `toolchain` on a machine that was not set up. */
export async function toolchain(): Promise<Toolchain> {
  const origin = await knownOrigin();
  const ready = origin && (await readyToolchain(origin));
  if (ready) return ready;
  throw new Problem(
    "toolchain",
    "Pulumi and its plugins are not ready on this machine.",
    "Run `bin/ephemery setup` first.",
  );
}

export async function openStack(name: string): Promise<Stack> {
  await mkdir(BACKEND_FOLDER, { recursive: true });
  return new Stack(name, await toolchain());
}
