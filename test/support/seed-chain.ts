// The chain as a rehearsal's seed holds it, and whether a node with an empty database could follow it.

import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { dockerName } from "../../components/names";
import type { Profile } from "../../rehearsal/profile";
import { seedOwner } from "../../rehearsal/seed";
import { inside } from "./machine";

const TOOLS = "ephemery.local/tools:1.35.0-1";
/** Milliseconds between two looks. */
const PAUSE = 3_000;

const finalitySchema = z.object({ data: z.object({ finalized: z.object({ epoch: z.coerce.number() }) }) });
const blockSchema = z.object({
  root: z.string(),
  header: z.object({ message: z.object({ slot: z.coerce.number(), parent_root: z.string() }) }),
});
const headSchema = z.object({ data: blockSchema });
const knownSchema = z.object({ data: z.object({ canonical: z.boolean() }) });
const blocksSchema = z.object({ data: z.array(blockSchema) });

/** What the seed's beacon node answers to each path; what it has nothing for is left out. */
async function askSeed(rehearsal: string, ...paths: string[]): Promise<unknown[]> {
  const script = paths.map((path) => `wget -qO- 'http://127.0.0.1:3500/eth/v1/beacon/${path}' && echo`).join("; ");
  const text = await inside(dockerName(seedOwner(rehearsal), "beacon"), TOOLS, "sh", "-c", `${script}; true`);
  return text.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
}

/** Whether the seed has a block in its chain, by the block's root. */
export async function isOfSeedChain(rehearsal: string, root: string): Promise<boolean> {
  const [known] = await askSeed(rehearsal, `headers/${root}`);
  return knownSchema.safeParse(known).data?.data.canonical === true;
}

/** The slots from the last final epoch on whose blocks do not follow the one before them; empty: one chain. */
async function forks(rehearsal: string, { slotsPerEpoch }: Profile): Promise<number[]> {
  const [finality, head] = await askSeed(rehearsal, "states/head/finality_checkpoints", "headers/head");
  const from = finalitySchema.parse(finality).data.finalized.epoch * slotsPerEpoch;
  const newest = headSchema.parse(head).data;
  // `headers/{slot}` would leave orphaned blocks out while they are not final.
  const slots = Array.from({ length: newest.header.message.slot - from + 1 }, (_, nth) => `headers?slot=${from + nth}`);
  const blocks = (await askSeed(rehearsal, ...slots)).flatMap((each) => blocksSchema.parse(each).data);
  const off = blocks.filter(({ header }, nth) => nth > 0 && header.message.parent_root !== blocks[nth - 1]?.root);
  return (blocks.at(-1)?.root === newest.root ? off : [...off, newest]).map(({ header }) => header.message.slot);
}

/**
 * Waits until the seed has no orphaned block from the last final epoch on.
 *
 * A client that was restarted may have proposed on an old head. Prysm v7.1.2 serves whatever blocks it has of the epoch
 * that was final last as if they were one chain (beacon-chain/db/kv/finalized_block_roots.go), and a node that begins
 * with an empty database does not get past them until a later epoch is final.
 *
 * @throws with the slots, after so many seconds.
 */
export async function untilOneChain(rehearsal: string, profile: Profile, seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const off = await forks(rehearsal, profile);
    if (off.length === 0) return;
    if (Date.now() > deadline) throw new Error(`not one chain in ${seconds} s: forks at slots ${off.join(", ")}`);
    await sleep(PAUSE);
  }
}
