// The seven cross-checks: every bundle passes them, and each fails on what was tampered with, naming both values.

import { readBundle } from "../../../../chain/bundle/bundle";
import type { BundleFiles } from "../../../../chain/bundle/unpack";
import {
  assertVerified,
  CHECKS,
  type CheckName,
  type Expectation,
  type Verification,
  verifyBundle,
} from "../../../../chain/bundle/verify";
import { hex, STATES, unhex, validators } from "../../../support/beacon-state";
import { BUNDLES, changed, FULU_166, filesOf } from "../../../support/bundles";
import { both, json, line, replace, said, ssz, type Tamper } from "../../../support/tamper";

const FILES = filesOf(FULU_166);
const STATE = STATES.fulu.read(FILES.get("genesis.ssz") ?? new Uint8Array());
const HASH = hex(STATE.eth1Data.blockHash);
const ROOT = hex(STATE.genesisValidatorsRoot);
const START = Number(said(FILES, "config.yaml", "MIN_GENESIS_TIME"));
const DELAY = Number(said(FILES, "config.yaml", "GENESIS_DELAY"));
const PERIOD = Number(said(FILES, "retention.vars", "GENESIS_RESET_INTERVAL"));
const ID = 39_438_166;
const CONTRACT = "0x00000000219ab540356cBB839Cbe05303d7705Fa";

const BOGUS = `0x${"b0".repeat(32)}`;
const BYTES = unhex(BOGUS);
const NOBODY = `0x${"7".repeat(40)}`;

const verified = async (files: BundleFiles, iteration = 166, clock?: Expectation["clock"]): Promise<Verification> =>
  verifyBundle(await readBundle(files), { iteration, clock });

const failures = ({ comparisons }: Verification): object[] => comparisons.filter(({ agrees }) => !agrees);
const names = ({ comparisons }: Verification): string[] =>
  comparisons.filter(({ agrees }) => !agrees).map(({ what }) => what);

const credentials = (iteration: number): string => `0x01${iteration.toString(16).padStart(62, "0")}`;

/** Validator 0 says it is of iteration 167, and everything else in the bundle believes it. */
const mislabelled: Tamper = (files) => {
  const [first, ...others] = STATE.validators;
  if (!first) throw new Error("the bundle has validators");
  const all = [{ ...first, withdrawalCredentials: unhex(credentials(167)) }, ...others];
  const root = validators.hashTreeRoot(all);
  return both(
    ssz("validators", all),
    ssz("genesisValidatorsRoot", root),
    line("nodevars_env.txt", "GENESIS_VALROOT", hex(root)),
  )(files);
};

const at = (epoch: number): number =>
  START + DELAY + epoch * 32 * Number(said(FILES, "config.yaml", "SECONDS_PER_SLOT"));
const limits = (first: string | number, time: number): string => `${first} blobs at ${time}, 15 blobs at ${at(4096)}`;
const RIGHT = limits(12, at(2048));

/** Check, what is compared, how it was tampered with, found, expected. */
type Row = readonly [CheckName, string, Tamper, string | number, string | number];

const EXECUTION: readonly Row[] = [
  ["execution-genesis", "genesis.ssz eth1_data.block_hash", ssz("eth1Data/blockHash", BYTES), BOGUS, HASH],
  [
    "execution-genesis",
    "genesis.ssz payload header block_hash",
    ssz("latestExecutionPayloadHeader/blockHash", BYTES),
    BOGUS,
    HASH,
  ],
  [
    "execution-genesis",
    "nodevars_env.txt GENESIS_BLOCK",
    line("nodevars_env.txt", "GENESIS_BLOCK", BOGUS),
    BOGUS,
    HASH,
  ],
];

const VALIDATORS: readonly Row[] = [
  ["validators-root", "genesis.ssz genesis_validators_root", ssz("genesisValidatorsRoot", BYTES), BOGUS, ROOT],
  [
    "validators-root",
    "nodevars_env.txt GENESIS_VALROOT",
    line("nodevars_env.txt", "GENESIS_VALROOT", BOGUS),
    BOGUS,
    ROOT,
  ],
  [
    "iteration",
    "genesis.ssz validator 0 withdrawal address",
    mislabelled,
    `0x${credentials(167).slice(-40)}`,
    `0x${credentials(166).slice(-40)}`,
  ],
];

