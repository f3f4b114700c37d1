// The end of a stack on its host: nothing of it stays but what is worth keeping.

import { LABELS } from "../components/names";
import { locate } from "./deployment";
import type { EngineOptions, Stack } from "./engine/stack";
import { HostChannel } from "./host/channel";

export interface DestroyOptions extends EngineOptions {
  /** Remove validator keys, their password, slashing protection and node keys as well. There is no way back. */
  readonly purgeKeys: boolean;
}

/** What is left of a stack on its host after it was destroyed. */
export interface Kept {
  readonly volumes: readonly string[];
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

export async function destroyStack(stack: Stack, options: DestroyOptions): Promise<Kept> {
  const place = await locate(stack);
  await stack.destroy(options);
  if (!place) return { volumes: [] };
  const host = new HostChannel(place.uri);
  const mine = `label=${LABELS.id}=${place.owner.id}`;
  // Jobs and probes of runs that were cut off; the engine never knew them.
  const containers = lines(await host.docker(["ps", "--all", "--quiet", "--filter", mine]));
  if (containers.length > 0) await host.docker(["rm", "--force", ...containers]);
  const volumes = lines(await host.docker(["volume", "ls", "--quiet", "--filter", mine]));
  if (!options.purgeKeys || volumes.length === 0) return { volumes };
  await host.docker(["volume", "rm", ...volumes]);
  return { volumes: [] };
}
