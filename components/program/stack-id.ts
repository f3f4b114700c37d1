// The short id in the names of everything a stack has on a host: the same after destroy and up.

import { createHash } from "node:crypto";
import { homedir, hostname } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { Problem } from "../../config/problem";
import type { Settings } from "../../config/settings";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import type { Owner } from "../names";

const whoamiSchema = z.object({ url: z.string() });

/** A backend in files is a place on one machine; the same path on another machine is another backend. */
function placeOf(backend: string, machine: string, folder: string): string {
  const path = /^file:\/\/(.*)$/.exec(backend)?.[1];
  if (path === undefined) return backend;
  // Pulumi names a backend as the project file does: relative to the project's folder, or to the user's.
  return `${machine}:file://${resolve(folder, path.replace(/^~(?=\/|$)/, homedir()))}`;
}

/**
 * First 8 hex digits of a digest over the backend and the stack. Not drawn at random: kept volumes are found by their
 * names, and a stack that was destroyed has no state left to remember a random id in.
 *
 * @param folder the project's, which a backend in files may be relative to.
 */
export function stackIdOf(backend: string, machine: string, folder: string, stack: string): string {
  const place = placeOf(backend, machine, folder);
  return createHash("sha256").update(`${place}\n${stack}\n`).digest("hex").slice(0, 8);
}

/** @param whoami what `pulumi whoami --verbose --json` prints. */
export const stackIdHere = (whoami: string, stack: string): string =>
  stackIdOf(whoamiSchema.parse(JSON.parse(whoami)).url, hostname(), ROOT, stack);

async function askedFor(stack: string): Promise<string> {
  const result = await run("pulumi", ["whoami", "--verbose", "--json", "--non-interactive"]);
  if (result.ok) return stackIdHere(result.stdout, stack);
  throw new Problem(
    "engine",
    `pulumi whoami failed: ${result.stderr}`,
    "Log in to the backend (`pulumi login`), or set ephemery:id.",
  );
}

/**
 * Whose the stack's Docker objects are. Once it is recorded the id stays, also where the machine is named anew or the
 * clone is moved.
 */
export async function ownerOf({ id, stack, host }: Settings, recorded: Owner | undefined): Promise<Owner> {
  return { host: host.name, stack, id: id ?? recorded?.id ?? (await askedFor(stack)) };
}
