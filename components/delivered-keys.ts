// What the job that delivers keystores prints, and the state keeps.

import { z } from "zod";

export const deliveredKeysSchema = z.object({
  /** Public keys in the order of their indices, 0x and 96 hex digits. */
  pubkeys: z.array(z.string().regex(/^0x[0-9a-f]{96}$/)),
});
