// The end of a stack on its host: nothing of it stays but what is worth keeping.

import { LABELS } from "../components/names";
import { Problem } from "../config/problem";
import type { Settings } from "../config/settings";
import { idOf, locate } from "./deployment";
import type { EngineOptions, Stack } from "./engine/stack";
import { HostChannel } from "./host/channel";
import { removeGently } from "./host/remove";

export interface DestroyOptions extends EngineOptions {
  /** Remove validator keys, their password, slashing protection and node keys as well. There is no way back. */
  readonly purgeKeys: boolean;
}

/** What is left of a stack on its host after it was destroyed. */
export interface Kept {
  readonly volumes: readonly string[];
  /**
   * What `ephemery:id` has to be for the next `up` to find them: the clone was moved, or the machine named anew, since
   * they were made. Undefined: it finds them as it is.
   */
  readonly id?: string;
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/**
 * Who has keys removed believes them gone afterwards: they must not lie there by another id.
 *
 * @throws Problem `keys` where volumes of a stack of that name are there, and none by this id.
 */
async function assertKnown(host: HostChannel, stack: string, id: string): Promise<void> {
  const filter = `label=${LABELS.stack}=${stack}`;
  const format = `{{.Label "${LABELS.id}"}}`;
  const ids = new Set(lines(await host.docker(["volume", "ls", "--filter", filter, "--format", format])));
  if (ids.size === 0 || ids.has(id)) return;
  throw new Problem(
    "keys",
    `No volume on ${host.uri} has the id ${id} of stack ${stack}; there are volumes of a stack of that name by ${[...ids].join(", ")}.`,
    "If they are this stack's, as after its clone was moved or its machine named anew, set ephemery:id to theirs, then try again.",
  );
}

export async function destroyStack(stack: Stack, settings: Settings, options: DestroyOptions): Promise<Kept> {
  const place = await locate(stack);
  const host = new HostChannel(place?.uri ?? settings.host.uri);
  // Without a state that says so, as after an earlier `destroy` that kept its keys, they are where they would be made.
  const next = await idOf(stack, settings);
  const id = place?.owner.id ?? next;
  if (!place && options.purgeKeys) await assertKnown(host, stack.name, id);
  await stack.destroy(options);
  // Both labels: seeds of two rehearsals have the same id.
  const mine = ["--filter", `label=${LABELS.id}=${id}`, "--filter", `label=${LABELS.stack}=${stack.name}`];
  // Jobs and probes, too, which the engine never knew, and clients that somebody made anew in the place of its own.
  const containers = async (): Promise<string[]> => lines(await host.docker(["ps", "--all", "--quiet", ...mine]));
  await removeGently(host, await containers());
  const stuck = await containers();
  if (stuck.length > 0) await host.docker(["rm", "--force", ...stuck]);
  // What was begun by a run that was killed, and of which no state ever knew.
  const networks = lines(await host.docker(["network", "ls", "--quiet", ...mine]));
  if (networks.length > 0) await host.docker(["network", "rm", ...networks]);
  const chain = [...mine, "--filter", `label=${LABELS.generation}`];
  const ended = lines(await host.docker(["volume", "ls", "--quiet", ...chain]));
  if (ended.length > 0) await host.docker(["volume", "rm", ...ended]);
  const volumes = lines(await host.docker(["volume", "ls", "--quiet", ...mine]));
  if (volumes.length === 0) return { volumes };
  if (!options.purgeKeys) return id === next ? { volumes } : { volumes, id };
  await host.docker(["volume", "rm", ...volumes]);
  return { volumes: [] };
}