const clock = (what: string, tamper: Tamper, found: number, expected: number): Row => [
  "chain-id-and-clock",
  what,
  tamper,
  found,
  expected,
];
const CLOCK: readonly Row[] = [
  clock("genesis.json chainId", json("genesis.json", "config/chainId", ID + 1), ID + 1, ID),
  clock("config.yaml DEPOSIT_CHAIN_ID", line("config.yaml", "DEPOSIT_CHAIN_ID", 1), 1, ID),
  clock("config.yaml DEPOSIT_NETWORK_ID", line("config.yaml", "DEPOSIT_NETWORK_ID", 1), 1, ID),
  clock("retention.vars CHAIN_ID", line("retention.vars", "CHAIN_ID", ID - 1), ID - 1, ID),
  clock("retention.vars GENESIS_TIMESTAMP", line("retention.vars", "GENESIS_TIMESTAMP", START + 1), START + 1, START),
  clock("config.yaml MIN_GENESIS_TIME", line("config.yaml", "MIN_GENESIS_TIME", START - 1), START - 1, START),
  clock("genesis.ssz payload header timestamp", ssz("latestExecutionPayloadHeader/timestamp", 5), 5, START),
  clock("genesis.ssz genesis_time", line("config.yaml", "GENESIS_DELAY", 599), START + DELAY, START + 599),
  clock("config.yaml EPHEMERY_RESET_PERIOD", line("config.yaml", "EPHEMERY_RESET_PERIOD", 7), 7, PERIOD),
  clock("config.yaml EPHEMERY_RESET_PERIOD", line("retention.vars", "GENESIS_RESET_INTERVAL", 7), PERIOD, 7),
];

const fork = (name: string, tamper: Tamper, found: string, expected: string): Row => [
  "forks",
  `genesis.ssz fork version (${name} by config.yaml)`,
  tamper,
  found,
  expected,
];
const blobs = (tamper: Tamper, found: string, expected: string): Row => [
  "forks",
  "genesis.json bpo times and blobSchedule (config.yaml BLOB_SCHEDULE)",
  tamper,
  found,
  expected,
];
const PRAGUE = "genesis.json blobSchedule.prague.max";
const FORKS: readonly Row[] = [
  fork("fulu", ssz("fork/currentVersion", unhex("0x6000101b")), "0x6000101b", "0x7000101b"),
  fork("fulu", line("config.yaml", "FULU_FORK_VERSION", "0x90000069"), "0x7000101b", "0x90000069"),
  fork("electra", line("config.yaml", "FULU_FORK_EPOCH", 1), "0x7000101b", "0x6000101b"),
  blobs(line("config.yaml", "EPOCH", 2049), RIGHT, limits(12, at(2049))),
  blobs(line("config.yaml", "  MAX_BLOBS_PER_BLOCK", 11), RIGHT, limits(11, at(2048))),
  blobs(replace("config.yaml", /^BLOB_SCHEDULE:[\s\S]*/m, ""), RIGHT, "none"),
  blobs(json("genesis.json", "config/bpo1Time", START), limits(12, START), RIGHT),
  blobs(json("genesis.json", "config/blobSchedule/bpo1", undefined), limits("unknown", at(2048)), RIGHT),
  ["forks", PRAGUE, json("genesis.json", "config/blobSchedule/prague/max", 6), 6, 9],
  ["forks", PRAGUE, line("config.yaml", "MAX_BLOBS_PER_BLOCK_ELECTRA", 6), 9, 6],
];

const contract = (tamper: unknown, found: string): Row => [
  "deposit-contract",
  "genesis.json depositContractAddress",
  json("genesis.json", "config/depositContractAddress", tamper),
  found,
  CONTRACT.toLowerCase(),
];

/** The account that is tampered with; it has a balance of 1 and nothing else. */
const ONE = "0x0000000000000000000000000000000000000001";
const siblings = (file: string, chainId: Tamper, timestamp: string, accounts: string): readonly Row[] => {
  const account = (path: string, value: unknown, found: string, expected: string): Row => [
    "siblings",
    `${file} accounts (${path.split("/")[0]})`,
    json(file, `${accounts}/${path}`, value),
    found,
    expected,
  ];
  return [
    ["siblings", `${file} chain id`, chainId, 1, ID],
    ["siblings", `${file} timestamp`, json(file, timestamp, "0x5"), 5, START],
    account(`${ONE}/balance`, "0x2", "balance 2", "balance 1"),
    account(`${ONE}/nonce`, "1", "balance 1 nonce 1", "balance 1"),
    account(`${ONE}/code`, "0xFE", "balance 1 code 0xfe", "balance 1"),
    account(`${ONE}/storage`, { "0x0a": "0x0b" }, "balance 1 storage 10=11", "balance 1"),
    account(ONE, undefined, "absent", "balance 1"),
    account(NOBODY, { balance: "5" }, "balance 5", "absent"),
  ];
};

