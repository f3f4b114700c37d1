// A Beacon API over a chain that a test makes up, in the shapes of https://ethereum.github.io/beacon-APIs/
// and with its refusals: what lies too far back or ahead is answered with 400, a slot without a block with 404.

import type { Answer, Asked } from "./http";

export interface BeaconChain {
  /** Slots in an epoch. */
  readonly slotsPerEpoch: number;
  readonly headSlot: number;
  /** Epoch by the node's clock. */
  readonly clockEpoch: number;
  /** Public key, status and first epoch of each validator, by index; 0 unless told. */
  readonly validators: readonly { readonly pubkey: string; readonly status: string; readonly activation?: number }[];
  /** Who has to propose, by slot. */
  readonly proposer: (slot: number) => number;
  /** Who proposed the block in a slot; undefined: there is none. */
  readonly block: (slot: number) => number | undefined;
  /** Slot of an epoch in which a validator has to attest. */
  readonly attestsAt: (epoch: number, index: number) => number;
  readonly attested: (epoch: number, index: number) => boolean;
  readonly checkpoint?: Checkpoint;
}

/** What a node started from, in place of genesis. */
export interface Checkpoint {
  /** Slot of its block. */
  readonly slot: number;
  /**
   * What it says of epochs before. `refuses`: that it has neither blocks nor states; `makes-up`: it answers as if every
   * slot had been empty, as Prysm 7.1.2 does; `backfilled`: it has fetched the blocks, and has no states.
   */
  readonly past: "refuses" | "makes-up" | "backfilled";
}

/** Fields that are there and that nobody reads here. */
const AROUND = { execution_optimistic: false, finalized: false, dependent_root: `0x${"0".repeat(64)}` };
const data = (content: unknown): Answer => ({ body: { ...AROUND, data: content } });
const refuse = (status: number): Answer => ({ status, body: { code: status, message: "not here" } });
const word = `0x${"1".repeat(64)}`;
/** A block's root tells its slot. */
const rootOf = (slot: number): string => `0x${slot.toString(16).padStart(64, "0")}`;

function indicesOf(body: string): number[] {
  const list: unknown = JSON.parse(body);
  if (!Array.isArray(list)) throw new Error("a list of indices is expected");
  return list.map((each) => {
    if (typeof each !== "string") throw new Error("indices are strings");
    return Number(each);
  });
}

/** Answers a question about duties; undefined: it is about something else. */
export function dutiesAnswer(chain: BeaconChain, { method, url, body }: Asked): Answer | undefined {
  const epochIn = (pattern: RegExp): number => Number(pattern.exec(url)?.[1] ?? Number.NaN);
  const slots = (epoch: number): number[] =>
    Array.from({ length: chain.slotsPerEpoch }, (_, offset) => epoch * chain.slotsPerEpoch + offset);
  const about = (name: string): boolean => url.startsWith(name);
  const { checkpoint } = chain;
  const past = (epoch: number): Checkpoint["past"] | undefined =>
    checkpoint && epoch * chain.slotsPerEpoch < checkpoint.slot ? checkpoint.past : undefined;
  const refused = (epoch: number): boolean => (past(epoch) ?? "makes-up") !== "makes-up";
  const attested = (epoch: number, index: number): boolean =>
    past(epoch) !== "makes-up" && chain.attested(epoch, index);
  const proposer = (slot: number): number =>
    chain.proposer(past(Math.floor(slot / chain.slotsPerEpoch)) === "makes-up" ? slot + 1 : slot);
  /** Genesis is everybody's. */
  const block = (slot: number): number | undefined => {
    if (slot > chain.headSlot) return undefined;
    const gone = checkpoint && checkpoint.past !== "backfilled" && slot < checkpoint.slot;
    return slot === 0 ? 0 : gone ? undefined : chain.block(slot);
  };

  if (method === "POST" && about("/eth/v1/validator/liveness/")) {
    const epoch = epochIn(/\/(\d+)$/);
    const indices = indicesOf(body);
    if (Math.abs(epoch - chain.clockEpoch) > 1 || indices.length === 0) return refuse(400);
    return data(indices.map((index) => ({ index: String(index), is_live: attested(epoch, index) })));
  }
  if (method === "POST" && about("/eth/v1/beacon/rewards/attestations/")) {
    const epoch = epochIn(/\/(\d+)$/);
    if (epoch + 2 > Math.floor(chain.headSlot / chain.slotsPerEpoch) || refused(epoch)) return refuse(404);
    const rewards = indicesOf(body).map((index) => {
      const amount = attested(epoch, index) ? "2966" : "-2966";
      return { validator_index: String(index), head: "2857", target: amount, source: amount, inactivity: "0" };
    });
    return data({ ideal_rewards: [], total_rewards: rewards });
  }
  if (method === "POST" && about("/eth/v1/validator/duties/attester/")) {
    const epoch = epochIn(/\/(\d+)$/);
    if (refused(epoch)) return refuse(404);
    const indices = indicesOf(body);
    // Prysm answers for none when one of them is not in the state of then, or when there is none.
    const unknown = indices.some((index) => (chain.validators[index]?.activation ?? 0) > epoch);
    if (indices.length === 0 || unknown) return refuse(400);
    return data(
      indices.map((index) => ({
        pubkey: chain.validators[index]?.pubkey,
        validator_index: String(index),
        committee_index: "0",
        committee_length: "4",
        committees_at_slot: "1",
        validator_committee_index: "0",
        slot: String(chain.attestsAt(epoch, index)),
      })),
    );
  }
  if (method === "GET" && about("/eth/v1/validator/duties/proposer/")) {
    const epoch = epochIn(/\/(\d+)$/);
    if (refused(epoch)) return refuse(404);
    return data(
      slots(epoch).map((slot) => {
        const index = proposer(slot);
        return { pubkey: chain.validators[index]?.pubkey, validator_index: String(index), slot: String(slot) };
      }),
    );
  }
  if (method === "GET" && about("/eth/v1/beacon/headers/")) {
    const root = /\/(0x[0-9a-f]{64})$/.exec(url)?.[1];
    const slot = root === undefined ? epochIn(/\/(\d+)$/) : Number(root);
    const index = block(slot);
    if (index === undefined) return refuse(404);
    let parent = slot - 1;
    while (parent > 0 && chain.block(parent) === undefined) parent -= 1;
    const message = {
      slot: String(slot),
      proposer_index: String(index),
      parent_root: slot === 0 ? word : rootOf(parent),
      state_root: word,
      body_root: word,
    };
    return data({ root: rootOf(slot), canonical: true, header: { message, signature: `0x${"2".repeat(192)}` } });
  }
  if (method === "POST" && about("/eth/v1/beacon/states/head/validators")) {
    const { ids }: { ids: string[] } = JSON.parse(body);
    return data(
      chain.validators.flatMap(({ pubkey, status, activation = 0 }, index) =>
        ids.includes(pubkey)
          ? [
              {
                index: String(index),
                balance: "32000000000",
                status,
                validator: { pubkey, slashed: false, activation_epoch: String(activation) },
              },
            ]
          : [],
      ),
    );
  }
  return undefined;
}
