// Nimbus' own form of a node key: a keystore under a password that is in its source code, so no secret. With password,
// salt and IV fixed, what the key is masked with (AES in counter mode) is the same for every key, and a shell can do the rest.

import { createCipheriv, pbkdf2Sync } from "node:crypto";
import { identityFile } from "./spec";

const PASSWORD = "INSECUREPASSWORD";
const SALT = "00".repeat(16);
const IV = "00".repeat(16);

/** A private key as libp2p wraps it: protobuf, type secp256k1, 32 bytes. */
const WRAPPED = "08021220";
const WRAPPED_BYTES = 36;

const derived = pbkdf2Sync(PASSWORD, Buffer.from(SALT, "hex"), 1, 32, "sha256");
const mask = createCipheriv("aes-128-ctr", derived.subarray(0, 16), Buffer.from(IV, "hex")).update(
  Buffer.alloc(WRAPPED_BYTES),
);
/** What EIP-2335 puts before the masked key to make the checksum. */
const CHECKSUM_PREFIX = derived.subarray(16).toString("hex");

/**
 * A public key has to be there and to be one; Nimbus compares it with nothing. A shell can't compute the right one,
 * so this is that of the private key 1, the curve's generator.
 */
export const ANY_PUBLIC_KEY = "080212210279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

const keystore = JSON.stringify({
  crypto: {
    kdf: { function: "pbkdf2", params: { dklen: 32, c: 1, prf: "hmac-sha256", salt: SALT }, message: "" },
    checksum: { function: "sha256", params: {}, message: "CHECKSUM" },
    cipher: { function: "aes-128-ctr", params: { iv: IV }, message: "MASKED" },
  },
  description: "",
  pubkey: ANY_PUBLIC_KEY,
  uuid: "00000000-0000-4000-8000-000000000000",
  version: 1,
});

/** Shell commands that write the kept key of the beacon node to a file of Nimbus' form. */
export function netKeyScript(file: string): readonly string[] {
  return [
    `rest=${WRAPPED}$(cat ${identityFile("beacon")})`,
    "masked=",
    `for byte in ${[...mask].join(" ")}; do tail=\${rest#??}; digits=\${rest%$tail}; masked=$masked$(printf %02x $((0x$digits ^ byte))); rest=$tail; done`,
    `checksum=$(printf %s ${CHECKSUM_PREFIX}$masked | xxd -r -p | sha256sum | cut -d " " -f 1)`,
    `printf '${keystore.replace("CHECKSUM", "%s").replace("MASKED", "%s")}' $checksum $masked > ${file}.part`,
    `mv ${file}.part ${file}`,
  ];
}
