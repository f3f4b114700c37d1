// The proposers of the first two epochs, which a Fulu state carries (EIP-7917).
// prysmctl leaves them zero, which would make the dummy validator propose every block, and so none.

import { createHash } from "node:crypto";

const SHUFFLE_ROUNDS = 90;
const MIN_SEED_LOOKAHEAD = 1;
const EPOCHS_PER_HISTORICAL_VECTOR = 65_536;
const MAX_EFFECTIVE_BALANCE = 2_048_000_000_000n;
const MAX_RANDOM_VALUE = 0xffffn;
/** DOMAIN_BEACON_PROPOSER. */
const DOMAIN = Buffer.from([0, 0, 0, 0]);

/** A validator that is active at genesis. */
export interface ActiveValidator {
  readonly index: number;
  /** Gwei. */
  readonly effectiveBalance: bigint;
}

const hash = (...parts: readonly Uint8Array[]): Buffer => {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest();
};

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** compute_shuffled_index (consensus-specs, phase0). */
export function shuffledIndex(start: number, count: number, seed: Uint8Array): number {
  let index = start;
  for (let round = 0; round < SHUFFLE_ROUNDS; round++) {
    const byte = Buffer.from([round]);
    const pivot = Number(hash(seed, byte).readBigUInt64LE() % BigInt(count));
    const flip = (pivot + count - index) % count;
    const position = Math.max(index, flip);
    const window = Buffer.alloc(4);
    window.writeUInt32LE(Math.floor(position / 256));
    const source = hash(seed, byte, window);
    const bit = ((source[Math.floor((position % 256) / 8)] ?? 0) >> (position % 8)) & 1;
    if (bit === 1) index = flip;
  }
  return index;
}

/** compute_proposer_index (consensus-specs, electra). */
function proposer(validators: readonly ActiveValidator[], seed: Uint8Array): number {
  for (let attempt = 0; ; attempt++) {
    const candidate = validators[shuffledIndex(attempt % validators.length, validators.length, seed)];
    if (!candidate) throw new Error("a shuffled index is always one of the list");
    const random = hash(seed, uint64(Math.floor(attempt / 16))).readUInt16LE((attempt % 16) * 2);
    if (candidate.effectiveBalance * MAX_RANDOM_VALUE >= MAX_EFFECTIVE_BALANCE * BigInt(random)) return candidate.index;
  }
}

/**
 * Proposers of every slot of the epochs 0 and 1 (get_beacon_proposer_indices, fulu).
 *
 * @param randaoMix randao mix of an epoch, by its place in the vector.
 */
export function firstProposers(
  validators: readonly ActiveValidator[],
  randaoMix: (place: number) => Uint8Array,
  slotsPerEpoch: number,
): number[] {
  return [0, 1].flatMap((epoch) => {
    const mix = randaoMix(
      (epoch + EPOCHS_PER_HISTORICAL_VECTOR - MIN_SEED_LOOKAHEAD - 1) % EPOCHS_PER_HISTORICAL_VECTOR,
    );
    const seed = hash(DOMAIN, uint64(epoch), mix);
    return Array.from({ length: slotsPerEpoch }, (_, offset) =>
      proposer(validators, hash(seed, uint64(epoch * slotsPerEpoch + offset))),
    );
  });
}
