// The end of a stack on its host: nothing of it stays but what is worth keeping.

import { LABELS, type Owner } from "../components/names";
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
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** Where the stack's objects are when its state no longer says so: after an earlier `destroy` that kept its keys. */
async function expected(settings: Settings, stack: Stack): Promise<{ uri: string; owner: Pick<Owner, "id"> }> {
  return { uri: settings.host.uri, owner: { id: await idOf(stack, settings) } };
}

export async function destroyStack(stack: Stack, settings: Settings, options: DestroyOptions): Promise<Kept> {
  const place = (await locate(stack)) ?? (await expected(settings, stack));
  await stack.destroy(options);
  const host = new HostChannel(place.uri);
  // Both labels: seeds of two rehearsals have the same id.
  const mine = ["--filter", `label=${LABELS.id}=${place.owner.id}`, "--filter", `label=${LABELS.stack}=${stack.name}`];
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
  if (!options.purgeKeys || volumes.length === 0) return { volumes };
  await host.docker(["volume", "rm", ...volumes]);
  return { volumes: [] };
}
