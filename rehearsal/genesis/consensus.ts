// config.yaml of a rehearsal: the keys of the real file, with the rehearsal's times.

import { chainIdOf } from "../../chain/iteration";
import type { Profile } from "../profile";
import { DEPOSIT_CONTRACT_ADDRESS } from "./contracts";

/** Fork versions, the same in every iteration of the public network. */
export const FORK_VERSIONS = {
  GENESIS: "0x1000101b",
  ALTAIR: "0x2000101b",
  BELLATRIX: "0x3000101b",
  CAPELLA: "0x4000101b",
  DENEB: "0x5000101b",
  ELECTRA: "0x6000101b",
  FULU: "0x7000101b",
} as const;

const FAR_FUTURE = "18446744073709551615";

/** Blobs in a block from Electra on (EIP-7691). */
export const MAX_BLOBS = 9;

/** Later limits, as on the public network. */
export const BLOB_SCHEDULE = [
  { epoch: 2048, max: 12 },
  { epoch: 4096, max: 15 },
] as const;

/**
 * A late block is never reorged: of two nodes that share a machine, the machine is what was late. With the public
 * network's values (20, 160, 2), the next proposer leaves such a block out, and a block of no chain in the epoch that is
 * final last keeps new nodes from syncing (docs/rehearsal.md). No block has the votes of 100 committees, which is
 * what keeps epoch 0; in later ones, none is reorged where the last final epoch is not the next block's own.
 */
const NO_REORGS = [
  "REORG_HEAD_WEIGHT_THRESHOLD: 20",
  "REORG_PARENT_WEIGHT_THRESHOLD: 10000",
  "REORG_MAX_EPOCHS_SINCE_FINALIZATION: 0",
] as const;

/**
 * The file. Three things are not the public network's: churn, or a handful of deposits would take many epochs to
 * activate; late blocks, which stay; and, for short epochs, SLOTS_PER_EPOCH.
 */
