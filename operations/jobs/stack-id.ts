// The job behind components/stack-id.ts: an id that is the same after destroy and up.

import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { z } from "zod";
import { Problem } from "../../config/problem";
import { run } from "../../toolchain/run";
import { readInput, stackIdInput } from "./input";

const whoamiSchema = z.object({ url: z.string() });

/** First 8 hex digits of a digest over the backend and the stack. */
export function stackIdOf(backend: string, machine: string, stack: string): string {
  // A backend in files is a place on one machine; the same path on another machine is another backend.
  const place = backend.startsWith("file://") ? `${machine}:${backend}` : backend;
  return createHash("sha256").update(`${place}\n${stack}\n`).digest("hex").slice(0, 8);
}

export async function stackId(): Promise<string> {
  const { stack } = readInput(stackIdInput);
  const result = await run("pulumi", ["whoami", "--verbose", "--json", "--non-interactive"]);
  if (!result.ok)
    throw new Problem(
      "engine",
      `pulumi whoami failed: ${result.stderr}`,
      "Log in to the backend (`pulumi login`), or set ephemery:id.",
    );
  const { url } = whoamiSchema.parse(JSON.parse(result.stdout));
  return stackIdOf(url, hostname(), stack);
}
