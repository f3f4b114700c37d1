// config.yaml: numbers as they stand, forks in order, slots of any length, and nothing guessed that is malformed.

import fc from "fast-check";
import { forkAt, parseNetworkConfig } from "../../../../chain/bundle/network-config";

const PUBLIC = `# Extends the mainnet preset
PRESET_BASE: 'mainnet'
CONFIG_NAME: testnet # needs to exist because of Prysm
MIN_GENESIS_TIME: 1795114800
GENESIS_FORK_VERSION: 0x1000101b
GENESIS_DELAY: 600
ALTAIR_FORK_VERSION: 0x2000101b
ALTAIR_FORK_EPOCH: 0
BELLATRIX_FORK_VERSION: 0x3000101b
BELLATRIX_FORK_EPOCH: 0
TERMINAL_TOTAL_DIFFICULTY: 115792089237316195423570985008687907853269984665640564039457584007913129638912
CAPELLA_FORK_VERSION: 0x4000101b
CAPELLA_FORK_EPOCH: 0
DENEB_FORK_VERSION: 0x5000101b
DENEB_FORK_EPOCH: 0
ELECTRA_FORK_VERSION: 0x6000101b
ELECTRA_FORK_EPOCH: 10
FULU_FORK_VERSION: 0x7000101b
FULU_FORK_EPOCH: 20
GLOAS_FORK_VERSION: 0x8000101b
GLOAS_FORK_EPOCH: 18446744073709551615
SECONDS_PER_SLOT: 12
ETH1_FOLLOW_DISTANCE: 12
DEPOSIT_CHAIN_ID: 39438166
DEPOSIT_NETWORK_ID: 39438166
DEPOSIT_CONTRACT_ADDRESS: 0x00000000219ab540356cBB839Cbe05303d7705Fa
MAX_BLOBS_PER_BLOCK_ELECTRA: 9
BLOB_SCHEDULE:
  - EPOCH: 2048
    MAX_BLOBS_PER_BLOCK: 12
  - EPOCH: 4096
    MAX_BLOBS_PER_BLOCK: 15
`;

/** The file with a line another, or without it. */
const withLine = (key: string, line: string): string => PUBLIC.replace(new RegExp(`^${key}:.*$`, "m"), line);
const added = (line: string): string => `${PUBLIC}${line}\n`;

test("a file as the public network's is read whole", () => {
  const fork = (name: string, digit: number, epoch: number) => ({ name, version: `0x${digit}000101b`, epoch });
  expect(parseNetworkConfig(PUBLIC)).toEqual({
    minGenesisTime: 1_795_114_800,
    genesisDelay: 600,
    depositChainId: 39_438_166,
    depositNetworkId: 39_438_166,
    depositContract: "0x00000000219ab540356cBB839Cbe05303d7705Fa",
    secondsPerSlot: 12,
    slotsPerEpoch: 32,
    resetPeriod: undefined,
    forks: [
      fork("phase0", 1, 0),
      fork("altair", 2, 0),
      fork("bellatrix", 3, 0),
      fork("capella", 4, 0),
      fork("deneb", 5, 0),
      fork("electra", 6, 10),
      fork("fulu", 7, 20),
      fork("gloas", 8, Number.POSITIVE_INFINITY),
    ],
    maxBlobsElectra: 9,
    blobSchedule: [
      { epoch: 2048, max: 12 },
      { epoch: 4096, max: 15 },
    ],
  });
});

test.each([
  [0, "deneb"],
  [9, "deneb"],
  [10, "electra"],
  [19, "electra"],
  [20, "fulu"],
  [1_000_000_000, "fulu"],
])("at epoch %i the fork is %s", (epoch, name) => {
  expect(forkAt(parseNetworkConfig(PUBLIC), epoch).name).toBe(name);
});

test("the order of the lines has no say in the order of the forks", () => {
  const [, ...forks] = parseNetworkConfig(PUBLIC).forks;
  const head = PUBLIC.replaceAll(/^(?!GENESIS).*_FORK_.*\n/gm, "");
  const lines = forks.flatMap(({ name, version, epoch }) => [
    `${name.toUpperCase()}_FORK_VERSION: ${version}`,
    `${name.toUpperCase()}_FORK_EPOCH: ${epoch === Number.POSITIVE_INFINITY ? "18446744073709551615" : epoch}`,
  ]);
  fc.assert(
    fc.property(fc.shuffledSubarray(lines, { minLength: lines.length }), (shuffled) => {
      expect(parseNetworkConfig(`${shuffled.join("\n")}\n${head}`)).toEqual(parseNetworkConfig(PUBLIC));
    }),
  );
});

describe("slots", () => {
  test.each([
    ["are of 12 s where nothing is said", withLine("SECONDS_PER_SLOT", ""), 12, 32],
    ["are of SECONDS_PER_SLOT", withLine("SECONDS_PER_SLOT", "SECONDS_PER_SLOT: 3"), 3, 32],
    ["are of SLOT_DURATION_MS where both are said", added("SLOT_DURATION_MS: 2500"), 2.5, 32],
    ["are of SLOT_DURATION_MS alone", withLine("SECONDS_PER_SLOT", "SLOT_DURATION_MS: 2000"), 2, 32],
    ["come as many to an epoch as SLOTS_PER_EPOCH says", added("SLOTS_PER_EPOCH: 8"), 12, 8],
  ])("%s", (_, text, secondsPerSlot, slotsPerEpoch) => {
    expect(parseNetworkConfig(text)).toMatchObject({ secondsPerSlot, slotsPerEpoch });
  });
});

