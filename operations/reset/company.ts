// Sees to it that a node that has just moved meets peers before slot 0.

import { setTimeout as sleep } from "node:timers/promises";

export interface Lone {
  /** Unix seconds. */
  readonly slotZero: number;
  /** Connected peers of the beacon node; undefined where it does not say. */
  peers(): Promise<number | undefined>;
  /** Starts the beacon node again, which makes it dial its bootnodes anew. */
  restart(): Promise<void>;
  /** Unix seconds. */
  now(): number;
  pause(seconds: number): Promise<void>;
}

/** Seconds without a peer after which the beacon node is started again. */
const ALONE = 25;
/** Seconds before slot 0 from which it is left alone: it has duties then. */
const LAST_CALL = 25;
/** Seconds between two looks. */
const LOOK = 5;

export const clock = {
  now: (): number => Math.floor(Date.now() / 1000),
  pause: (seconds: number): Promise<void> => sleep(seconds * 1000),
};

/**
 * At a reset all nodes start at once, and the bootnodes with them. A beacon node that dials its bootnodes only when it
 * starts stays alone where it was there first, and would be on a fork of its own from slot 1.
 *
 * @returns how often the beacon node was started again.
 */
export async function meetPeers({ slotZero, peers, restart, now, pause }: Lone): Promise<number> {
  let restarts = 0;
  let since = now();
  for (let met = await peers(); !met && now() < slotZero - LAST_CALL; met = await peers()) {
    // One that does not say may be starting still.
    if (met === 0 && now() - since >= ALONE) {
      await restart();
      restarts += 1;
      since = now();
    }
    await pause(LOOK);
  }
  return restarts;
}

async function nodeIdOf(enr: string): Promise<string | undefined> {
  const { ENR } = await import("@chainsafe/enr");
  try {
    return ENR.decodeTxt(enr).nodeId;
  } catch {
    return undefined;
  }
}

/**
 * Whether there is no bootnode but the node itself: then a start more finds nobody, and turns away those that dial it.
 *
 * @param enr the node's own record; undefined where it does not tell.
 */
export async function isOnlyBootnode(enr: string | undefined, bootnodes: readonly string[]): Promise<boolean> {
  const own = enr === undefined ? undefined : await nodeIdOf(enr);
  const ids = await Promise.all(bootnodes.map(nodeIdOf));
  return own !== undefined && ids.every((id) => id === own);
}
