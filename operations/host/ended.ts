// Clients that have ended and nobody starts again.

import { LAYERS } from "../../clients/spec";
import { LABELS, type Owner } from "../../components/names";
import type { HostChannel } from "./channel";

/**
 * Starts the clients of a generation that have ended. A Docker Engine that is killed just when it has started a
 * container does not bring it back, whatever its restart policy says.
 *
 * @returns names of their containers, in the order of the layers.
 */
export async function startEnded(host: HostChannel, owner: Owner, generation: string): Promise<readonly string[]> {
  const labels = { [LABELS.id]: owner.id, [LABELS.stack]: owner.stack, [LABELS.generation]: generation };
  const text = await host.docker([
    "ps",
    "--all",
    "--filter=status=exited",
    ...Object.entries(labels).map(([label, value]) => `--filter=label=${label}=${value}`),
    `--format={{.Label "${LABELS.role}"}}\t{{.Names}}`,
  ]);
  const ended = text.split("\n").map((line) => line.split("\t"));
  const names = LAYERS.flatMap((layer) => ended.flatMap(([role, name]) => (role === layer && name ? name : [])));
  for (const name of names) await host.docker(["start", name]);
  return names;
}