test("values in quotes are the same values, and a period is read where there is one", () => {
  const quoted = withLine("DEPOSIT_CHAIN_ID", 'DEPOSIT_CHAIN_ID: "39438166"');
  expect(parseNetworkConfig(quoted)).toEqual(parseNetworkConfig(PUBLIC));
  expect(parseNetworkConfig(added("EPHEMERY_RESET_PERIOD: 604800")).resetPeriod).toBe(604_800);
});

test.each([
  ["MIN_GENESIS_TIME", ""],
  ["MIN_GENESIS_TIME", "MIN_GENESIS_TIME: -1"],
  ["MIN_GENESIS_TIME", "MIN_GENESIS_TIME: 1.5"],
  ["MIN_GENESIS_TIME", "MIN_GENESIS_TIME: $GENESIS_TIMESTAMP"],
  ["MIN_GENESIS_TIME", "MIN_GENESIS_TIME: 9999999999999999"],
  ["GENESIS_DELAY", ""],
  ["GENESIS_DELAY", "GENESIS_DELAY: ten minutes"],
  ["GENESIS_FORK_VERSION", "GENESIS_FORK_VERSION: 0x1000101"],
  ["GENESIS_FORK_VERSION", "GENESIS_FORK_VERSION: 268439579"],
  ["DEPOSIT_CHAIN_ID", ""],
  ["DEPOSIT_CHAIN_ID", "DEPOSIT_CHAIN_ID: 0x259c6d6"],
  ["DEPOSIT_NETWORK_ID", "DEPOSIT_NETWORK_ID: [39438166]"],
  ["DEPOSIT_CONTRACT_ADDRESS", "DEPOSIT_CONTRACT_ADDRESS: 0x1234"],
  ["DEPOSIT_CONTRACT_ADDRESS", ""],
  ["SECONDS_PER_SLOT", "SECONDS_PER_SLOT: 0"],
  ["SECONDS_PER_SLOT", "SECONDS_PER_SLOT: twelve"],
  ["PRESET_BASE", "PRESET_BASE: minimal"],
  ["PRESET_BASE", ""],
  ["ALTAIR_FORK_EPOCH", ""],
  ["ALTAIR_FORK_EPOCH", "ALTAIR_FORK_EPOCI: 0"],
  ["FULU_FORK_EPOCH", ""],
  ["GLOAS_FORK_EPOCH", ""],
  ["BELLATRIX_FORK_EPOCH", "BELLATRIX_FORK_EPOCH: 1"],
  ["FULU_FORK_EPOCH", "FULU_FORK_EPOCH: 9"],
  ["GLOAS_FORK_EPOCH", "GLOAS_FORK_EPOCH: 19"],
])("a file whose %s is %j is refused, by that name", (key, line) => {
  expect(() => parseNetworkConfig(withLine(key, line))).toThrow(key);
});

test("a fork that a later one follows is missed without its version, too; a fork that nobody knows yet is not", () => {
  const without = PUBLIC.replace(/^DENEB_.*\n/gm, "");
  expect(() => parseNetworkConfig(without)).toThrow("DENEB_FORK_EPOCH");
  const older = PUBLIC.replace(/^GLOAS_.*\n/gm, "");
  expect(parseNetworkConfig(older).forks.map(({ name }) => name)).not.toContain("gloas");
});

test.each([
  ["SLOT_DURATION_MS", "SLOT_DURATION_MS: 0"],
  ["SLOTS_PER_EPOCH", "SLOTS_PER_EPOCH: 0"],
  ["EPHEMERY_RESET_PERIOD", "EPHEMERY_RESET_PERIOD: 4 weeks"],
  ["HEZE_FORK", "HEZE_FORK_EPOCH: 5"],
  ["HEZE_FORK", "HEZE_FORK_VERSION: 0x9000101b\nHEZE_FORK_EPOCH: soon"],
])("a file that adds a bad %s (%j) is refused", (_, line) => {
  expect(() => parseNetworkConfig(added(line))).toThrow();
});

test.each([
  ["nothing", ""],
  ["a list", "- 1\n- 2\n"],
  ["a web page", "<!doctype html>\n<title>Sign in</title>"],
  ["broken YAML", `${PUBLIC}A: [`],
  ["a key twice", `${PUBLIC}GENESIS_DELAY: 1\n`],
  ["a fork schedule of text", PUBLIC.replace(/BLOB_SCHEDULE:[\s\S]*/, "BLOB_SCHEDULE: none\n")],
  ["a blob limit that is none", PUBLIC.replace("MAX_BLOBS_PER_BLOCK: 15", "MAX_BLOBS_PER_BLOCK: many")],
])("%s is no config", (_, text) => {
  expect(() => parseNetworkConfig(text)).toThrow();
});
