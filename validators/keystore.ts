// Keystores by EIP-2335: a validator key, encrypted with the stack's password.

import { randomBytes } from "node:crypto";
import type { IKdfModule } from "@chainsafe/bls-keystore";
import type { ValidatorKey } from "./derivation";

/** 64 hex digits: 256 random bits, the same for every keystore of a stack. */
export function newPassword(): string {
  return randomBytes(32).toString("hex");
}

/**
 * One round of PBKDF2. Rounds make guessing a person's password slow; this one has 256 random bits.
 * Every client accepts it, and thousands of keys load in seconds. (Nimbus takes scrypt with its own
 * parameters only.)
 */
const kdf = (): Pick<IKdfModule, "function" | "params"> => ({
  function: "pbkdf2",
  params: { dklen: 32, c: 1, prf: "hmac-sha256", salt: randomBytes(32).toString("hex") },
});

/** The name clients know a keystore by: Prysm takes files that begin so, Lighthouse gets the public key from it. */
export const keystoreName = (pubkey: string): string => `keystore-${pubkey}.json`;

/** Public key of a keystore's file name; undefined for other files. */
export function pubkeyOfName(name: string): string | undefined {
  return /^keystore-(0x[0-9a-f]{96})\.json$/.exec(name)?.[1];
}

/** The keystore as JSON. */
export async function encrypt(key: ValidatorKey, password: string): Promise<string> {
  const { create } = await import("@chainsafe/bls-keystore");
  const pubkey = Buffer.from(key.pubkey.slice(2), "hex");
  const keystore = await create(password, key.secretKey, pubkey, key.path, null, kdf());
  return JSON.stringify(keystore);
}
