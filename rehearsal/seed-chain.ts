// Whether a node with an empty database could follow the seed's chain. Prysm v7.1.2 gives out every block it has of the
// epoch that was final last as if they were one chain, orphaned ones as well (IsFinalizedBlock in
// beacon-chain/db/kv/finalized_block_roots.go), and ends its answer before the first that does not follow. A node that
// syncs asks again and again then, for ten epochs at once each time (nonSkippedSlotAfter in
// beacon-chain/sync/initial-sync/blocks_fetcher_utils.go): more than the five questions a second that a peer may ask, so
// that the seed shuts it out within seconds, for hours.

import { setTimeout as sleep } from "node:timers/promises";
import type { HostChannel } from "../operations/host/channel";
import type { BeaconApi, BlockLink } from "../operations/status/beacon-api";
import { askSeed } from "./seed-api";

/** Epochs that are looked at: the one that is final, and the one that will be before a node has synced. */
const EPOCHS = 2;
/** Milliseconds between two looks. */
const PAUSE = 3_000;

/** Slots from the last final epoch on with a block that does not follow the one before it; none: a node can follow. */
export async function breaksOf(
  api: Pick<BeaconApi, "finalizedEpoch" | "syncing" | "blocksIn">,
  slotsPerEpoch: number,
): Promise<readonly number[]> {
  const final = await api.finalizedEpoch();
  // Of genesis everybody has all there is.
  if (final === 0) return [];
  const { head_slot: head } = await api.syncing();
  const from = final * slotsPerEpoch;
  const count = Math.max(0, Math.min(head - from + 1, EPOCHS * slotsPerEpoch));
  const breaks: number[] = [];
  let before: BlockLink | undefined;
  for (const slot of Array.from({ length: count }, (_, nth) => from + nth)) {
    for (const block of await api.blocksIn(slot)) {
      if (before && block.parent !== before.root) breaks.push(slot);
      before = block;
    }
  }
  return breaks;
}

/**
 * Whether a node with an empty database could follow the seed now. A seed that does not answer is another's concern.
 *
 * @param image with busybox's tools.
 */
export async function canFollow(
  host: HostChannel,
  name: string,
  slotsPerEpoch: number,
  image: string,
): Promise<boolean> {
  const breaks = await askSeed(host, name, image, (api) => breaksOf(api, slotsPerEpoch));
  return breaks === undefined || breaks.length === 0;
}

/**
 * Waits until a node could follow the seed, which later epochs that become final see to.
 *
 * @param patience seconds, after which the node has to try as things are.
 * @returns whether it can.
 */
export async function untilFollowable(patience: number, look: () => Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + patience * 1_000;
  for (;;) {
    if (await look()) return true;
    if (Date.now() > deadline) return false;
    await sleep(PAUSE);
  }
}
