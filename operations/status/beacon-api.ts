// The Beacon API, as far as it is asked (https://ethereum.github.io/beacon-APIs/), checked at the border.

import { z } from "zod";
import type { Tunnel } from "../host/tunnel";

const uint = z.string().regex(/^\d+$/).transform(Number);
const signed = z
  .string()
  .regex(/^-?\d+$/)
  .transform(Number);

const schemas = {
  version: z.object({ version: z.string() }),
  genesis: z.object({ genesis_time: uint, genesis_validators_root: z.string() }),
  syncing: z.object({
    head_slot: uint,
    is_syncing: z.boolean(),
    is_optimistic: z.boolean().optional(),
    el_offline: z.boolean().optional(),
  }),
  finality: z.object({ finalized: z.object({ epoch: uint }) }),
  peers: z.array(z.object({ state: z.string(), direction: z.string() })),
  identity: z.object({ peer_id: z.string(), enr: z.string() }),
  validators: z.array(
    z.object({
      index: uint,
      status: z.string(),
      validator: z.object({ pubkey: z.string(), activation_epoch: uint }),
    }),
  ),
  liveness: z.array(z.object({ index: uint, is_live: z.boolean() })),
  rewards: z.object({ total_rewards: z.array(z.object({ validator_index: uint, source: signed })) }),
  attesters: z.array(z.object({ validator_index: uint, slot: uint })),
  proposers: z.array(z.object({ pubkey: z.string(), slot: uint })),
  header: z.object({
    header: z.object({ message: z.object({ slot: uint, proposer_index: uint, parent_root: z.string() }) }),
  }),
  headers: z.array(
    z.object({ root: z.string(), header: z.object({ message: z.object({ parent_root: z.string() }) }) }),
  ),
};

/** A block by its own root, whether it became part of the chain or not. */
export interface BlockLink {
  readonly root: string;
  readonly parent: string;
}

export interface Block {
  readonly slot: number;
  /** Index of its proposer. */
  readonly proposer: number;
  /** Root of its parent. */
  readonly parent: string;
}

/** The node answers, but not what was asked for. */
export class BeaconApiError extends Error {
  /** @param refused whether it said that it can't tell, now or at all: clients have no status that keeps the two apart. */
  constructor(
    message: string,
    readonly refused: boolean,
  ) {
    super(message);
  }
}

export class BeaconApi {
  constructor(private readonly tunnel: Tunnel) {}

  private async ask<T>(
    schema: z.ZodType<T>,
    method: "GET" | "POST",
    path: string,
    body?: unknown,
  ): Promise<T | undefined> {
    const answer = await this.tunnel.send(method, path, body);
    if (answer.status === 404) return undefined;
    const parsed = z.object({ data: schema }).safeParse(answer.status === 200 ? JSON.parse(answer.body) : undefined);
    if (parsed.success) return parsed.data.data;
    // Of a page that a proxy answers with, status shows this in one line.
    const text = answer.body.slice(0, 200).replaceAll(/\s+/g, " ").trim();
    throw new BeaconApiError(`${method} ${path} answered ${answer.status}: ${text}`, answer.status !== 200);
  }

  private async must<T>(schema: z.ZodType<T>, method: "GET" | "POST", path: string, body?: unknown): Promise<T> {
    const value = await this.ask(schema, method, path, body);
    if (value === undefined) throw new BeaconApiError(`${method} ${path} is not known`, true);
    return value;
  }

  version = async (): Promise<string> => (await this.must(schemas.version, "GET", "/eth/v1/node/version")).version;
  genesis = () => this.must(schemas.genesis, "GET", "/eth/v1/beacon/genesis");
  syncing = () => this.must(schemas.syncing, "GET", "/eth/v1/node/syncing");
  identity = () => this.must(schemas.identity, "GET", "/eth/v1/node/identity");

  finalizedEpoch = async (): Promise<number> =>
    (await this.must(schemas.finality, "GET", "/eth/v1/beacon/states/head/finality_checkpoints")).finalized.epoch;

  /** Connected peers by direction. */
  async peers(): Promise<{ in: number; out: number }> {
    const all = await this.must(schemas.peers, "GET", "/eth/v1/node/peers?state=connected");
    const connected = all.filter(({ state }) => state === "connected");
    const inbound = connected.filter(({ direction }) => direction === "inbound").length;
    return { in: inbound, out: connected.length - inbound };
  }

  /** Peers it was connected to, and is not any more. */
  lostPeers = async (): Promise<number> =>
    (await this.must(schemas.peers, "GET", "/eth/v1/node/peers?state=disconnected")).length;

  /** Those of the public keys the head state knows. */
  validators = (pubkeys: readonly string[]) =>
    this.must(schemas.validators, "POST", "/eth/v1/beacon/states/head/validators", { ids: pubkeys });

  /** Indices whose attestation of an epoch (the current or the one before) is on the chain. */
  async live(epoch: number, indices: readonly number[]): Promise<number> {
    const all = await this.must(schemas.liveness, "POST", `/eth/v1/validator/liveness/${epoch}`, indices.map(String));
    return all.filter(({ is_live }) => is_live).length;
  }

  /** Indices that did not attest in an epoch that is over: their source vote costs them. */
  async missedIn(epoch: number, indices: readonly number[]): Promise<number[]> {
    const { total_rewards } = await this.must(
      schemas.rewards,
      "POST",
      `/eth/v1/beacon/rewards/attestations/${epoch}`,
      indices.map(String),
    );
    return total_rewards.filter(({ source }) => source < 0).map(({ validator_index }) => validator_index);
  }

  attesterDuties = (epoch: number, indices: readonly number[]) =>
    this.must(schemas.attesters, "POST", `/eth/v1/validator/duties/attester/${epoch}`, indices.map(String));

  proposerDuties = (epoch: number) => this.must(schemas.proposers, "GET", `/eth/v1/validator/duties/proposer/${epoch}`);

  /** Every block of a slot, also one that is not part of the chain, which `block` leaves out. */
  async blocksIn(slot: number): Promise<readonly BlockLink[]> {
    const found = await this.must(schemas.headers, "GET", `/eth/v1/beacon/headers?slot=${slot}`);
    return found.map(({ root, header }) => ({ root, parent: header.message.parent_root }));
  }

  /** The block in a slot, or of a root; undefined: there is none, or the node does not have it. */
  async block(id: number | string): Promise<Block | undefined> {
    const found = await this.ask(schemas.header, "GET", `/eth/v1/beacon/headers/${id}`);
    if (!found) return undefined;
    const { slot, proposer_index, parent_root } = found.header.message;
    return { slot, proposer: proposer_index, parent: parent_root };
  }
}
