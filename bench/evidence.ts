// What tells why a reset of the bench lost duties, kept before the bench takes its containers away.

import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { host } from "../test/support/machine";
import type { Rehearsed } from "../test/support/rehearsed";
import { ROOT } from "../toolchain/paths";

/**
 * The logs of the node's and the seed's clients, and the journals of their runs.
 *
 * @returns the folder they are in.
 */
export async function keepEvidence(on: Rehearsed, generation: string): Promise<string> {
  const folder = join(ROOT, ".ephemery/bench", `${on.name}-${generation}`);
  mkdirSync(folder, { recursive: true });
  cpSync(join(on.folder, "data/journals"), join(folder, "journals"), { recursive: true });
  for (const stack of [on.name, `${on.name}-seed`]) {
    const filter = `--filter=label=ephemery.stack=${stack}`;
    const names = (await host.docker(["ps", filter, "--format", "{{.Names}}"])).split("\n").filter(Boolean);
    for (const name of names) writeFileSync(join(folder, `${name}.log`), (await host.try(["logs", "-t", name])).all);
  }
  return folder;
}