const ROWS: readonly Row[] = [
  ...EXECUTION,
  ...VALIDATORS,
  ...CLOCK,
  ...FORKS,
  contract(NOBODY, NOBODY),
  contract(undefined, "missing"),
  ...siblings("besu.json", json("besu.json", "config/chainId", 1), "timestamp", "alloc"),
  ...siblings("chainspec.json", json("chainspec.json", "params/chainID", "0x1"), "genesis/timestamp", "accounts"),
];

describe.each(BUNDLES)("$name", (bundle) => {
  test("passes every comparison of all seven checks", async () => {
    const verification = await verified(filesOf(bundle), bundle.iteration);
    expect(failures(verification)).toEqual([]);
    expect(new Set(verification.comparisons.map(({ check }) => check))).toEqual(new Set(Object.keys(CHECKS)));
    expect(() => assertVerified(verification, "it")).not.toThrow();
    expect(verification.notes).toEqual([]);
  });
});

test("there are seven checks, and each has bundles below that fail it", () => {
  expect(Object.keys(CHECKS)).toHaveLength(7);
  expect(new Set(ROWS.map(([check]) => check))).toEqual(new Set(Object.keys(CHECKS)));
});

const RELEASE = "ephemery-166 of https://source.example";

describe("a tampered bundle is refused, with the check and both values", () => {
  test.each(ROWS)("%s: %s", async (check, what, tamper, found, expected) => {
    const verification = await verified(tamper(FILES));
    const values = { found: String(found), expected: String(expected) };
    expect(failures(verification)).toEqual([{ check, what, ...values, agrees: false }]);
    expect(() => assertVerified(verification, RELEASE)).toThrow(
      expect.objectContaining({
        code: "bundle-refused",
        message: `Release ${RELEASE} does not agree with itself:\n  ${check}: ${what} is ${values.found}, not ${values.expected}`,
        remedy: expect.stringContaining("Nothing was changed."),
      }),
    );
  });

  const HASHES = [
    "genesis.ssz eth1_data.block_hash",
    "genesis.ssz payload header block_hash",
    "nodevars_env.txt GENESIS_BLOCK",
  ];
  const moved = "genesis.json depositContractAddress";
  const missing = "genesis.json code at that address";
  test.each([
    ["another execution genesis, wherever its hash stands", json("genesis.json", "gasLimit", "0x2255101"), HASHES],
    [
      "another validator, wherever their root stands",
      ssz("validators/7/pubkey", new Uint8Array(48)),
      ["genesis.ssz genesis_validators_root", "nodevars_env.txt GENESIS_VALROOT"],
    ],
    [
      "another genesis time in the state, and with it the times of more blobs",
      ssz("genesisTime", START),
      ["genesis.ssz genesis_time", "genesis.json bpo times and blobSchedule (config.yaml BLOB_SCHEDULE)"],
    ],
    [
      "a deposit contract elsewhere, where there is no code",
      line("config.yaml", "DEPOSIT_CONTRACT_ADDRESS", NOBODY),
      [moved, missing],
    ],
    [
      "a deposit contract without code",
      json("genesis.json", `alloc/${CONTRACT}/code`, undefined),
      [
        ...HASHES,
        missing,
        `besu.json accounts (${CONTRACT.toLowerCase()})`,
        `chainspec.json accounts (${CONTRACT.toLowerCase()})`,
      ],
    ],
  ])("%s", async (_, tamper, failing) => {
    expect(names(await verified(tamper(FILES)))).toEqual(failing);
  });

  test("under the tag of another iteration, by its address and each of its chain ids", async () => {
    expect(names(await verified(FILES, 167))).toEqual([
      "genesis.ssz validator 0 withdrawal address",
      "genesis.json chainId",
      "config.yaml DEPOSIT_CHAIN_ID",
      "config.yaml DEPOSIT_NETWORK_ID",
      "retention.vars CHAIN_ID",
      "besu.json chain id",
      "chainspec.json chain id",
    ]);
  });

  test("with every failure at once, and what is long cut short", async () => {
    const code = `0x${"fe".repeat(100)}`;
    const tamper = both(line("retention.vars", "CHAIN_ID", 2), json("besu.json", `alloc/${ONE}/code`, code));
    const verification = await verified(tamper(FILES));
    expect(() => assertVerified(verification, RELEASE)).toThrow(
      expect.objectContaining({
        message: [
          `Release ${RELEASE} does not agree with itself:`,
          "  chain-id-and-clock: retention.vars CHAIN_ID is 2, not 39438166",
          `  siblings: besu.json accounts (${ONE}) is ${`balance 1 code ${code}`.slice(0, 120)}…, not balance 1`,
        ].join("\n"),
      }),
    );
  });
});

