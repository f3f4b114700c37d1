// What identifies a chain, the facts of a bundle, and time on a chain with any slots and epochs.

import fc from "fast-check";
import { readBundle } from "../../../chain/bundle/bundle";
import { unpack } from "../../../chain/bundle/unpack";
import {
  type ChainFacts,
  chainFactsSchema,
  epochAt,
  factsOf,
  generationOf,
  identityOf,
  nextResetTime,
  slotAt,
} from "../../../chain/facts";
import { BUNDLES, changed, FULU_166, filesOf, repacked, type TestBundle, textOf } from "../../support/bundles";
import { CHAIN } from "../../support/node";

const release = (sha256: string): ChainFacts["release"] => ({
  tag: "ephemery-166",
  source: "https://source.example/genesis",
  sha256: sha256.repeat(64),
});

const factsFrom = async (tarball: Uint8Array, iteration: number, sha256 = "a"): Promise<ChainFacts> =>
  factsOf(await readBundle(await unpack(tarball)), iteration, release(sha256));

describe("the identity of a chain", () => {
  const root = fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);
  const inputs = fc.record({ genesisBlockHash: root, genesisValidatorsRoot: root, genesisTime: fc.nat(2 ** 40) });

  test("is a sha256 that coreutils computes as well", () => {
    // printf '0xaa…\n0xbb…\n1795115400\n' | sha256sum
    expect(
      identityOf({
        genesisBlockHash: `0x${"aa".repeat(32)}`,
        genesisValidatorsRoot: `0x${"bb".repeat(32)}`,
        genesisTime: 1_795_115_400,
      }),
    ).toBe("2f981a1faf5fc16c53e569d2c1c9a56b17ecad5e2e015acf799ad688d4ee75bf");
  });

  test("changes with any change of the execution genesis hash, the validators root or the genesis time", () => {
    fc.assert(
      fc.property(
        inputs,
        inputs,
        fc.subarray(["genesisBlockHash", "genesisValidatorsRoot", "genesisTime"] as const),
        (one, other, mixed) => {
          const chain = { ...one, ...Object.fromEntries(mixed.map((name) => [name, other[name]])) };
          const same = mixed.every((name) => one[name] === other[name]);
          expect(identityOf(chain) === identityOf(one)).toBe(same);
        },
      ),
    );
  });

  test("does not depend on anything else", () => {
    const elsewhere = { ...CHAIN, iteration: 7, period: 7, bootnodes: { execution: [], beacon: [] } };
    expect(identityOf(elsewhere)).toBe(CHAIN.identity);
  });

  test("gives the generation its last part", () => {
    fc.assert(
      fc.property(fc.nat(), inputs, (iteration, chain) => {
        const identity = identityOf(chain);
        expect(generationOf(iteration, identity)).toBe(`${iteration}-${identity.slice(0, 8)}`);
        expect(identity).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
  });
});

describe.each(BUNDLES)("the facts of $name", (bundle: TestBundle) => {
  test("are those that its files say", async () => {
    const files = filesOf(bundle);
    const number = (name: string, key: string): number =>
      Number(new RegExp(`^(?:export )?${key}(?:: |=")(\\d+)"?$`, "m").exec(textOf(files, name))?.[1]);
    const lines = (name: string): string[] => textOf(files, name).trim().split("\n");
    const facts = await factsFrom(bundle.standard, bundle.iteration);
    expect(facts).toEqual({
      iteration: bundle.iteration,
      chainId: 39_438_000 + bundle.iteration,
      generation: expect.stringMatching(`^${bundle.iteration}-${facts.identity.slice(0, 8)}$`),
      identity: identityOf(facts),
      genesisBlockHash: lines("deposit_contract_block_hash.txt")[0],
      genesisValidatorsRoot: lines("genesis_validators_root.txt")[0],
      executionGenesisTime: number("config.yaml", "MIN_GENESIS_TIME"),
      genesisTime: number("config.yaml", "MIN_GENESIS_TIME") + number("config.yaml", "GENESIS_DELAY"),
      period: number("retention.vars", "GENESIS_RESET_INTERVAL"),
      secondsPerSlot: number("config.yaml", "SECONDS_PER_SLOT"),
      slotsPerEpoch: number("config.yaml", "SLOTS_PER_EPOCH") || 32,
      depositContract: "0x00000000219ab540356cBB839Cbe05303d7705Fa",
      bootnodes: { execution: lines("enodes.txt"), beacon: lines("bootstrap_nodes.txt") },
      forks: [
        ...["phase0", "altair", "bellatrix", "capella", "deneb", "electra"].map((name) => ({ name, epoch: 0 })),
        ...(textOf(files, "config.yaml").includes("\nFULU_FORK_EPOCH: 0\n") ? [{ name: "fulu", epoch: 0 }] : []),
        ...[...textOf(files, "config.yaml").matchAll(/- EPOCH: (\d+)/g)].map(([, epoch], index) => ({
          name: `bpo${index + 1}`,
          epoch: Number(epoch),
        })),
      ],
      release: release("a"),
    });
    expect(nextResetTime(facts)).toBe(facts.executionGenesisTime + facts.period);
  });

  test("survive the stack's state", async () => {
    const facts = await factsFrom(bundle.standard, bundle.iteration);
    expect(chainFactsSchema.parse(JSON.parse(JSON.stringify(facts)))).toEqual(facts);
  });

  test("are the same from either tarball, and from one packed anew: bytes are provenance, never identity", async () => {
    const facts = await factsFrom(bundle.standard, bundle.iteration);
    const rebuilt = changed(filesOf(bundle), "bootstrap_nodes.txt", () => "enr:-other\n");
    const again = await factsFrom(repacked(rebuilt), bundle.iteration, "b");
    expect(await factsFrom(bundle.legacy, bundle.iteration)).toEqual(facts);
    expect(again).toEqual({
      ...facts,
      bootnodes: { ...facts.bootnodes, beacon: ["enr:-other"] },
      release: release("b"),
    });
  });
});

test("two bundles never share an identity", async () => {
  const all = await Promise.all(BUNDLES.map(({ standard, iteration }) => factsFrom(standard, iteration)));
  expect(new Set(all.map(({ identity }) => identity)).size).toBe(BUNDLES.length);
  expect(BUNDLES.map(({ name }) => name)).toContain(FULU_166.name);
});

test.each([
  ["a negative iteration", { iteration: -1 }],
  ["a generation without its identity", { generation: "166" }],
  ["a short identity", { identity: "ab" }],
  ["a hash in capitals", { genesisBlockHash: CHAIN.genesisBlockHash.toUpperCase() }],
  ["a root without 0x", { genesisValidatorsRoot: CHAIN.genesisValidatorsRoot.slice(2) }],
  ["a time with a fraction", { genesisTime: 1.5 }],
  ["slots of no time", { secondsPerSlot: 0 }],
  ["epochs of no slots", { slotsPerEpoch: 0 }],
  ["no period", { period: undefined }],
  ["no release", { release: undefined }],
])("a record with %s is no record", (_, wrong) => {
  expect(chainFactsSchema.safeParse(CHAIN).success).toBe(true);
  expect(chainFactsSchema.safeParse({ ...CHAIN, ...wrong }).success).toBe(false);
});

describe("time on a chain", () => {
  /** Whole slots of any length in milliseconds, as SLOT_DURATION_MS gives it. */
  const chains = fc.record({
    milliseconds: fc.integer({ min: 100, max: 60_000 }),
    slotsPerEpoch: fc.integer({ min: 1, max: 64 }),
    genesisTime: fc.nat(2_000_000_000),
  });
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  const floored = (a: bigint, b: bigint): number => Number((a - (((a % b) + b) % b)) / b);

  test("is slots and epochs since slot 0, for any slot time and any slots per epoch", () => {
    fc.assert(
      fc.property(chains, fc.integer({ min: -100_000, max: 100_000 }), fc.nat(2), (values, steps, off) => {
        const { milliseconds, slotsPerEpoch, genesisTime } = values;
        const chain = { ...CHAIN, genesisTime, slotsPerEpoch, secondsPerSlot: milliseconds / 1000 };
        // Around the whole seconds at which a slot begins: there a slot more or less shows.
        const seconds = (steps * milliseconds) / gcd(milliseconds, 1000) + off - 1;
        const since = BigInt(seconds) * 1000n;
        expect(slotAt(chain, genesisTime + seconds)).toBe(floored(since, BigInt(milliseconds)));
        expect(epochAt(chain, genesisTime + seconds)).toBe(floored(since, BigInt(milliseconds * slotsPerEpoch)));
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    [12, 32, -1, -1, -1],
    [12, 32, 0, 0, 0],
    [12, 32, 11, 0, 0],
    [12, 32, 12, 1, 0],
    [12, 32, 383, 31, 0],
    [12, 32, 384, 32, 1],
    [3, 32, 96, 32, 1],
    [2, 8, 15, 7, 0],
    [2, 8, 16, 8, 1],
  ])(
    "with slots of %i s, %i to an epoch, %i s after genesis it is slot %i of epoch %i",
    (secondsPerSlot, slotsPerEpoch, seconds, slot, epoch) => {
      const chain = { ...CHAIN, secondsPerSlot, slotsPerEpoch };
      expect(slotAt(chain, chain.genesisTime + seconds)).toBe(slot);
      expect(epochAt(chain, chain.genesisTime + seconds)).toBe(epoch);
    },
  );
});
