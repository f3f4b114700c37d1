// What stands for a set of validators where their keys would be too many: in file names, outputs and jobs' inputs.

import { createHash } from "node:crypto";

/** First 16 hex digits of a digest over public keys, in their order. */
export const keysDigest = (pubkeys: readonly string[]): string =>
  createHash("sha256").update(pubkeys.join("\n")).digest("hex").slice(0, 16);