describe("a file of another chain among the others is refused", () => {
  const FILE_NAMES = ["genesis.json", "genesis.ssz", "config.yaml", "retention.vars", "besu.json", "chainspec.json"];
  /** Of the same iteration, those two differ by the times of forks alone, which no check compares. */
  const alike = ["besu.json", "chainspec.json"];
  const swaps = BUNDLES.filter(({ name }) => name !== FULU_166.name).flatMap((other) =>
    [...FILE_NAMES, "nodevars_env.txt"]
      .filter((name) => other.iteration !== FULU_166.iteration || !alike.includes(name))
      .map((name) => ({ from: other.name, name, bytes: filesOf(other).get(name) ?? new Uint8Array() }))
      .filter(({ name, bytes }) => Buffer.compare(bytes, FILES.get(name) ?? new Uint8Array()) !== 0),
  );

  test.each(swaps)("$name of $from", async ({ name, bytes }) => {
    expect(failures(await verified(new Map([...FILES, [name, bytes]])))).not.toEqual([]);
  });
});

describe("what says the same in other words is accepted", () => {
  const capitals =
    (name: string): Tamper =>
    (files) =>
      changed(files, name, (text) =>
        text.replaceAll(/"0x([0-9a-fA-F]{40})"/g, (_, address: string) => `"0x${address.toUpperCase()}"`),
      );
  const hexadecimal = (_: string, balance: string, amount: string): string =>
    `${balance}"0x${BigInt(amount).toString(16).toUpperCase()}"`;

  test.each<[string, Tamper]>([
    ["addresses in capitals", both(capitals("besu.json"), capitals("chainspec.json"))],
    ["a hash in capitals", line("nodevars_env.txt", "GENESIS_BLOCK", `0x${HASH.slice(2).toUpperCase()}`)],
    [
      "balances in hexadecimal",
      (files) => changed(files, "besu.json", (text) => text.replaceAll(/("balance": *)"(\d+)"/g, hexadecimal)),
    ],
    ["a time in hexadecimal", json("besu.json", "timestamp", `0x${START.toString(16)}`)],
    ["a chain id in networkID alone", json("chainspec.json", "params/chainID", undefined)],
    ["no hash in nodevars", replace("nodevars_env.txt", /^GENESIS_BLOCK.*$/m, "")],
    ["no period in the config", replace("config.yaml", /^EPHEMERY_RESET_PERIOD.*$/m, "")],
    ["no limit of blobs, where it is the fork's own", replace("config.yaml", /^MAX_BLOBS_PER_BLOCK_ELECTRA.*$/m, "")],
  ])("%s", async (_, tamper) => {
    const files = tamper(FILES);
    expect([...files].some(([name, bytes]) => Buffer.compare(bytes, FILES.get(name) ?? new Uint8Array()) !== 0)).toBe(
      true,
    );
    expect(failures(await verified(files))).toEqual([]);
  });
});

describe("with a clock that is known beforehand", () => {
  const genesis0 = START - 166 * PERIOD;

  test("the genesis time follows from the iteration", async () => {
    expect(failures(await verified(FILES, 166, { genesis0, period: PERIOD }))).toEqual([]);
  });

  test("another genesis time is refused, with both", async () => {
    expect(failures(await verified(FILES, 166, { genesis0: genesis0 + 60, period: PERIOD }))).toEqual([
      {
        check: "chain-id-and-clock",
        what: "genesis.json timestamp of iteration 166",
        expected: String(START + 60),
        found: String(START),
        agrees: false,
      },
    ]);
  });

  test("the release's period wins where it is another, and that is told", async () => {
    const verification = await verified(FILES, 166, { genesis0: 1, period: 2_419_200 });
    expect(failures(verification)).toEqual([]);
    expect(verification.notes).toEqual([expect.stringContaining(`lasts ${PERIOD} s, not 2419200 s`)]);
  });
});
