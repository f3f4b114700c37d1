// genesis.json of a rehearsal and its siblings, against what the EIPs and the deposit contract fix, and against the
// block hash that prysmctl, which has geth's code in it, made of the same file when test/testdata was made.

import { createHash } from "node:crypto";
import { executionGenesisSchema, genesisBlockHash } from "../../../../chain/bundle/genesis-block";
import { executionFiles, FUNDED_ACCOUNT } from "../../../../rehearsal/genesis/execution";
import { PROFILES, type ProfileName } from "../../../../rehearsal/profile";
import { BUNDLES, filesOf, textOf } from "../../../support/bundles";

const TIME = 1_795_114_800;
/** sha256 of runtime/interop/genesis.go's contract (Prysm v7.1.2) without its metadata. */
const CODE = "c05a70cad7ff55127a8b9362fb1b92d15bd4d3c5eef267d5248456d32f59f46b";
const files = executionFiles(166, PROFILES.fulu, TIME, ["enode://aa@192.0.2.1:30303"]);
const genesis = JSON.parse(files["genesis.json"]);

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest();
};

// sha256 of the code in go-ethereum's params/protocol_params.go (v1.16.7).
test.each([
  [
    "EIP-4788",
    "0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02",
    "cb7bd3e115730f7d57c15cd892880ed517ff4421bf43dfc7591198868fffe31d",
  ],
  [
    "EIP-2935",
    "0x0000F90827F1C53a10cb7A02335B175320002935",
    "41cd74981e0201f79ebca054c4e8102a7e6faa28ce015d0048ab2250c1222c67",
  ],
  [
    "EIP-7002",
    "0x00000961Ef480Eb55e80D19ad83579A64c007002",
    "22ac79b68752353c9bfbc6213fee1ec168df0f5abd2336c9ec239fc324e370b7",
  ],
  [
    "EIP-7251",
    "0x0000BBdDc7CE488642fb579F8B00f3a590007251",
    "99e3d84dc4a4440c78a64619a2b451c08654cc83b44441585cb6db159478d661",
  ],
])("the system contract of %s is at its address, with its code", (_, address, hash) => {
  expect(sha256(Buffer.from(genesis.alloc[address].code.slice(2), "hex")).toString("hex")).toBe(hash);
  expect(Number(genesis.alloc[address].nonce)).toBe(1);
});

test.each(["0x00000961Ef480Eb55e80D19ad83579A64c007002", "0x0000BBdDc7CE488642fb579F8B00f3a590007251"])(
  "the request contract at %s starts inhibited, as its constructor leaves it",
  (address) => {
    expect(genesis.alloc[address].storage).toEqual({ [`0x${"0".repeat(64)}`]: `0x${"f".repeat(64)}` });
  },
);

describe("the deposit contract", () => {
  const { code, storage } = genesis.alloc["0x00000000219ab540356cBB839Cbe05303d7705Fa"];

  test("has the specs' code: solc's own 53 bytes of metadata left out, it is that of Prysm's interop genesis", () => {
    const bytes = Buffer.from(code.slice(2), "hex");
    expect(bytes).toHaveLength(6_358);
    expect(sha256(bytes.subarray(0, -53)).toString("hex")).toBe(CODE);
  });

  test("has the 31 hashes of empty subtrees, from which get_deposit_root makes the root of an empty tree", () => {
    const slot = (number: number): string => `0x${number.toString(16).padStart(64, "0")}`;
    const zero = Buffer.alloc(32);
    const subtree = (height: number): Buffer =>
      height === 0 ? zero : Buffer.from(storage[slot(33 + height)].slice(2), "hex");
    let node: Buffer = zero;
    for (let height = 0; height < 32; height++) node = sha256(node, subtree(height));
    // Known from every chain with this contract and no deposit yet.
    expect(sha256(node, zero).toString("hex")).toBe("d70a234731285c6804c2a4f56711ddb8c82c99740f207854891028af34e27e5e");
    expect(Object.keys(storage)).toHaveLength(31);
  });

  test("is named in the configuration", () => {
    expect(genesis.config.depositContractAddress).toBe("0x00000000219ab540356cBB839Cbe05303d7705Fa");
  });
});

