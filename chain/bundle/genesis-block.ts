// What genesis.json says, and the hash of the block it makes.

import { z } from "zod";

const prefixed = z.templateLiteral(["0x", z.string()]);
const blobs = z.object({ target: z.number(), max: z.number(), baseFeeUpdateFraction: z.number() }).partial().loose();
/** An amount, decimal or hexadecimal; some tools write nothing for 0. */
const quantity = z.string().regex(/^(0x[0-9a-fA-F]+|\d*)$/);
const account = z.object({
  balance: quantity,
  code: z.string().exactOptional(),
  storage: z.record(quantity, quantity).exactOptional(),
  nonce: quantity.exactOptional(),
});

/** The parts of genesis.json that are read; the file itself is passed on as it is. */
export const executionGenesisSchema = z.object({
  config: z.looseObject({
    chainId: z.number().int(),
    depositContractAddress: z.string().exactOptional(),
    blobSchedule: z.record(z.string(), blobs).default({}),
  }),
  alloc: z.record(z.string(), account),
  // Geth takes decimal and hexadecimal text here; the real file has decimal.
  timestamp: z.string().regex(/^(0x[0-9a-fA-F]+|\d+)$/),
  nonce: z.string(),
  gasLimit: prefixed,
  difficulty: prefixed.exactOptional(),
  extraData: z.string().exactOptional(),
  mixhash: prefixed.exactOptional(),
  coinbase: prefixed.exactOptional(),
  parentHash: prefixed.exactOptional(),
});

export type ExecutionGenesis = z.infer<typeof executionGenesisSchema>;

/** Blob parameters have no part in the block, and a library that lags behind the newest of them would refuse the file. */
const affectsTheBlock = (name: string): boolean => name !== "blobSchedule" && !/^bpo\d+Time$/.test(name);

/**
 * Hash of the genesis block, as every execution client computes it.
 *
 * @throws Error when a fork that is active at genesis is unknown to @ethereumjs.
 */
export async function genesisBlockHash({ config, mixhash, ...genesis }: ExecutionGenesis): Promise<string> {
  const rest = Object.fromEntries(Object.entries(config).filter(([name]) => affectsTheBlock(name)));
  const json = {
    ...genesis,
    ...(mixhash === undefined ? {} : { mixHash: mixhash }),
    config: { ...rest, chainId: config.chainId },
  };
  // Half a second to load, and needed only when there is a bundle to verify: not in an `up` that changes nothing.
  const { createBlockchain } = await import("@ethereumjs/blockchain");
  const { createCommonFromGethGenesis, parseGethGenesisState } = await import("@ethereumjs/common");
  const { bytesToHex } = await import("@ethereumjs/util");
  const chain = await createBlockchain({
    common: createCommonFromGethGenesis(json, { chain: "ephemery" }),
    genesisState: parseGethGenesisState(json),
    validateBlocks: false,
    validateConsensus: false,
  });
  return bytesToHex(chain.genesisBlock.hash());
}
