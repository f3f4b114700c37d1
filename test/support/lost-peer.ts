// A rehearsal's node that has lost its only peer for good, or does not get further beside it, and what ends that.

import { setTimeout as sleep } from "node:timers/promises";
import { ephemery } from "./ephemery";
import { evidence } from "./evidence";
import { host } from "./machine";
import type { Report } from "./status";

/** Milliseconds without a peer, which `up` wants to be more than a minute, or without a step of a sync. */
const PATIENCE = 75_000;

/**
 * Sees to a stack's beacon node as docs/rehearsal.md tells people to ("One node beside the seed"): brings the stack up
 * again when it has had no peer for long, and starts the beacon node again when it syncs from one and its head stands.
 * Told, with what both beacon nodes said, so that a run that passed shows how often it was needed, and why.
 *
 * @param seed stack of the rehearsal's seed.
 * @returns to be called with each look at the stack.
 */
export function unlessLost(stack: string, seed: string): (report: Report) => Promise<void> {
  let state = "";
  let since = Date.now();
  return async ({ chain, beacon }) => {
    const peers = beacon?.peers.total ?? undefined;
    const alone = (chain?.slot ?? -1) > 0 && peers === 0;
    const stands = beacon?.syncing === true && (peers ?? 0) > 0;
    const now = alone ? "alone" : stands ? `at slot ${beacon.headSlot}` : "";
    if (now !== state) {
      state = now;
      since = Date.now();
    }
    if (now === "" || Date.now() - since < PATIENCE) return;
    const what = alone ? "has lost its only peer: up again" : `stands ${now} beside its peer: started again`;
    process.stderr.write(`The beacon node of ${stack} ${what}.\n${await evidence([stack, seed])}\n`);
    if (alone) await upAgain(stack);
    else await restartBeacon(stack);
    state = "";
  };
}

/** Brings a stack up as soon as the run that is at work on it, as its schedule's may be, has ended. */
async function upAgain(stack: string): Promise<void> {
  for (;;) {
    const { code, stdout, stderr } = await ephemery(["up", "--stack", stack, "--yes"]);
    if (code === 0) return;
    if (!stderr.includes(" is in use by ")) throw new Error(`up ended with ${code}:\n${stdout}\n${stderr}`);
    await sleep(5_000);
  }
}

async function restartBeacon(stack: string): Promise<void> {
  const filters = [`--filter=label=ephemery.stack=${stack}`, "--filter=label=ephemery.role=beacon"];
  for (const id of (await host.docker(["ps", "--quiet", ...filters])).split(/\s+/).filter((each) => each !== ""))
    await host.docker(["restart", "--time=30", id]);
}
