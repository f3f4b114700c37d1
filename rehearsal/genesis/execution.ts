// genesis.json of a rehearsal, and the two files that say the same to Besu and Nethermind.

import { createHash } from "node:crypto";
import { chainIdOf } from "../../chain/iteration";
import type { Profile } from "../profile";
import { BLOB_SCHEDULE, MAX_BLOBS } from "./consensus";
import { DEPOSIT_CONTRACT_ADDRESS, DEPOSIT_CONTRACT_CODE, type GenesisContract, SYSTEM_CONTRACTS } from "./contracts";

/** Funded at genesis, for deposits and transactions: first account of the published test mnemonic ("test … junk"). */
export const FUNDED_ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const FUNDS = "1000000000000000000000000000";

const word = (value: number): string => `0x${value.toString(16).padStart(64, "0")}`;

/** Storage the deposit contract's constructor leaves: 31 hashes of empty subtrees in slots 34 to 64. */
function depositContract(): GenesisContract {
  const storage: Record<string, string> = {};
  let node = Buffer.alloc(32);
  for (let height = 1; height < 32; height++) {
    node = createHash("sha256").update(node).update(node).digest();
    storage[word(33 + height)] = `0x${node.toString("hex")}`;
  }
  return { address: DEPOSIT_CONTRACT_ADDRESS, code: DEPOSIT_CONTRACT_CODE, storage };
}

function alloc(): Record<string, object> {
  const accounts: Record<string, object> = {};
  // One wei each, as on the public network, so that precompiles are never empty accounts.
  for (let address = 0; address < 256; address++)
    accounts[`0x${address.toString(16).padStart(40, "0")}`] = { balance: "1" };
  for (const { address, ...contract } of [depositContract(), ...SYSTEM_CONTRACTS])
    accounts[address] = { balance: "0", ...contract };
  accounts[FUNDED_ACCOUNT] = { balance: FUNDS };
  return accounts;
}

const BASE_FEE_FRACTION = { cancun: 3_338_477, later: 5_007_716 };

const header = (executionGenesisTime: number) => ({
  coinbase: `0x${"0".repeat(40)}`,
  difficulty: "0x0",
  extraData: "",
  gasLimit: "0x2255100",
  nonce: "0x1234",
  mixhash: `0x${"0".repeat(64)}`,
  parentHash: `0x${"0".repeat(64)}`,
  timestamp: String(executionGenesisTime),
});

/** Forks that are there from the first block, in the order of the real file. */
const BLOCK_FORKS = [
  "homesteadBlock",
  "eip150Block",
  "eip155Block",
  "eip158Block",
  "byzantiumBlock",
  "constantinopleBlock",
  "petersburgBlock",
  "istanbulBlock",
  "berlinBlock",
  "londonBlock",
];

/** Times at which the blob limits rise: slot 0 plus whole epochs. Before Fulu there are none. */
function blobTimes(profile: Profile, executionGenesisTime: number): Record<string, number> {
  if (profile.fork !== "fulu") return {};
  const genesisTime = executionGenesisTime + profile.delay;
  const epochSeconds = profile.slotsPerEpoch * profile.secondsPerSlot;
  return Object.fromEntries(
    BLOB_SCHEDULE.map(({ epoch }, index) => [`bpo${index + 1}Time`, genesisTime + epoch * epochSeconds]),
  );
}

function blobSchedule(profile: Profile): Record<string, object> {
  const entry = (max: number, baseFeeUpdateFraction: number) => ({
    target: Math.floor((max * 2) / 3),
    max,
    baseFeeUpdateFraction,
  });
  const schedule: Record<string, object> = {
    cancun: { target: 3, max: 6, baseFeeUpdateFraction: BASE_FEE_FRACTION.cancun },
    prague: entry(MAX_BLOBS, BASE_FEE_FRACTION.later),
  };
  if (profile.fork !== "fulu") return schedule;
  schedule.osaka = entry(MAX_BLOBS, BASE_FEE_FRACTION.later);
  BLOB_SCHEDULE.forEach(({ max }, index) => {
    schedule[`bpo${index + 1}`] = entry(max, BASE_FEE_FRACTION.later);
  });
  return schedule;
}

export interface ExecutionFiles {
  readonly "genesis.json": string;
  readonly "besu.json": string;
  readonly "chainspec.json": string;
}

/** The three files, of the same genesis. */
export function executionFiles(
  iteration: number,
  profile: Profile,
  executionGenesisTime: number,
  enodes: readonly string[],
): ExecutionFiles {
  const chainId = chainIdOf(iteration);
  const accounts = alloc();
  const forks = {
    ...Object.fromEntries(BLOCK_FORKS.map((name) => [name, 0])),
    mergeNetsplitBlock: 0,
    terminalTotalDifficulty: 0,
    terminalTotalDifficultyPassed: true,
    shanghaiTime: 0,
    cancunTime: 0,
    blobSchedule: blobSchedule(profile),
    depositContractAddress: DEPOSIT_CONTRACT_ADDRESS,
    pragueTime: 0,
    ...(profile.fork === "fulu" ? { osakaTime: 0 } : {}),
    ...blobTimes(profile, executionGenesisTime),
  };
  const genesis = { config: { chainId, ...forks }, alloc: accounts, ...header(executionGenesisTime) };
  const { mergeNetsplitBlock: _merge, terminalTotalDifficultyPassed: _passed, ...besuForks } = forks;
  const besu = {
    config: { chainId, ...besuForks, preMergeForkBlock: 0, ethash: {}, discovery: { bootnodes: enodes } },
    alloc: accounts,
    baseFeePerGas: "0x3B9ACA00",
    ...header(executionGenesisTime),
  };
  const hex = (value: number): string => `0x${value.toString(16)}`;
  const { timestamp, nonce, mixhash, coinbase, ...rest } = header(executionGenesisTime);
  const chainspec = {
    name: "Testnet",
    engine: { Ethash: {} },
    params: { networkID: hex(chainId), chainID: hex(chainId), depositContractAddress: DEPOSIT_CONTRACT_ADDRESS },
    genesis: {
      seal: { ethereum: { nonce, mixHash: mixhash } },
      author: coinbase,
      timestamp: hex(Number(timestamp)),
      ...rest,
    },
    accounts,
    nodes: enodes,
  };
  const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;
  return { "genesis.json": json(genesis), "besu.json": json(besu), "chainspec.json": json(chainspec) };
}
