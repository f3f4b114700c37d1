// Containers that are to go: with grace, as the engine would have ended them.

import type { HostChannel } from "./channel";

/** Seconds a client gets to end by itself; a validator client's slashing database must not be cut off. */
const GRACE = 60;

/** Stops and removes containers, whatever they are. One that is gone meanwhile, as jobs are that remove themselves, is no failure. */
export async function removeGently(host: HostChannel, containers: readonly string[]): Promise<void> {
  if (containers.length === 0) return;
  await host.try(["stop", `--time=${GRACE}`, ...containers]);
  await host.try(["rm", "--force", ...containers]);
}
