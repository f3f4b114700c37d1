// What is known of one chain: enough to run a node on it, to recognise it, and to
// bring the same node up again when no release source answers.

import { createHash } from "node:crypto";
import { z } from "zod";
import type { Bundle } from "./bundle/bundle";

const hash = z.string().regex(/^0x[0-9a-f]{64}$/);
const seconds = z.number().int().nonnegative();

export const chainFactsSchema = z.object({
  iteration: z.number().int().nonnegative(),
  chainId: z.number().int().positive(),
  /** `<iteration>-<first 8 of the identity>`: in the name of everything that belongs to this chain alone. */
  generation: z.string().regex(/^\d+-[0-9a-f]{8}$/),
  /** Hash over execution genesis hash, genesis_validators_root and genesis_time. */
  identity: z.string().regex(/^[0-9a-f]{64}$/),
  genesisBlockHash: hash,
  genesisValidatorsRoot: hash,
  /** Execution genesis time: the old chain's end, unix seconds. */
  executionGenesisTime: seconds,
  /** Slot 0, unix seconds. */
  genesisTime: seconds,
  /** Seconds from this execution genesis to the next. */
  period: seconds,
  secondsPerSlot: z.number().positive(),
  slotsPerEpoch: z.number().int().positive(),
  depositContract: z.string(),
  bootnodes: z.object({ execution: z.array(z.string()), beacon: z.array(z.string()) }),
  /** Forks that are scheduled, ordered by epoch; missing in what was recorded before they were kept. */
  forks: z.array(z.object({ name: z.string(), epoch: z.number().int().nonnegative() })).exactOptional(),
  release: z.object({
    tag: z.string(),
    /** The repository it came from. */
    source: z.string(),
    /** sha256 of the tarball it was unpacked from: provenance, never identity. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
});

export type ChainFacts = Readonly<z.infer<typeof chainFactsSchema>>;

/** Hash that two builds of the same chain share and two chains never do. */
export function identityOf(
  chain: Pick<ChainFacts, "genesisBlockHash" | "genesisValidatorsRoot" | "genesisTime">,
): string {
  return createHash("sha256")
    .update(`${chain.genesisBlockHash}\n${chain.genesisValidatorsRoot}\n${chain.genesisTime}\n`)
    .digest("hex");
}

export function generationOf(iteration: number, identity: string): string {
  return `${iteration}-${identity.slice(0, 8)}`;
}

/** The forks that a chain will have, and its further limits of blobs under the names they go by: bpo1, bpo2, …. */
function forksOf({ forks, blobSchedule }: Bundle["config"]): NonNullable<ChainFacts["forks"]> {
  const scheduled = forks
    .filter(({ epoch }) => Number.isSafeInteger(epoch))
    .map(({ name, epoch }) => ({ name, epoch }));
  const limits = blobSchedule
    .toSorted((one, other) => one.epoch - other.epoch)
    .map(({ epoch }, index) => ({ name: `bpo${index + 1}`, epoch }));
  return [...scheduled, ...limits].toSorted((one, other) => one.epoch - other.epoch);
}

/** The facts of a verified bundle. */
export function factsOf(bundle: Bundle, iteration: number, release: ChainFacts["release"]): ChainFacts {
  const { config, state, genesis } = bundle;
  const identified = {
    genesisBlockHash: bundle.genesisHash,
    genesisValidatorsRoot: state.genesisValidatorsRoot,
    genesisTime: state.genesisTime,
  };
  const identity = identityOf(identified);
  return {
    ...identified,
    iteration,
    chainId: genesis.config.chainId,
    generation: generationOf(iteration, identity),
    identity,
    executionGenesisTime: Number(genesis.timestamp),
    period: bundle.retention.period,
    secondsPerSlot: config.secondsPerSlot,
    slotsPerEpoch: config.slotsPerEpoch,
    depositContract: config.depositContract,
    bootnodes: { execution: [...bundle.bootnodes.execution], beacon: [...bundle.bootnodes.beacon] },
    forks: forksOf(config),
    release,
  };
}

/** When the chain ends and the next one's execution genesis is due, unix seconds. */
export function nextResetTime(chain: ChainFacts): number {
  return chain.executionGenesisTime + chain.period;
}

/** Slot at a time; negative before slot 0. Counted in whole milliseconds: seconds with a fraction lose a slot to rounding. */
export function slotAt(chain: ChainFacts, time: number): number {
  return Math.floor(((time - chain.genesisTime) * 1000) / Math.round(chain.secondsPerSlot * 1000));
}

/** When an epoch begins, unix seconds. */
export function epochStart(chain: ChainFacts, epoch: number): number {
  return chain.genesisTime + epoch * chain.slotsPerEpoch * chain.secondsPerSlot;
}

/** Epoch at a time; negative before slot 0. */
export function epochAt(chain: ChainFacts, time: number): number {
  return Math.floor(slotAt(chain, time) / chain.slotsPerEpoch);
}
