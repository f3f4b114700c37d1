// Validator keys are those every other tool derives from the same words, and no two ranges share one.

import { mnemonicToSeed, validateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { deriveSeedTree } from "bls12-381-keygen";
import fc from "fast-check";
import { PROFILES } from "../../../rehearsal/profile";
import { nodeValidators, seedValidators } from "../../../rehearsal/topology";
import { deriveKey, deriveKeys, newMnemonic, seedOf } from "../../../validators/derivation";
import { MNEMONIC } from "../../support/node";
import { EIP_2333, ETHSTAKER_DEPOSIT } from "./vectors";

let seed: Uint8Array;
beforeAll(async () => {
  seed = await seedOf(MNEMONIC);
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test.each(EIP_2333)("the library derives child $child as EIP-2333 does", ({ seed, child, key }) => {
  expect(BigInt(`0x${hex(deriveSeedTree(Buffer.from(seed, "hex"), `m/${child}`))}`)).toBe(key);
});

test("a mnemonic's seed is BIP-39's, without a passphrase", async () => {
  // BIP-39's own vector, which is EIP-2333's first seed, has the passphrase TREZOR.
  expect(hex(await mnemonicToSeed(MNEMONIC, "TREZOR"))).toBe(EIP_2333[0].seed);
  expect(seed).toEqual(await mnemonicToSeed(MNEMONIC, ""));
});

test("words may be spaced in any way", async () => {
  const spaced = `\n  ${MNEMONIC.replaceAll(" ", " \t\n ")}\n`;
  expect(await seedOf(spaced)).toEqual(seed);
});

test.each(ETHSTAKER_DEPOSIT)(
  "the key at index $index is the one ethstaker-deposit has there",
  ({ index, path, secretKey, pubkey }) => {
    const key = deriveKey(seed, index);
    expect({ ...key, secretKey: hex(key.secretKey) }).toEqual({ index, path, secretKey, pubkey: `0x${pubkey}` });
  },
);

test("a range has the keys of its indices in their order", () => {
  expect(deriveKeys(seed, 6, 3)).toEqual([6, 7, 8].map((index) => deriveKey(seed, index)));
  expect(deriveKeys(seed, 6, 0)).toEqual([]);
});

test("promise 4: ranges that do not overlap have no key in common", () => {
  // Every range of the property lies in this one, so that each key is derived once.
  const all = deriveKeys(seed, 0, 12);
  expect(new Set(all.map(({ pubkey }) => pubkey)).size).toBe(all.length);
  const range = fc.record({ start: fc.nat(9), count: fc.nat(3) });
  fc.assert(
    fc.property(range, ({ start, count }) => {
      const keys = deriveKeys(seed, start, count).map(({ pubkey }) => pubkey);
      expect(keys).toEqual(all.slice(start, start + count).map(({ pubkey }) => pubkey));
    }),
    { numRuns: 15 },
  );
});

test.each(Object.entries(PROFILES))(
  "promise 4: on a rehearsal of profile %s the seed and the node share all validators, none twice",
  (_, profile) => {
    const [seed, node] = [seedValidators({ profile }), nodeValidators({ profile })];
    expect(seed.start).toBe(0);
    expect(node.start).toBe(seed.start + seed.count);
    expect(node.start + node.count).toBe(profile.validators);
  },
);

test("a new mnemonic has 24 valid words, and is another each time", () => {
  const [one, other] = [newMnemonic(), newMnemonic()];
  expect(one.split(" ")).toHaveLength(24);
  expect(validateMnemonic(one, wordlist)).toBe(true);
  expect(one).not.toBe(other);
});
