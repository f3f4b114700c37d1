// A rehearsal's node that has lost its only peer for good, and what brings the two together again.

import { succeed } from "./ephemery";
import { evidence } from "./evidence";
import type { Report } from "./status";

/** Milliseconds without a peer, which `up` wants to be more than a minute. */
const PATIENCE = 75_000;

/**
 * Has a stack brought up again when its beacon node has had no peer for long, as docs/rehearsal.md tells people ("One
 * node beside the seed"). Told, with what both beacon nodes said, so that a run that passed shows how often it was
 * needed, and why.
 *
 * @param seed stack of the rehearsal's seed.
 * @returns to be called with each look at the stack.
 */
export function unlessAlone(stack: string, seed: string): (report: Report) => Promise<void> {
  let since: number | undefined;
  return async ({ chain, beacon }) => {
    const alone = (chain?.slot ?? -1) > 0 && beacon?.peers.total === 0;
    if (!alone) since = undefined;
    else since ??= Date.now();
    if (since === undefined || Date.now() - since < PATIENCE) return;
    process.stderr.write(`The beacon node of ${stack} has lost its only peer at slot ${beacon?.headSlot}: up again.\n`);
    process.stderr.write(`${await evidence([stack, seed])}\n`);
    await succeed(["up", "--stack", stack, "--yes"]);
    since = undefined;
  };
}
