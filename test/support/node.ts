// One fixed chain and settings on it, for tests of what a node is rendered to. The chain has the numbers of
// iteration 166 of the public network; hashes and bootnodes are made up.

import { type ChainFacts, generationOf, identityOf } from "../../chain/facts";
import { chainIdOf, startOf, tagOf } from "../../chain/iteration";
import { parseValues } from "../../config/parse";
import { type Settings, toSettings } from "../../config/settings";

/** A chain of its own for each iteration. */
export function chainOf(iteration: number): ChainFacts {
  const identified = {
    genesisBlockHash: `0x${iteration.toString(16).padStart(64, "b")}`,
    genesisValidatorsRoot: `0x${iteration.toString(16).padStart(64, "a")}`,
    genesisTime: startOf(iteration) + 600,
  };
  const identity = identityOf(identified);
  return {
    ...identified,
    iteration,
    chainId: chainIdOf(iteration),
    generation: generationOf(iteration, identity),
    identity,
    executionGenesisTime: startOf(iteration),
    period: 2_419_200,
    secondsPerSlot: 12,
    slotsPerEpoch: 32,
    depositContract: "0x00000000219ab540356cBB839Cbe05303d7705Fa",
    bootnodes: {
      execution: [`enode://${"1".repeat(128)}@192.0.2.1:30303`, `enode://${"2".repeat(128)}@192.0.2.2:30303`],
      beacon: ["enr:-first", "enr:-second"],
    },
    release: {
      tag: tagOf(iteration),
      source: "https://github.com/ephemery-testnet/ephemery-genesis",
      sha256: iteration.toString(16).padStart(64, "c"),
    },
  };
}

export const CHAIN = chainOf(166);

/** The mnemonic of EIP-2333's first test case. */
export const MNEMONIC = `${"abandon ".repeat(11)}about`;
export const FEE_RECIPIENT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

/** What a stack needs to have validators. */
export const VALIDATORS = { validatorCount: "4", feeRecipient: FEE_RECIPIENT, mnemonic: MNEMONIC } as const;

/** An execution client that somebody else runs. */
export const EXTERNAL_EXECUTION = {
  executionClient: "external",
  executionEndpoint: "http://192.0.2.7:8551",
  executionJwtSecret: "0123456789abcdef".repeat(4),
} as const;

/** Beacon nodes that somebody else runs, and no others. */
export const EXTERNAL_BEACON = {
  executionClient: "external",
  beaconClient: "external",
  beaconNodes: '["http://192.0.2.7:5052","https://beacon.example.org"]',
} as const;

/** What a stack needs to be on a rehearsal of this machine. */
export const REHEARSAL = {
  network: "rehearsal",
  images: "local",
  p2pNetwork: "ephemery-rehearsal-test",
  executionP2pAddress: "10.213.39.21",
  beaconP2pAddress: "10.213.39.22",
  releaseSources: '["http://127.0.0.1:39438/ephemery-testnet/ephemery-genesis"]',
  checkpointProviders: '["http://10.213.39.12:3500"]',
  beaconClient: "prysm",
  validatorClient: "prysm",
} as const;

/** Settings from configuration as a user writes it. */
export function settingsOf(config: Readonly<Record<string, string>> = {}, stack = "test"): Settings {
  return toSettings(parseValues(config, stack), stack);
}
