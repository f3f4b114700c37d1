// A byte turned into another, anywhere in what a chain is known by: the bundle is refused, or says the same.

import fc from "fast-check";
import { readBundle } from "../../../../chain/bundle/bundle";
import type { BundleFiles } from "../../../../chain/bundle/unpack";
import { assertVerified, verifyBundle } from "../../../../chain/bundle/verify";
import { type ChainFacts, factsOf } from "../../../../chain/facts";
import { Problem } from "../../../../config/problem";
import { STATES } from "../../../support/beacon-state";
import { FULU_166, filesOf } from "../../../support/bundles";
import { ssz } from "../../../support/tamper";

const FILES = filesOf(FULU_166);
const bytesOf = (name: string): Uint8Array => FILES.get(name) ?? new Uint8Array();

/** Facts of a bundle that is accepted; what else can come of it is a Problem. */
async function accepted(files: BundleFiles): Promise<ChainFacts | Problem> {
  try {
    const bundle = await readBundle(files);
    assertVerified(verifyBundle(bundle, { iteration: 166, clock: undefined }), "it");
    const facts = factsOf(bundle, 166, {
      tag: "ephemery-166",
      source: "https://source.example",
      sha256: "a".repeat(64),
    });
    // An address is the same in capitals.
    return { ...facts, depositContract: facts.depositContract.toLowerCase() };
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown;
    throw thrown;
  }
}

function turnedBytes(bytes: Uint8Array, at: number, change: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[at] = (copy[at] ?? 0) ^ change;
  return copy;
}

const turned = (name: string, at: number, change: number): BundleFiles =>
  new Map([...FILES, [name, turnedBytes(bytesOf(name), at, change)]]);

async function refusedOrTheSame(files: BundleFiles): Promise<void> {
  const outcome = await accepted(files);
  if (outcome instanceof Problem) expect(outcome.code).toBe("bundle-refused");
  else expect(outcome).toEqual(await FACTS);
}

const FACTS = accepted(FILES);
const by = fc.integer({ min: 1, max: 255 });

test.each([
  ["genesis.json", 25],
  ["config.yaml", 30],
  ["retention.vars", 30],
  ["nodevars_env.txt", 10],
  ["besu.json", 10],
  ["chainspec.json", 10],
  ["genesis.ssz", 8],
])("in %s", async (name, numRuns) => {
  await fc.assert(
    fc.asyncProperty(fc.nat(bytesOf(name).length - 1), by, async (at, change) => {
      await refusedOrTheSame(turned(name, at, change));
    }),
    { numRuns },
  );
});

test("in the name of a fork's epoch, it is refused: clients would take another network's", async () => {
  const at = new TextDecoder().decode(bytesOf("config.yaml")).indexOf("ALTAIR_FORK_EPOCH") + "ALTAIR_FORK_EPO".length;
  expect(await accepted(turned("config.yaml", at, 29))).toMatchObject({ code: "bundle-refused" });
});

test.each(["ALTAIR", "BELLATRIX", "CAPELLA", "DENEB", "ELECTRA", "FULU"])(
  "in the epoch of %s, it is refused: the chain begins with that fork",
  async (fork) => {
    const key = `${fork}_FORK_EPOCH: `;
    const at = new TextDecoder().decode(bytesOf("config.yaml")).indexOf(key) + key.length;
    for (const change of [1, 2, 9])
      expect(await accepted(turned("config.yaml", at, change))).toMatchObject({ code: "bundle-refused" });
  },
);

test.each(["GENESIS", "ALTAIR", "BELLATRIX", "CAPELLA", "DENEB", "ELECTRA", "FULU"])(
  "in the version of %s, it is refused: the versions of forks rise",
  async (fork) => {
    const key = `${fork}_FORK_VERSION: 0x`;
    const at = new TextDecoder().decode(bytesOf("config.yaml")).indexOf(key) + key.length;
    // 0x0000101b would do as the first one: it is below all others, and no other file has it.
    for (const change of fork === "GENESIS" ? [2, 3, 4, 5, 6, 7, 8] : [1, 2, 3, 4, 5, 6, 7, 8])
      expect(await accepted(turned("config.yaml", at, change))).toMatchObject({ code: "bundle-refused" });
  },
);

describe("in what genesis.ssz is known by, it is refused every time", () => {
  const state = STATES.fulu.read(bytesOf("genesis.ssz"));
  const header = state.latestExecutionPayloadHeader;
  const [first, last] = [state.validators[0], state.validators[state.validators.length - 1]];

  test.each([
    ["genesisValidatorsRoot", state.genesisValidatorsRoot],
    ["fork/currentVersion", state.fork.currentVersion],
    ["eth1Data/blockHash", state.eth1Data.blockHash],
    ["latestExecutionPayloadHeader/blockHash", header.blockHash],
    ["validators/0/withdrawalCredentials", first?.withdrawalCredentials],
    ["validators/0/pubkey", first?.pubkey],
    [`validators/${state.validators.length - 1}/pubkey`, last?.pubkey],
  ])("%s", async (path, bytes = new Uint8Array()) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), by, async (at, change) => {
        const tampered = ssz(path, turnedBytes(bytes, at, change))(FILES);
        expect(await accepted(tampered)).toBeInstanceOf(Problem);
      }),
      { numRuns: 3 },
    );
  });

  test.each([
    ["genesisTime", state.genesisTime],
    ["latestExecutionPayloadHeader/timestamp", header.timestamp],
  ])("%s", async (path, time) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2 ** 40), async (other) => {
        fc.pre(other !== time);
        expect(await accepted(ssz(path, other)(FILES))).toBeInstanceOf(Problem);
      }),
      { numRuns: 3 },
    );
  });
});
