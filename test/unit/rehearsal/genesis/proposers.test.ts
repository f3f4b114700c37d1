// Proposers of the first epochs, against the pseudo-code of consensus-specs written down a second time, and against
// vectors of consensus-spec-tests.

import { createHash } from "node:crypto";
import fc from "fast-check";
import { type ActiveValidator, firstProposers, shuffledIndex } from "../../../../rehearsal/genesis/proposers";

// The helpers of the specs, with their names, in big integers throughout.
const hash = (data: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(data).digest());
const concat = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const bytes_to_uint64 = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((number, byte) => number * 256n + BigInt(byte), 0n);
const uint_to_bytes = (number: bigint, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => Number((number >> BigInt(8 * index)) & 0xffn));
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** phase0/beacon-chain.md#compute_shuffled_index */
function compute_shuffled_index(start: bigint, index_count: bigint, seed: Uint8Array): bigint {
  let index = start;
  for (let current_round = 0n; current_round < 90n; current_round++) {
    const pivot = bytes_to_uint64(hash(concat(seed, uint_to_bytes(current_round, 1))).slice(0, 8)) % index_count;
    const flip = (pivot + index_count - index) % index_count;
    const position = max(index, flip);
    const source = hash(concat(seed, uint_to_bytes(current_round, 1), uint_to_bytes(position / 256n, 4)));
    const byte = source[Number((position % 256n) / 8n)] ?? 0;
    const bit = (byte >> Number(position % 8n)) % 2;
    index = bit ? flip : index;
  }
  return index;
}

/** electra/beacon-chain.md#modified-compute_proposer_index */
function compute_proposer_index(
  balances: ReadonlyMap<bigint, bigint>,
  indices: readonly bigint[],
  seed: Uint8Array,
): bigint {
  const MAX_RANDOM_VALUE = 2n ** 16n - 1n;
  const MAX_EFFECTIVE_BALANCE_ELECTRA = 2n ** 11n * 10n ** 9n;
  let i = 0n;
  const total = BigInt(indices.length);
  for (;;) {
    const candidate_index = indices[Number(compute_shuffled_index(i % total, total, seed))] ?? -1n;
    const random_bytes = hash(concat(seed, uint_to_bytes(i / 16n, 8)));
    const offset = Number((i % 16n) * 2n);
    const random_value = bytes_to_uint64(random_bytes.slice(offset, offset + 2));
    const effective_balance = balances.get(candidate_index) ?? 0n;
    if (effective_balance * MAX_RANDOM_VALUE >= MAX_EFFECTIVE_BALANCE_ELECTRA * random_value) return candidate_index;
    i += 1n;
  }
}

/** fulu/beacon-chain.md#new-initialize_proposer_lookahead, over get_seed and compute_proposer_indices */
function initialize_proposer_lookahead(
  validators: readonly ActiveValidator[],
  mixes: ReadonlyMap<bigint, Uint8Array>,
  slots_per_epoch: bigint,
): bigint[] {
  const indices = validators.map(({ index }) => BigInt(index));
  const balances = new Map(validators.map(({ index, effectiveBalance }) => [BigInt(index), effectiveBalance]));
  const lookahead: bigint[] = [];
  for (const epoch of [0n, 1n]) {
    const mix = mixes.get((epoch + 65536n - 1n - 1n) % 65536n) ?? new Uint8Array(32);
    const DOMAIN_BEACON_PROPOSER = new Uint8Array(4);
    const seed = hash(concat(DOMAIN_BEACON_PROPOSER, uint_to_bytes(epoch, 8), mix));
    for (let i = 0n; i < slots_per_epoch; i++) {
      const slot = epoch * slots_per_epoch + i;
      lookahead.push(compute_proposer_index(balances, indices, hash(concat(seed, uint_to_bytes(slot, 8)))));
    }
  }
  return lookahead;
}

test("shuffling gives the first indices of consensus-spec-tests, shuffling/core/shuffle", () => {
  const seed = Buffer.from("4ac96f664a6cafd300b161720809b9e17905d4d8fed7a97ff89cf0080a953fe7", "hex");
  const shuffled = Array.from({ length: 16 }, (_, index) => shuffledIndex(index, 100, seed));
  expect(shuffled).toEqual([53, 21, 19, 29, 76, 32, 67, 63, 3, 38, 89, 37, 30, 78, 0, 40]);
});

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });

test("shuffling is that of the specs for every count, beyond a window of 256 too", () => {
  const places = fc.integer({ min: 1, max: 2_000 }).chain((count) => fc.tuple(fc.nat(count - 1), fc.constant(count)));
  fc.assert(
    fc.property(places, seeds, ([index, count], seed) => {
      expect(BigInt(shuffledIndex(index, count, seed))).toBe(
        compute_shuffled_index(BigInt(index), BigInt(count), seed),
      );
    }),
  );
});

test("shuffling puts everyone in a place of its own", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), seeds, (count, seed) => {
      const places = Array.from({ length: count }, (_, index) => shuffledIndex(index, count, seed));
      expect(new Set(places).size).toBe(count);
    }),
    { numRuns: 20 },
  );
});

test("the proposers of both epochs are those of the specs, for any balances, gaps among the validators and mixes", () => {
  const validator = fc.record({ gap: fc.integer({ min: 1, max: 3 }), ether: fc.integer({ min: 17, max: 2048 }) });
  const validators = fc.array(validator, { minLength: 1, maxLength: 40 }).map((all) => {
    let index = -1;
    return all.map(({ gap, ether }): ActiveValidator => {
      index += gap;
      return { index, effectiveBalance: BigInt(ether) * 10n ** 9n };
    });
  });
  fc.assert(
    fc.property(validators, seeds, seeds, fc.constantFrom(1, 8), (all, first, second, slots) => {
      // The specs look one epoch and one more back, which for epochs 0 and 1 is the end of the vector.
      const mixes = new Map([
        [65_534n, first],
        [65_535n, second],
      ]);
      const asked: number[] = [];
      const mix = (place: number): Uint8Array => {
        asked.push(place);
        return mixes.get(BigInt(place)) ?? new Uint8Array(32);
      };
      expect(firstProposers(all, mix, slots).map(BigInt)).toEqual(
        initialize_proposer_lookahead(all, mixes, BigInt(slots)),
      );
      expect(asked).toEqual([65_534, 65_535]);
    }),
    { numRuns: 15 },
  );
});

test("with 32 ETH each, where it takes dozens of candidates until one is taken, they are those of the specs too", () => {
  const all = Array.from({ length: 64 }, (_, index) => ({ index: index + 1, effectiveBalance: 32n * 10n ** 9n }));
  const mixes = new Map([
    [65_534n, new Uint8Array(32).fill(1)],
    [65_535n, new Uint8Array(32).fill(2)],
  ]);
  const proposers = firstProposers(all, (place) => mixes.get(BigInt(place)) ?? new Uint8Array(32), 4);
  expect(proposers.map(BigInt)).toEqual(initialize_proposer_lookahead(all, mixes, 4n));
  expect(new Set(proposers).size).toBeGreaterThan(4);
});
