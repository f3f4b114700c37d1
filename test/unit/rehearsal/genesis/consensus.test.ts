// config.yaml of a rehearsal, read as clients read it.

import { parse } from "yaml";
import { parseNetworkConfig } from "../../../../chain/bundle/network-config";
import { configYaml } from "../../../../rehearsal/genesis/consensus";
import { PROFILES, type Profile, withFork } from "../../../../rehearsal/profile";

const TIME = 1_795_114_800;
const FAR_FUTURE = "18446744073709551615";
const PROFILE_ROWS: readonly (readonly [string, Profile])[] = [
  ...Object.entries(PROFILES),
  ["fulu with --fork electra", withFork("fulu", "electra")],
];
const read = (profile: Profile): Record<string, unknown> =>
  parse(configYaml(166, profile, TIME), { schema: "failsafe" });

/** Keys of the public network's file that a client would otherwise take from mainnet (ephemery-genesis, cl-config.yaml). */
const SAID_BY_THE_REAL_FILE = [
  "MIN_GENESIS_ACTIVE_VALIDATOR_COUNT",
  "TERMINAL_TOTAL_DIFFICULTY",
  "TERMINAL_BLOCK_HASH",
  "TERMINAL_BLOCK_HASH_ACTIVATION_EPOCH",
  "SECONDS_PER_ETH1_BLOCK",
  "MIN_VALIDATOR_WITHDRAWABILITY_DELAY",
  "SHARD_COMMITTEE_PERIOD",
  "ETH1_FOLLOW_DISTANCE",
  "INACTIVITY_SCORE_BIAS",
  "EJECTION_BALANCE",
  "CHURN_LIMIT_QUOTIENT",
  "PROPOSER_SCORE_BOOST",
  "MESSAGE_DOMAIN_VALID_SNAPPY",
  "MIN_EPOCHS_FOR_BLOCK_REQUESTS",
  "MAX_REQUEST_BLOB_SIDECARS",
];

test.each(PROFILE_ROWS)("%s: chain ids, times and contract are those of the iteration", (_, profile) => {
  expect(read(profile)).toMatchObject({
    PRESET_BASE: "mainnet",
    DEPOSIT_CHAIN_ID: "39438166",
    DEPOSIT_NETWORK_ID: "39438166",
    DEPOSIT_CONTRACT_ADDRESS: "0x00000000219ab540356cBB839Cbe05303d7705Fa",
    MIN_GENESIS_TIME: String(TIME),
    GENESIS_DELAY: String(profile.delay),
    EPHEMERY_RESET_PERIOD: String(profile.period),
    SECONDS_PER_SLOT: String(profile.secondsPerSlot),
    SLOT_DURATION_MS: String(profile.secondsPerSlot * 1000),
    MIN_GENESIS_ACTIVE_VALIDATOR_COUNT: String(profile.validators),
  });
});

test.each(PROFILE_ROWS)(
  "%s: every fork has Ephemery's version, and those up to the profile's begin with the chain",
  (_, profile) => {
    const { forks } = parseNetworkConfig(configYaml(166, profile, TIME));
    const versions = Object.fromEntries(forks.map(({ name, version }) => [name, version]));
    expect(versions).toMatchObject({
      altair: "0x2000101b",
      deneb: "0x5000101b",
      electra: "0x6000101b",
      fulu: "0x7000101b",
    });
    const begun = forks.filter(({ epoch }) => epoch === 0).map(({ name }) => name);
    expect(begun).toContain(profile.fork);
    expect(begun.includes("fulu")).toBe(profile.fork === "fulu");
    expect(read(profile).FULU_FORK_EPOCH).toBe(profile.fork === "fulu" ? "0" : FAR_FUTURE);
  },
);

test("a client takes nothing from mainnet that the public network's file says itself", () => {
  expect(Object.keys(read(PROFILES.fulu))).toEqual(expect.arrayContaining(SAID_BY_THE_REAL_FILE));
});

test("epochs have another length only where the profile says so", () => {
  expect(read(PROFILES.fulu)).not.toHaveProperty("SLOTS_PER_EPOCH");
  expect(read(PROFILES["electra-fast"])).toMatchObject({ SLOTS_PER_EPOCH: "8" });
});

test("blob limits rise on Fulu as on the public network, and there is no schedule before it", () => {
  expect(read(PROFILES.fulu).BLOB_SCHEDULE).toEqual([
    { EPOCH: "2048", MAX_BLOBS_PER_BLOCK: "12" },
    { EPOCH: "4096", MAX_BLOBS_PER_BLOCK: "15" },
  ]);
  expect(read(PROFILES["electra-fast"])).not.toHaveProperty("BLOB_SCHEDULE");
});

test("a handful of deposits is activated in one epoch", () => {
  // EIP-7251: churn in Gwei an epoch, as many deposits of 32 ETH as fit.
  expect(Number(read(PROFILES["electra-fast"]).MIN_PER_EPOCH_CHURN_LIMIT_ELECTRA) / 32e9).toBeGreaterThanOrEqual(16);
});