test("the funded account can pay for deposits", () => {
  expect(BigInt(genesis.alloc[FUNDED_ACCOUNT].balance) / 10n ** 18n).toBeGreaterThan(32n * 4096n);
});

test("every fork up to the profile's is there from the first block", () => {
  expect(genesis.config).toMatchObject({
    chainId: 39_438_166,
    londonBlock: 0,
    terminalTotalDifficulty: 0,
    shanghaiTime: 0,
    cancunTime: 0,
    pragueTime: 0,
    osakaTime: 0,
  });
  const electra = JSON.parse(executionFiles(166, PROFILES["electra-fast"], TIME, [])["genesis.json"]);
  expect(electra.config).toMatchObject({ pragueTime: 0 });
  for (const later of ["osakaTime", "bpo1Time", "bpo2Time"]) expect(electra.config).not.toHaveProperty(later);
  expect(Object.keys(electra.config.blobSchedule)).toEqual(["cancun", "prague"]);
});

test("blob limits rise as on the public network, at whole epochs from slot 0", () => {
  const { delay, slotsPerEpoch, secondsPerSlot } = PROFILES.fulu;
  expect(genesis.config).toMatchObject({
    bpo1Time: TIME + delay + 2048 * slotsPerEpoch * secondsPerSlot,
    bpo2Time: TIME + delay + 4096 * slotsPerEpoch * secondsPerSlot,
    // EIP-4844, EIP-7691, EIP-7892 with the limits of Ephemery's config.yaml.
    blobSchedule: {
      cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 },
      prague: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
      osaka: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
      bpo1: { target: 8, max: 12, baseFeeUpdateFraction: 5_007_716 },
      bpo2: { target: 10, max: 15, baseFeeUpdateFraction: 5_007_716 },
    },
  });
});

test("besu.json and chainspec.json say the same", () => {
  const besu = JSON.parse(files["besu.json"]);
  const chainspec = JSON.parse(files["chainspec.json"]);
  expect(besu.alloc).toEqual(genesis.alloc);
  expect(chainspec.accounts).toEqual(genesis.alloc);
  expect(besu.config).toMatchObject({ chainId: 39_438_166, osakaTime: 0, bpo2Time: genesis.config.bpo2Time });
  expect(besu.config.discovery.bootnodes).toEqual(["enode://aa@192.0.2.1:30303"]);
  expect(Number(chainspec.params.chainID)).toBe(39_438_166);
  expect([Number(besu.timestamp), Number(chainspec.genesis.timestamp)]).toEqual([TIME, TIME]);
});

test.each(BUNDLES.map(({ name, profile, iteration }) => [name, profile, iteration] as const))(
  "the block of %s has the hash prysmctl recorded",
  async (name, profile, iteration) => {
    const bundle = BUNDLES.find((each) => each.name === name);
    if (!bundle) throw new Error(name);
    const recorded = textOf(filesOf(bundle), "deposit_contract_block_hash.txt").trim();
    const [known] = Object.entries(PROFILES).filter(([each]) => each === profile);
    if (!known) throw new Error(profile);
    const made = executionFiles(iteration, known[1], TIME, []);
    expect(await genesisBlockHash(executionGenesisSchema.parse(JSON.parse(made["genesis.json"])))).toBe(recorded);
  },
);

test("iterations differ, and the same iteration is the same text", () => {
  const of = (iteration: number, profile: ProfileName = "fulu"): string =>
    executionFiles(iteration, PROFILES[profile], TIME, [])["genesis.json"];
  expect(of(166)).toBe(of(166));
  expect(new Set([of(166), of(167), of(166, "electra-fast")]).size).toBe(3);
});
