// A release of a rehearsal: the files of an iteration, in the layout and under the
// names of the public network's.

import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { readGenesisState } from "../chain/bundle/genesis-state";
import { chainIdOf, tagOf } from "../chain/iteration";
import type { HostChannel } from "../operations/host/channel";
import { addressCredentials, depositData } from "../validators/deposit";
import { deriveKey, deriveKeys, seedOf } from "../validators/derivation";
import { configYaml, FORK_VERSIONS } from "./genesis/consensus";
import { DEPOSIT_CONTRACT_ADDRESS } from "./genesis/contracts";
import { executionFiles, FUNDED_ACCOUNT } from "./genesis/execution";
import { genesisState } from "./genesis/state";
import type { Profile } from "./profile";

export interface ReleaseInput {
  readonly iteration: number;
  readonly profile: Profile;
  /** Unix seconds. */
  readonly executionGenesisTime: number;
  /** Words the validators come from, at the indices 0 to profile.validators - 1. */
  readonly mnemonic: string;
  readonly enodes: readonly string[];
  readonly enrs: readonly string[];
  /** Where prysmctl runs. */
  readonly host: HostChannel;
  /** Image of prysmctl. */
  readonly image: string;
}

/** Asset name to content, as they hang on the release's page. */
export type ReleaseAssets = ReadonlyMap<string, Uint8Array>;

/** Index of the dummy validator's key, far from those anyone uses. */
const DUMMY_INDEX = 1_000_000;
const FULL = 32_000_000_000;
/** Half a stake: the dummy never becomes active. */
const DUMMY = 16_000_000_000;

/**
 * The dummy validator carries the iteration in its withdrawal address. With the same keys and another
 * time alone, two iterations would have the same genesis_validators_root.
 */
async function deposits({ iteration, profile, mnemonic }: ReleaseInput) {
  const seed = await seedOf(mnemonic);
  const dummy = {
    key: deriveKey(seed, DUMMY_INDEX),
    withdrawalCredentials: addressCredentials(iteration.toString(16).padStart(40, "0")),
    amount: DUMMY,
  };
  const real = deriveKeys(seed, 0, profile.validators).map((key) => ({
    key,
    withdrawalCredentials: addressCredentials(FUNDED_ACCOUNT),
    amount: FULL,
  }));
  return depositData([dummy, ...real], FORK_VERSIONS.GENESIS, "ephemery");
}

/** The files of the two tarballs, by path in the standard layout. */
async function releaseFiles(input: ReleaseInput): Promise<Map<string, Uint8Array>> {
  const { iteration, profile, executionGenesisTime, enodes, enrs } = input;
  const execution = executionFiles(iteration, profile, executionGenesisTime, enodes);
  const config = configYaml(iteration, profile, executionGenesisTime);
  const ssz = await genesisState({
    profile,
    executionGenesisTime,
    genesisJson: execution["genesis.json"],
    configYaml: config,
    deposits: await deposits(input),
    host: input.host,
    image: input.image,
  });
  const state = await readGenesisState(ssz);
  const chainId = chainIdOf(iteration);
  const lines = (all: readonly string[]): string => all.map((each) => `${each}\n`).join("");
  const nodevars = {
    ITERATION_NUMBER: iteration,
    CHAIN_ID: chainId,
    BOOTNODE_ENR: enrs[0] ?? "",
    BOOTNODE_ENR_LIST: enrs.join(","),
    BOOTNODE_ENODE: enodes[0] ?? "",
    BOOTNODE_ENODE_LIST: enodes.join(","),
    GENESIS_TIME: state.genesisTime,
    GENESIS_VALROOT: state.genesisValidatorsRoot,
    GENESIS_BLOCK: state.eth1BlockHash,
  };
  const retention = {
    ITERATION_NUMBER: iteration,
    ITERATION_RELEASE: tagOf(iteration),
    GENESIS_TIMESTAMP: executionGenesisTime,
    GENESIS_RESET_INTERVAL: profile.period,
    CHAIN_ID: chainId,
  };
  const assign = (prefix: string, values: object): string =>
    lines(Object.entries(values).map(([key, value]) => `${prefix}${key}="${value}"`));
  const texts: Record<string, string> = {
    ...Object.fromEntries(Object.entries(execution).map(([name, text]) => [`metadata/${name}`, text])),
    "metadata/config.yaml": config,
    "metadata/deposit_contract.txt": `${DEPOSIT_CONTRACT_ADDRESS}\n`,
    "metadata/deposit_contract_block.txt": "0\n",
    "metadata/deposit_contract_block_hash.txt": `${state.eth1BlockHash}\n`,
    "metadata/genesis_validators_root.txt": `${state.genesisValidatorsRoot}\n`,
    "metadata/bootstrap_nodes.txt": lines(enrs),
    "metadata/bootstrap_nodes.yaml": lines(enrs.map((enr) => `- ${enr}`)),
    "metadata/enodes.txt": lines(enodes),
    "metadata/nodevars_env.txt": assign("", nodevars),
    "parsed/validator-names.yaml": "{}\n",
    "retention.vars": assign("export ", retention),
  };
  const files = new Map(Object.entries(texts).map(([path, text]): [string, Uint8Array] => [path, Buffer.from(text)]));
  files.set("metadata/genesis.ssz", ssz);
  return files;
}

/** Legacy names of files that have moved since. */
const LEGACY: Readonly<Record<string, readonly string[]>> = {
  "enodes.txt": ["boot_enode.txt", "bootnode.txt"],
  "bootstrap_nodes.txt": ["boot_enr.txt"],
  "bootstrap_nodes.yaml": ["boot_enr.yaml"],
  "deposit_contract_block.txt": ["deploy_block.txt"],
};

function flat(files: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> {
  const all = new Map<string, Uint8Array>();
  for (const [path, bytes] of files) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    for (const each of [name, ...(LEGACY[name] ?? [])]) all.set(each, bytes);
  }
  return all;
}

async function tarball(files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  const archive = pack();
  const whole = buffer(archive);
  for (const [name, bytes] of files) archive.entry({ name, mtime: new Date() }, Buffer.from(bytes));
  archive.finalize();
  return gzipSync(await whole);
}

/** Every asset of the release of an iteration, in the order the real workflow uploads them. */
export async function makeRelease(input: ReleaseInput): Promise<ReleaseAssets> {
  const files = await releaseFiles(input);
  const single = (name: string): [string, Uint8Array] => [name, files.get(`metadata/${name}`) ?? new Uint8Array()];
  return new Map([
    ["network-config.tar.gz", await tarball(files)],
    ["testnet-all.tar.gz", await tarball(flat(files))],
    single("genesis.json"),
    single("config.yaml"),
    single("genesis.ssz"),
  ]);
}
