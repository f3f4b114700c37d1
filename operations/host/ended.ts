// Clients that have ended and nobody starts again.

import { LAYERS, type Layer } from "../../clients/spec";
import { LABELS, type Owner } from "../../components/names";
import type { HostChannel } from "./channel";

/**
 * Starts the clients of a generation that have ended. A Docker Engine that is killed just when it has started a
 * container does not bring it back, whatever its restart policy says. One that can't be started is left to what comes
 * next: a run that was cut off may have left a container the state does not know.
 *
 * @param layers those that may be started.
 * @returns names of the containers that were started, in the order of the layers.
 */
export async function startEnded(
  host: HostChannel,
  owner: Owner,
  generation: string,
  layers: readonly Layer[] = LAYERS,
): Promise<readonly string[]> {
  const labels = { [LABELS.id]: owner.id, [LABELS.stack]: owner.stack, [LABELS.generation]: generation };
  const text = await host.docker([
    "ps",
    "--all",
    "--filter=status=exited",
    ...Object.entries(labels).map(([label, value]) => `--filter=label=${label}=${value}`),
    `--format={{.Label "${LABELS.role}"}}\t{{.Names}}`,
  ]);
  const ended = text.split("\n").map((line) => line.split("\t"));
  const names = layers.flatMap((layer) => ended.flatMap(([role, name]) => (role === layer && name ? name : [])));
  const started: string[] = [];
  for (const name of names) if ((await host.try(["start", name])).ok) started.push(name);
  return started;
}
