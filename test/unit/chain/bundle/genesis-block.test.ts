// The hash of a genesis block, against hashes that other clients publish.

import { executionGenesisSchema, genesisBlockHash } from "../../../../chain/bundle/genesis-block";
import { hex, STATES } from "../../../support/beacon-state";
import { BUNDLES, filesOf, textOf } from "../../../support/bundles";

const rich = (balance: string, addresses: readonly string[]): Record<string, { balance: string }> =>
  Object.fromEntries(addresses.map((address) => [address, { balance }]));

const parsed = (json: unknown): ReturnType<typeof executionGenesisSchema.parse> => executionGenesisSchema.parse(json);

/** go-ethereum's own test of a custom genesis: homestead at 3, one account with a storage slot, defaults else. */
const GETH_CUSTOM = {
  config: { chainId: 1, homesteadBlock: 3 },
  alloc: {
    "0x0100000000000000000000000000000000000000": {
      balance: "0x1",
      storage: { [`0x01${"00".repeat(31)}`]: `0x01${"00".repeat(31)}` },
    },
  },
  timestamp: "0x0",
  nonce: "0x0",
  gasLimit: "0x47e7c4",
  difficulty: "0x20000",
};

const ZERO = `0x${"0".repeat(64)}`;
const SEPOLIA = {
  config: {
    chainId: 11_155_111,
    ...Object.fromEntries(
      [
        "homestead",
        "eip150",
        "eip155",
        "eip158",
        "byzantium",
        "constantinople",
        "petersburg",
        "istanbul",
        "berlin",
        "london",
      ].map((fork) => [`${fork}Block`, 0]),
    ),
    mergeNetsplitBlock: 1_735_371,
    terminalTotalDifficulty: 17_000_000_000_000_000,
    shanghaiTime: 1_677_557_088,
    cancunTime: 1_706_655_072,
    pragueTime: 1_741_159_776,
    osakaTime: 1_760_427_360,
    bpo1Time: 1_761_017_184,
    bpo2Time: 1_761_607_008,
    blobSchedule: {
      prague: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
      bpo2: { target: 14, max: 21, baseFeeUpdateFraction: 11_684_671 },
    },
  },
  alloc: {
    ...rich("0xD3C21BCECCEDA1000000", [
      "0xa2A6d93439144FFE4D27c9E088dCD8b783946263",
      "0xBc11295936Aa79d594139de1B2e12629414F3BDB",
      "0x7cF5b79bfe291A67AB02b393E456cCc4c266F753",
      "0xaaec86394441f915bce3e6ab399977e9906f3b69",
      "0xF47CaE1CF79ca6758Bfc787dbD21E6bdBe7112B8",
      "0xd7eDDB78ED295B3C9629240E8924fb8D8874ddD8",
      "0x8b7F0977Bb4f0fBE7076FA22bC24acA043583F5e",
      "0xe2e2659028143784d557bcec6ff3a0721048880a",
      "0xd9a5179f091d85051d3c982785efd1455cec8699",
      "0xbeef32ca5b9a198d27B4e02F4c70439fE60356Cf",
    ]),
    ...rich("0x84595161401484A000000", ["0x0000006916a87b82333f4245046623b23794c65c"]),
    ...rich("0x52B7D2DCC80CD2E4000000", [
      "0xb21c33de1fab3fa15499c62b59fe0cc3250020d1",
      "0x10F5d45854e038071485AC9e402308cF80D2d2fE",
      "0xd7d76c58b3a519e9fA6Cc4D22dC017259BC49F1E",
    ]),
    ...rich("0xDE0B6B3A7640000", ["0x799D329e5f583419167cD722962485926E338F4a"]),
  },
  coinbase: `0x${"0".repeat(40)}`,
  difficulty: "0x20000",
  extraData: `0x${Buffer.from("Sepolia, Athens, Attica, Greece!").toString("hex")}`,
  gasLimit: "0x1c9c380",
  nonce: "0x000000000000000",
  mixhash: ZERO,
  parentHash: ZERO,
  timestamp: "0x6159af19",
};
const SEPOLIA_HASH = "0x25a5cc106eea7138acab33231d7160d69cb777ee0c2c553fcddf5138993e6dd9";

test.each([
  ["go-ethereum's custom genesis", GETH_CUSTOM, "0x89c99d90b79719238d2645c7642f2c9295246e80775b38cfd162b696817fbd50"],
  ["Sepolia", SEPOLIA, SEPOLIA_HASH],
])("the hash of %s is the known one", async (_, json, hash) => {
  expect(await genesisBlockHash(parsed(json))).toBe(hash);
});

test.each(BUNDLES)("the hash of $name is the one that prysmctl put into its genesis.ssz", async (bundle) => {
  const files = filesOf(bundle);
  const state = STATES[bundle.profile.startsWith("electra") ? "electra" : "fulu"].read(
    files.get("genesis.ssz") ?? new Uint8Array(),
  );
  const hash = await genesisBlockHash(parsed(JSON.parse(textOf(files, "genesis.json"))));
  expect(hash).toBe(hex(state.eth1Data.blockHash));
  expect(hash).toBe(hex(state.latestExecutionPayloadHeader.blockHash));
});

describe("the hash of the block", () => {
  const hashWith = (change: object): Promise<string> => genesisBlockHash(parsed({ ...SEPOLIA, ...change }));

  test.each([
    ["a timestamp in decimal", { timestamp: String(0x6159af19) }],
    [
      "blob parameters of a fork that no library knows yet",
      { config: { ...SEPOLIA.config, bpo9Time: 1_900_000_000, blobSchedule: { bpo9: { max: 99 } } } },
    ],
    ["fields that are not read", { number: "0x0", gasUsed: "0x0", comment: "hello" }],
  ])("does not depend on %s", async (_, change) => {
    expect(await hashWith(change)).toBe(SEPOLIA_HASH);
  });

  test.each([
    ["a second", { timestamp: "0x6159af1a" }],
    ["the gas limit", { gasLimit: "0x1c9c381" }],
    ["the nonce", { nonce: "0x1" }],
    ["the extra data", { extraData: "0x" }],
    ["the mix hash", { mixhash: `0x${"1".repeat(64)}` }],
    ["an account more", { alloc: { ...SEPOLIA.alloc, [`0x${"7".repeat(40)}`]: { balance: "0x1" } } }],
    ["a fork that is not yet there at genesis", { config: { ...SEPOLIA.config, londonBlock: 1 } }],
  ])("changes with %s", async (_, change) => {
    expect(await hashWith(change)).not.toBe(SEPOLIA_HASH);
  });
});

test.each([
  ["without accounts", { alloc: undefined }],
  ["with an account without a balance", { alloc: { "0x01": {} } }],
  ["without a chain id", { config: {} }],
  ["with a chain id in words", { config: { chainId: "one" } }],
  ["with a timestamp in words", { timestamp: "tomorrow" }],
  ["with a negative timestamp", { timestamp: "-1" }],
  ["with a timestamp that is a number", { timestamp: 5 }],
  ["with a gas limit in decimal", { gasLimit: "30000000" }],
])("a genesis %s is none", (_, wrong) => {
  expect(executionGenesisSchema.safeParse(SEPOLIA).success).toBe(true);
  expect(executionGenesisSchema.safeParse({ ...SEPOLIA, ...wrong }).success).toBe(false);
});
