// Validator keys from a mnemonic, by EIP-2333 and EIP-2334.

import { SecretKey } from "@chainsafe/blst";
import { generateMnemonic, mnemonicToSeedWebcrypto } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { deriveSeedTree } from "bls12-381-keygen";

export interface ValidatorKey {
  readonly index: number;
  /** `m/12381/3600/<index>/0/0` (EIP-2334, signing key). */
  readonly path: string;
  readonly secretKey: Uint8Array;
  /** 0x and 96 hex digits. */
  readonly pubkey: string;
}

/** 24 words. */
export function newMnemonic(): string {
  return generateMnemonic(wordlist, 256);
}

/** The seed all keys of a mnemonic come from (BIP-39, no passphrase). */
export async function seedOf(mnemonic: string): Promise<Uint8Array> {
  return mnemonicToSeedWebcrypto(mnemonic.trim().split(/\s+/).join(" "));
}

export function deriveKey(seed: Uint8Array, index: number): ValidatorKey {
  const path = `m/12381/3600/${index}/0/0`;
  const secretKey = deriveSeedTree(seed, path);
  const pubkey = `0x${Buffer.from(SecretKey.fromBytes(secretKey).toPublicKey().toBytes()).toString("hex")}`;
  return { index, path, secretKey, pubkey };
}

/** Keys of the indices `start` to `start + count - 1`. */
export function deriveKeys(seed: Uint8Array, start: number, count: number): ValidatorKey[] {
  return Array.from({ length: count }, (_, offset) => deriveKey(seed, start + offset));
}
