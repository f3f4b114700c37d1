// What config.yaml says: the consensus parameters that identify, time and fork the chain.

import { parse } from "yaml";
import { z } from "zod";

/** Epoch of a fork that is not scheduled: 2^64 - 1. */
const FAR_FUTURE = "18446744073709551615";

const integer = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
const positive = integer.refine((value) => value > 0);
const epoch = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform((text) => (text === FAR_FUTURE ? Number.POSITIVE_INFINITY : Number(text)));
const version = z.string().regex(/^0x[0-9a-fA-F]{8}$/);

const schema = z
  .object({
    PRESET_BASE: z.string(),
    MIN_GENESIS_TIME: integer,
    GENESIS_DELAY: integer,
    GENESIS_FORK_VERSION: version,
    DEPOSIT_CHAIN_ID: integer,
    DEPOSIT_NETWORK_ID: integer,
    DEPOSIT_CONTRACT_ADDRESS: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
    SECONDS_PER_SLOT: positive.optional(),
    SLOT_DURATION_MS: positive.optional(),
    SLOTS_PER_EPOCH: positive.optional(),
    EPHEMERY_RESET_PERIOD: integer.optional(),
    MAX_BLOBS_PER_BLOCK_ELECTRA: integer.optional(),
    BLOB_SCHEDULE: z.array(z.object({ EPOCH: integer, MAX_BLOBS_PER_BLOCK: integer })).optional(),
  })
  .loose();

/** A fork and the epoch it is scheduled for; Infinity: not scheduled. */
export interface Fork {
  /** Lower-case name, such as `fulu`. */
  readonly name: string;
  readonly version: string;
  readonly epoch: number;
}

export interface NetworkConfig {
  /** MIN_GENESIS_TIME: the execution genesis time, unix seconds. */
  readonly minGenesisTime: number;
  /** Seconds from there to slot 0. */
  readonly genesisDelay: number;
  readonly depositChainId: number;
  readonly depositNetworkId: number;
  readonly depositContract: string;
  readonly secondsPerSlot: number;
  readonly slotsPerEpoch: number;
  readonly resetPeriod: number | undefined;
  /** Ordered by epoch, phase0 first. */
  readonly forks: readonly Fork[];
  readonly maxBlobsElectra: number | undefined;
  readonly blobSchedule: readonly { readonly epoch: number; readonly max: number }[];
}

/** Those that a client knows by itself, in their order: where config.yaml lacks one, its own network's epoch holds. */
const FORKS_IN_ORDER = ["ALTAIR", "BELLATRIX", "CAPELLA", "DENEB", "ELECTRA", "FULU", "GLOAS"];

/** @throws Error where a fork has a version and no epoch, or a later one has an epoch and it has none. */
function assertNoGap(config: Readonly<Record<string, unknown>>): void {
  const has = (name: string, what: "EPOCH" | "VERSION"): boolean => config[`${name}_FORK_${what}`] !== undefined;
  const last = FORKS_IN_ORDER.findLastIndex((name) => has(name, "EPOCH") || has(name, "VERSION"));
  const missing = FORKS_IN_ORDER.slice(0, last + 1).filter((name) => !has(name, "EPOCH"));
  if (missing.length > 0) throw new Error(`${missing.map((name) => `${name}_FORK_EPOCH`).join(" and ")} is missing`);
}

/**
 * @throws Error where a fork comes after one that follows it, which clients take differently, or has no lower version
 * than that one. Versions of every network rise from fork to fork; of those before the chain's first no other file says
 * anything, and peers with another one would be on another network, and deposits void.
 */
function assertOrder(forks: readonly Fork[]): void {
  const inOrder = ["PHASE0", ...FORKS_IN_ORDER];
  const known = inOrder.flatMap((name) => forks.filter((fork) => fork.name === name.toLowerCase()));
  const key = ({ name }: Fork, what: string): string =>
    `${name === "phase0" ? "GENESIS" : name.toUpperCase()}_FORK_${what}`;
  for (const [at, fork] of known.entries()) {
    const next = known[at + 1];
    if (!next) continue;
    if (next.epoch < fork.epoch)
      throw new Error(`${key(fork, "EPOCH")} is ${fork.epoch}, after ${key(next, "EPOCH")}, which is ${next.epoch}`);
    if (Number(next.version) <= Number(fork.version))
      throw new Error(
        `${key(fork, "VERSION")} is ${fork.version}, and ${key(next, "VERSION")}, the next, is ${next.version}: not above it`,
      );
  }
}

/** SLOTS_PER_EPOCH is part of the preset; the mainnet preset's is 32. A rehearsal may say otherwise in its config. */
const MAINNET_SLOTS_PER_EPOCH = 32;

/**
 * Parses config.yaml. Every scalar is read as text first: large integers and hex
 * values do not survive YAML's own types.
 *
 * @throws z.ZodError when a value that is needed is missing or not of its form, Error when a fork is left out, comes
 * after the one that follows it, or has no lower version.
 */
export function parseNetworkConfig(text: string): NetworkConfig {
  const raw: unknown = parse(text, { schema: "failsafe" });
  const config = schema.parse(raw);
  if (config.PRESET_BASE.replace(/['"]/g, "") !== "mainnet") {
    throw new Error(`PRESET_BASE is ${config.PRESET_BASE}; only mainnet is known`);
  }
  assertNoGap(config);
  const milliseconds = config.SLOT_DURATION_MS ?? (config.SECONDS_PER_SLOT ?? 12) * 1000;
  const forks: Fork[] = [{ name: "phase0", version: config.GENESIS_FORK_VERSION, epoch: 0 }];
  for (const [key, value] of Object.entries(config)) {
    const name = /^([A-Z0-9]+)_FORK_EPOCH$/.exec(key)?.[1];
    if (name === undefined) continue;
    forks.push({
      name: name.toLowerCase(),
      version: version.parse(config[`${name}_FORK_VERSION`]),
      epoch: epoch.parse(value),
    });
  }
  assertOrder(forks);
  return {
    minGenesisTime: config.MIN_GENESIS_TIME,
    genesisDelay: config.GENESIS_DELAY,
    depositChainId: config.DEPOSIT_CHAIN_ID,
    depositNetworkId: config.DEPOSIT_NETWORK_ID,
    depositContract: config.DEPOSIT_CONTRACT_ADDRESS,
    secondsPerSlot: milliseconds / 1000,
    slotsPerEpoch: config.SLOTS_PER_EPOCH ?? MAINNET_SLOTS_PER_EPOCH,
    resetPeriod: config.EPHEMERY_RESET_PERIOD,
    forks: forks.sort((a, b) => a.epoch - b.epoch || a.version.localeCompare(b.version)),
    maxBlobsElectra: config.MAX_BLOBS_PER_BLOCK_ELECTRA,
    blobSchedule: (config.BLOB_SCHEDULE ?? []).map((entry) => ({ epoch: entry.EPOCH, max: entry.MAX_BLOBS_PER_BLOCK })),
  };
}

/** The fork in force at an epoch. */
export function forkAt(config: NetworkConfig, at: number): Fork {
  const active = config.forks.filter((fork) => fork.epoch <= at);
  const last = active[active.length - 1];
  if (!last) throw new Error("a network config always has phase0 at epoch 0");
  return last;
}