export function configYaml(iteration: number, profile: Profile, executionGenesisTime: number): string {
  const chainId = chainIdOf(iteration);
  const { secondsPerSlot, slotsPerEpoch, delay, period, validators, fork } = profile;
  const lines = [
    "PRESET_BASE: mainnet",
    "CONFIG_NAME: testnet # Prysm needs a name that is not mainnet's",
    `MIN_GENESIS_ACTIVE_VALIDATOR_COUNT: ${validators}`,
    `MIN_GENESIS_TIME: ${executionGenesisTime}`,
    `GENESIS_FORK_VERSION: ${FORK_VERSIONS.GENESIS}`,
    `GENESIS_DELAY: ${delay}`,
    ...(["ALTAIR", "BELLATRIX", "CAPELLA", "DENEB", "ELECTRA"] as const).flatMap((name) => [
      `${name}_FORK_VERSION: ${FORK_VERSIONS[name]}`,
      `${name}_FORK_EPOCH: 0`,
    ]),
    `FULU_FORK_VERSION: ${FORK_VERSIONS.FULU}`,
    `FULU_FORK_EPOCH: ${fork === "fulu" ? 0 : FAR_FUTURE}`,
    "TERMINAL_TOTAL_DIFFICULTY: 0",
    `TERMINAL_BLOCK_HASH: 0x${"0".repeat(64)}`,
    `TERMINAL_BLOCK_HASH_ACTIVATION_EPOCH: ${FAR_FUTURE}`,
    `SECONDS_PER_SLOT: ${secondsPerSlot}`,
    `SLOT_DURATION_MS: ${secondsPerSlot * 1000}`,
    `SECONDS_PER_ETH1_BLOCK: ${secondsPerSlot}`,
    ...(slotsPerEpoch === 32 ? [] : [`SLOTS_PER_EPOCH: ${slotsPerEpoch}`]),
    "MIN_VALIDATOR_WITHDRAWABILITY_DELAY: 256",
    "SHARD_COMMITTEE_PERIOD: 256",
    "ETH1_FOLLOW_DISTANCE: 12",
    `EPHEMERY_RESET_PERIOD: ${period}`,
    "INACTIVITY_SCORE_BIAS: 4",
    "INACTIVITY_SCORE_RECOVERY_RATE: 16",
    "EJECTION_BALANCE: 30000000000",
    "MIN_PER_EPOCH_CHURN_LIMIT: 4",
    "CHURN_LIMIT_QUOTIENT: 65536",
    "MAX_PER_EPOCH_ACTIVATION_CHURN_LIMIT: 8",
    "PROPOSER_SCORE_BOOST: 40",
    ...NO_REORGS,
    `DEPOSIT_CHAIN_ID: ${chainId}`,
    `DEPOSIT_NETWORK_ID: ${chainId}`,
    `DEPOSIT_CONTRACT_ADDRESS: ${DEPOSIT_CONTRACT_ADDRESS}`,
    "MAX_PAYLOAD_SIZE: 10485760",
    "MAX_REQUEST_BLOCKS: 1024",
    "EPOCHS_PER_SUBNET_SUBSCRIPTION: 256",
    "MIN_EPOCHS_FOR_BLOCK_REQUESTS: 33024",
    "TTFB_TIMEOUT: 5",
    "RESP_TIMEOUT: 10",
    "ATTESTATION_PROPAGATION_SLOT_RANGE: 32",
    "MAXIMUM_GOSSIP_CLOCK_DISPARITY: 500",
    "MESSAGE_DOMAIN_INVALID_SNAPPY: 0x00000000",
    "MESSAGE_DOMAIN_VALID_SNAPPY: 0x01000000",
    "SUBNETS_PER_NODE: 2",
    "ATTESTATION_SUBNET_COUNT: 64",
    "ATTESTATION_SUBNET_EXTRA_BITS: 0",
    "ATTESTATION_SUBNET_PREFIX_BITS: 6",
    "MAX_REQUEST_BLOCKS_DENEB: 128",
    "MIN_EPOCHS_FOR_BLOB_SIDECARS_REQUESTS: 4096",
    "BLOB_SIDECAR_SUBNET_COUNT: 6",
    "MAX_BLOBS_PER_BLOCK: 6",
    "MAX_REQUEST_BLOB_SIDECARS: 768",
    "MIN_PER_EPOCH_CHURN_LIMIT_ELECTRA: 512000000000",
    "MAX_PER_EPOCH_ACTIVATION_EXIT_CHURN_LIMIT: 512000000000",
    `BLOB_SIDECAR_SUBNET_COUNT_ELECTRA: ${MAX_BLOBS}`,
    `MAX_BLOBS_PER_BLOCK_ELECTRA: ${MAX_BLOBS}`,
    `MAX_REQUEST_BLOB_SIDECARS_ELECTRA: ${128 * MAX_BLOBS}`,
    "NUMBER_OF_COLUMNS: 128",
    "NUMBER_OF_CUSTODY_GROUPS: 128",
    "DATA_COLUMN_SIDECAR_SUBNET_COUNT: 128",
    "MAX_REQUEST_DATA_COLUMN_SIDECARS: 16384",
    "SAMPLES_PER_SLOT: 8",
    "CUSTODY_REQUIREMENT: 4",
    "VALIDATOR_CUSTODY_REQUIREMENT: 8",
    "BALANCE_PER_ADDITIONAL_CUSTODY_GROUP: 32000000000",
    "MIN_EPOCHS_FOR_DATA_COLUMN_SIDECARS_REQUESTS: 4096",
    ...(fork === "fulu"
      ? [
          "BLOB_SCHEDULE:",
          ...BLOB_SCHEDULE.flatMap(({ epoch, max }) => [`  - EPOCH: ${epoch}`, `    MAX_BLOBS_PER_BLOCK: ${max}`]),
        ]
      : []),
  ];
  return `${lines.join("\n")}\n`;
}
