// A release's files, parsed: each readable on its own, none believed yet.

import { z } from "zod";
import type { Problem } from "../../config/problem";
import { type ExecutionGenesis, executionGenesisSchema, genesisBlockHash } from "./genesis-block";
import { type GenesisState, readGenesisState } from "./genesis-state";
import { type NetworkConfig, parseNetworkConfig } from "./network-config";
import { refused } from "./refused";
import { parseAssignments, parseRetention, type Retention } from "./retention";
import type { BundleFiles } from "./unpack";

/** What besu.json and chainspec.json say of the same genesis, in common terms. */
export interface Sibling {
  readonly file: string;
  readonly chainId: number;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly accounts: Readonly<Record<string, Account>>;
}

type Account = ExecutionGenesis["alloc"][string];

export interface Bundle {
  readonly files: BundleFiles;
  readonly retention: Retention;
  readonly config: NetworkConfig;
  readonly genesis: ExecutionGenesis;
  readonly genesisHash: string;
  readonly state: GenesisState;
  readonly siblings: readonly Sibling[];
  /** GENESIS_BLOCK and GENESIS_VALROOT of nodevars_env.txt, where it is there. */
  readonly nodevars: { readonly genesisBlock: string | undefined; readonly genesisValidatorsRoot: string | undefined };
  readonly bootnodes: { readonly execution: readonly string[]; readonly beacon: readonly string[] };
}

const besuSchema = executionGenesisSchema.pick({ config: true, alloc: true, timestamp: true });
const chainspecSchema = z.object({
  params: z.looseObject({ networkID: z.string(), chainID: z.string().optional() }),
  genesis: z.looseObject({ timestamp: z.string() }),
  accounts: z.record(z.string(), executionGenesisSchema.shape.alloc.valueType.partial({ balance: true })),
});

const decoder = new TextDecoder("utf-8", { fatal: true });

class Reader {
  constructor(private readonly files: BundleFiles) {}

  /** Parses one file; a failure names it. */
  async read<T>(name: string, parse: (bytes: Uint8Array) => T | Promise<T>): Promise<T> {
    const bytes = this.files.get(name);
    if (!bytes) throw unreadable(name, "it is missing");
    try {
      return await parse(bytes);
    } catch (error) {
      throw unreadable(name, reason(error));
    }
  }

  text<T>(name: string, parse: (text: string) => T | Promise<T>): Promise<T> {
    return this.read(name, (bytes) => parse(decoder.decode(bytes)));
  }

  /** Lines of a file that need not be there. */
  async lines(name: string): Promise<readonly string[]> {
    if (!this.files.has(name)) return [];
    return this.text(name, (text) =>
      text
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== "" && !line.startsWith("#")),
    );
  }
}

const reason = (error: unknown): string =>
  error instanceof z.ZodError
    ? z.prettifyError(error).replaceAll("\n", "; ")
    : error instanceof Error
      ? error.message
      : String(error);

const unreadable = (name: string, why: string): Problem => refused(`${name} of the release could not be read: ${why}.`);

const besu = (text: string): Sibling => {
  const json = besuSchema.parse(JSON.parse(text));
  return { file: "besu.json", chainId: json.config.chainId, timestamp: Number(json.timestamp), accounts: json.alloc };
};

const chainspec = (text: string): Sibling => {
  const json = chainspecSchema.parse(JSON.parse(text));
  const accounts: Record<string, Account> = {};
  // Nethermind's file may list precompiles without a balance; genesis.json has no such accounts.
  for (const [address, { balance, ...account }] of Object.entries(json.accounts)) {
    if (balance !== undefined) accounts[address] = { ...account, balance };
  }
  return {
    file: "chainspec.json",
    chainId: Number(json.params.chainID ?? json.params.networkID),
    timestamp: Number(json.genesis.timestamp),
    accounts,
  };
};

/**
 * Parses the files of a bundle.
 *
 * @throws Problem `bundle-refused` that names the first file that is missing or unreadable.
 */
export async function readBundle(files: BundleFiles): Promise<Bundle> {
  const reader = new Reader(files);
  const genesis = await reader.text("genesis.json", (text) => executionGenesisSchema.parse(JSON.parse(text)));
  const nodevars = parseAssignments((await reader.lines("nodevars_env.txt")).join("\n"));
  return {
    files,
    genesis,
    retention: await reader.text("retention.vars", parseRetention),
    config: await reader.text("config.yaml", parseNetworkConfig),
    genesisHash: await reader.read("genesis.json", () => genesisBlockHash(genesis)),
    state: await reader.read("genesis.ssz", readGenesisState),
    siblings: [await reader.text("besu.json", besu), await reader.text("chainspec.json", chainspec)],
    nodevars: { genesisBlock: nodevars.GENESIS_BLOCK, genesisValidatorsRoot: nodevars.GENESIS_VALROOT },
    bootnodes: {
      execution: (await reader.lines("enodes.txt")).filter((line) => line.startsWith("enode://")),
      beacon: (await reader.lines("bootstrap_nodes.txt")).filter((line) => line.startsWith("enr:")),
    },
  };
}
