// Keystores are EIP-2335's: opened here by nothing but that text and Node's own cryptography.

import { createDecipheriv, createHash, pbkdf2Sync } from "node:crypto";
import { z } from "zod";
import { deriveKey, seedOf, type ValidatorKey } from "../../../validators/derivation";
import { encrypt, keystoreName, newPassword, pubkeyOfName } from "../../../validators/keystore";
import { MNEMONIC } from "../../support/node";

const hexText = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));

/** The schema of EIP-2335, as far as it goes for PBKDF2. */
const schema = z.strictObject({
  version: z.literal(4),
  uuid: z.uuid(),
  path: z.string(),
  pubkey: hexText(48),
  description: z.string().optional(),
  crypto: z.strictObject({
    kdf: z.strictObject({
      function: z.literal("pbkdf2"),
      params: z.strictObject({
        dklen: z.literal(32),
        c: z.number().int().positive(),
        prf: z.literal("hmac-sha256"),
        salt: hexText(32),
      }),
      message: z.literal(""),
    }),
    checksum: z.strictObject({ function: z.literal("sha256"), params: z.strictObject({}), message: hexText(32) }),
    cipher: z.strictObject({
      function: z.literal("aes-128-ctr"),
      params: z.strictObject({ iv: hexText(16) }),
      message: hexText(32),
    }),
  }),
});

const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");

/** The key in a keystore; undefined with a wrong password. */
function open(json: string, password: string): string | undefined {
  const { kdf, checksum, cipher } = schema.parse(JSON.parse(json)).crypto;
  // EIP-2335: NFKD, without control codes. Ours is hexadecimal digits, of which that leaves every one.
  const derived = pbkdf2Sync(password.normalize("NFKD"), bytes(kdf.params.salt), kdf.params.c, 32, "sha256");
  const secret = bytes(cipher.message);
  const sum = createHash("sha256").update(derived.subarray(16)).update(secret).digest("hex");
  if (sum !== checksum.message) return undefined;
  const aes = createDecipheriv("aes-128-ctr", derived.subarray(0, 16), bytes(cipher.params.iv));
  return Buffer.concat([aes.update(secret), aes.final()]).toString("hex");
}

let key: ValidatorKey;
beforeAll(async () => {
  key = deriveKey(await seedOf(MNEMONIC), 7);
});

test("a keystore opens with its password to the very key, and with no other password", async () => {
  const password = newPassword();
  const json = await encrypt(key, password);
  expect(open(json, password)).toBe(Buffer.from(key.secretKey).toString("hex"));
  expect(open(json, newPassword())).toBeUndefined();
});

test("a keystore says whose it is and where in the tree, and not what it holds", async () => {
  const password = newPassword();
  const json = await encrypt(key, password);
  expect(schema.parse(JSON.parse(json))).toMatchObject({ pubkey: key.pubkey.slice(2), path: "m/12381/3600/7/0/0" });
  expect(json).not.toContain(Buffer.from(key.secretKey).toString("hex"));
  expect(json).not.toContain(password);
});

test("the same key is encrypted in another way each time", async () => {
  const password = newPassword();
  const [one, other] = (await Promise.all([encrypt(key, password), encrypt(key, password)])).map((json) => {
    const { uuid, crypto } = schema.parse(JSON.parse(json));
    return [uuid, crypto.kdf.params.salt, crypto.cipher.params.iv, crypto.cipher.message];
  });
  expect(one?.filter((value) => other?.includes(value))).toEqual([]);
});

test("a password has 256 random bits: the one round of its PBKDF2 rests on that", () => {
  const passwords = Array.from({ length: 50 }, newPassword);
  expect(passwords.filter((password) => !/^[0-9a-f]{64}$/.test(password))).toEqual([]);
  expect(new Set(passwords).size).toBe(passwords.length);
});

test("a keystore's file name gives its public key back, others give none", () => {
  const name = keystoreName(key.pubkey);
  // Prysm reads files whose names begin with `keystore-` and end in `.json`.
  expect(name).toMatch(/^keystore-.*\.json$/);
  expect(pubkeyOfName(name)).toBe(key.pubkey);
  for (const other of [
    "",
    "password.txt",
    `${name}.lock`,
    `x${name}`,
    name.replace("0x", ""),
    name.toUpperCase(),
    "keystore-0xab.json",
  ])
    expect(pubkeyOfName(other)).toBeUndefined();
});
