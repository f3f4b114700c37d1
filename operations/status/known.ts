// From which epoch on a beacon node can tell of its chain. One that started from a checkpoint has nothing from before
// it, and clients differ in what they say of that: some refuse; Prysm (7.1.2, seen) answers, with states that it makes
// up by carrying genesis over slots that are all empty to it. So it is asked for blocks, which nobody makes up.

import type { ChainFacts } from "../../chain/facts";
import { type BeaconApi, BeaconApiError, type Block } from "./beacon-api";

export interface KnownInput {
  readonly api: BeaconApi;
  readonly chain: Pick<ChainFacts, "slotsPerEpoch">;
  readonly headSlot: number;
}

/** The first number above `below` for which something holds that holds for `known`, and for all between it and the first. */
async function firstWhere(below: number, known: number, holds: (number: number) => Promise<boolean>): Promise<number> {
  let [no, yes] = [below, known];
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2);
    if (await holds(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

/**
 * The first epoch, from `since` on, of which the beacon node has all that led to it: every block after its checkpoint.
 *
 * @param since an epoch before the head's.
 * @throws BeaconApiError when the chain changes meanwhile; Unreachable
 */
export async function blocksFrom({ api, chain, headSlot }: KnownInput, since: number): Promise<number> {
  const { slotsPerEpoch } = chain;
  const firstIn = async (epoch: number): Promise<Block | undefined> => {
    const end = Math.min((epoch + 1) * slotsPerEpoch - 1, headSlot);
    // Every node has the genesis block.
    for (let slot = Math.max(epoch * slotsPerEpoch, 1); slot <= end; slot++) {
      const block = await api.block(slot);
      if (block) return block;
    }
    return undefined;
  };
  const anyIn = async (epoch: number): Promise<boolean> => (await firstIn(epoch)) !== undefined;
  let epoch = since;
  let known = Math.floor(headSlot / slotsPerEpoch);
  if (!(await anyIn(epoch))) epoch = await firstWhere(since, known, anyIn);
  for (;;) {
    const first = await firstIn(epoch);
    if (!first) throw new BeaconApiError(`there is no block in epoch ${epoch} any more`, false);
    const parent = await api.block(first.parent);
    if (!parent) return Math.ceil(first.slot / slotsPerEpoch);
    // Slots between the two have no blocks on the chain itself.
    if (parent.slot <= since * slotsPerEpoch) return since;
    known = Math.floor(parent.slot / slotsPerEpoch);
    epoch = await firstWhere(since, known, anyIn);
  }
}

/** Whether the node answered that it can't tell. */
export const isRefusal = (error: unknown): boolean => error instanceof BeaconApiError && error.refused;

/**
 * The first epoch, from `since` on, that a question is answered for; the one after `last` when it is for none.
 *
 * @throws BeaconApiError when the node refuses now what it answers then
 */
export async function answeredFrom(
  since: number,
  last: number,
  ask: (epoch: number) => Promise<unknown>,
): Promise<number> {
  const answered = async (epoch: number): Promise<boolean> => {
    try {
      await ask(epoch);
      return true;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  };
  if (await answered(since)) return since;
  if (!(await answered(last))) return last + 1;
  const first = await firstWhere(since, last, answered);
  // What is remembered from here on has to be so for good, and a node that is short of time refuses what it has. In this
  // order: one that has time for the first of the two has it for the second.
  if (!(await answered(first)) || (await answered(first - 1)))
    throw new BeaconApiError(`epochs ${first - 1} and ${first} are not answered as they were a moment ago`, false);
  return first;
}
