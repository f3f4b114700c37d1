// The file in which slashing protection moves from one client to another: EIP-3076.
// https://eips.ethereum.org/EIPS/eip-3076

import { z } from "zod";

const number = z.string().regex(/^\d+$/);

/** What every client has to have; some add fields of their own. */
const interchangeSchema = z.object({
  metadata: z.object({
    interchange_format_version: z.literal("5"),
    genesis_validators_root: z.string().regex(/^0x[0-9a-fA-F]{64}$/),
  }),
  data: z.array(
    z.object({
      pubkey: z.string().regex(/^0x[0-9a-fA-F]{96}$/),
      signed_blocks: z.array(z.object({ slot: number })),
      signed_attestations: z.array(z.object({ source_epoch: number, target_epoch: number })),
    }),
  ),
});

/**
 * What is wrong with a file, as the end of a sentence that begins with what it is; undefined: nothing. Several clients
 * believe whatever root a file has.
 *
 * @param root genesis_validators_root of the chain.
 */
export function wrongWith(text: string, root: string): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return "is no JSON";
  }
  const parsed = interchangeSchema.safeParse(json);
  if (!parsed.success) return `is not as EIP-3076 has it: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`;
  const { genesis_validators_root: is } = parsed.data.metadata;
  return is.toLowerCase() === root.toLowerCase() ? undefined : `is of the chain ${is}, not of ${root}`;
}
