// Which clients know which forks, and what a person is told of those that don't.

import type { ChainFacts } from "../../../chain/facts";
import { adviceOn, assertFollows } from "../../../clients/advice";
import { forkReadiness, type Running } from "../../../clients/forks";
import { supported } from "../../../clients/support";
import { CHAIN, chainOf, settingsOf, VALIDATORS } from "../../support/node";

/** As Ephemery schedules them: all but the limits of blobs at genesis. */
const FORKS = [
  ...["phase0", "altair", "bellatrix", "capella", "deneb", "electra", "fulu"].map((name) => ({ name, epoch: 0 })),
  { name: "bpo1", epoch: 2048 },
  { name: "bpo2", epoch: 4096 },
];
const FULU: ChainFacts = { ...CHAIN, forks: FORKS };
const GLOAS: ChainFacts = { ...CHAIN, forks: [...FORKS, { name: "gloas", epoch: 5000 }] };
const NOW = CHAIN.genesisTime;

const short = (running: Running, chain: ChainFacts = FULU, now = NOW): readonly string[] =>
  forkReadiness([running], chain, now).map(
    ({ fork, epoch, needed }) => `${fork} at ${epoch}: ${needed ?? "not known"}`,
  );

test.each<[string, Running, readonly string[]]>([
  ["new enough", { layer: "beacon", client: "lighthouse", version: "8.0.0" }, []],
  ["too old for the genesis", { layer: "beacon", client: "lighthouse", version: "7.1.0" }, ["fulu at 0: 8.0.0"]],
  ["too old for both forks at genesis", { layer: "beacon", client: "prysm", version: "5.0.3" }, ["fulu at 0: 6.1.0"]],
  [
    "too old for BPO forks alone, as Reth 1.6 and 1.8 were on Ephemery",
    { layer: "execution", client: "reth", version: "1.8.0" },
    ["bpo1 at 2048: 1.10.0", "bpo2 at 4096: 1.10.0"],
  ],
  [
    "a release candidate of it",
    { layer: "validator", client: "lighthouse", version: "8.0.0-rc.0" },
    ["fulu at 0: 8.0.0"],
  ],
  ["of a version nobody knows", { layer: "execution", client: "geth", version: undefined }, []],
])("a client %s", (_, running, found) => {
  expect(short(running).filter((each) => running.client === "reth" || !each.startsWith("bpo"))).toEqual(found);
});

test("a client that is too old for Fulu is too old for the BPO forks after it", () => {
  expect(short({ layer: "execution", client: "besu", version: "24.1.0" })).toEqual([
    "fulu at 0: 25.7.0",
    "bpo1 at 2048: 25.7.0",
    "bpo2 at 4096: 25.7.0",
  ]);
});

test("a fork whose versions are not known here is told as that, one nobody has heard of as well", () => {
  expect(short({ layer: "beacon", client: "prysm", version: "7.1.2" }, GLOAS)).toEqual(["gloas at 5000: 7.2.0"]);
  expect(short({ layer: "beacon", client: "teku", version: "26.10.2" }, GLOAS)).toEqual(["gloas at 5000: not known"]);
  const heze = { ...CHAIN, forks: [{ name: "heze", epoch: 1 }] };
  expect(short({ layer: "beacon", client: "prysm", version: "7.3.0" }, heze)).toEqual(["heze at 1: not known"]);
});

test("a fork after the chain's end never comes, and one that is scheduled for never is none", () => {
  const late = { ...CHAIN, forks: [...FORKS, { name: "gloas", epoch: 6300 }] };
  expect(short({ layer: "beacon", client: "prysm", version: "7.1.2" }, late)).toEqual([]);
});

test("the next fork comes first, and those that have begun before it", () => {
  const after = CHAIN.genesisTime + 4096 * 384 + 1;
  expect(short({ layer: "execution", client: "reth", version: "1.6.0" }, FULU, after)).toEqual([
    "fulu at 0: 1.7.0",
    "bpo1 at 2048: 1.10.0",
    "bpo2 at 4096: 1.10.0",
  ]);
});

test("a chain whose forks were not recorded tells nothing", () => {
  expect(forkReadiness([{ layer: "beacon", client: "prysm", version: "5.0.3" }], CHAIN, NOW)).toEqual([]);
});

test("every pinned client follows a chain as Ephemery has it today", () => {
  expect(forkReadiness(supported(), FULU, NOW)).toEqual([]);
});

describe("a person is told", () => {
  const advice = (config: Readonly<Record<string, string>>, active = FULU, next?: ChainFacts) =>
    adviceOn(settingsOf(config), "official", next ? { active, next } : { active }, NOW);

  test("nothing of a node of pinned clients", () => {
    expect(advice(VALIDATORS)).toEqual({ warnings: [], notes: [] });
  });

  test("of a client that is too old, with fork, epoch, day and the version that is needed", () => {
    expect(advice({ executionClient: "reth", executionImage: "ghcr.io/paradigmxyz/reth:v1.8.0" }).warnings).toEqual([
      "The execution client reth 1.8.0 does not know the fork bpo1, which iteration 166 has from epoch 2048 on (2026-11-28): that needs 1.10.0 or newer.",
      "The execution client reth 1.8.0 does not know the fork bpo2, which iteration 166 has from epoch 4096 on (2026-12-08): that needs 1.10.0 or newer.",
    ]);
  });

  test("of the chain that is staged as well", () => {
    const config = { beaconImage: "sigp/lighthouse:v7.1.0" };
    const [warning, ...others] = advice(config, CHAIN, { ...chainOf(167), forks: FORKS.slice(0, 7) }).warnings;
    expect(warning).toBe(
      "The beacon node lighthouse 7.1.0 does not know the fork fulu, which iteration 167 has from its genesis on: that needs 8.0.0 or newer.",
    );
    expect(others).toEqual([]);
  });

  test("that nobody looks, where an image tells no version", () => {
    const image = `sigp/lighthouse@sha256:${"a".repeat(64)}`;
    expect(advice({ beaconImage: image })).toEqual({
      warnings: [],
      notes: [
        `ephemery:beaconImage is ${image}, which tells no version: nobody looks whether it knows the chain's forks.`,
      ],
    });
  });

  test("that it is not known which version a fork needs", () => {
    expect(advice({ beaconClient: "teku" }, GLOAS).notes).toEqual(
      [
        expect.stringMatching(/^It is not known here which version of teku the fork gloas needs.*epoch 5000/),
        expect.stringContaining("geth"),
      ].reverse(),
    );
  });

  test("of an image that resets itself", () => {
    const { warnings, notes } = advice({ executionImage: "pk910/ephemery-geth:latest" });
    expect(warnings).toEqual([
      expect.stringMatching(/ephemery:executionImage is pk910\/ephemery-geth:latest, which resets itself/),
    ]);
    expect(notes).toEqual([]);
  });

  test("nothing of a chain that has ended", () => {
    const ended = { ...chainOf(160), forks: FORKS };
    expect(advice({ beaconImage: "sigp/lighthouse:v7.1.0" }, ended).warnings).toEqual([]);
  });
});

describe("before a node moves by itself", () => {
  const follow =
    (config: Readonly<Record<string, string>>, chain = FULU) =>
    () =>
      assertFollows(settingsOf({ ...VALIDATORS, ...config }), "official", chain, NOW);

  test("a client that does not know the genesis' fork is refused, with the version that is needed", () => {
    const images = { beaconImage: "sigp/lighthouse:v7.1.0", validatorImage: "sigp/lighthouse:v7.0.1" };
    expect(follow(images)).toThrow(
      expect.objectContaining({
        code: "client-too-old",
        message: [
          "The node can't follow iteration 166:",
          "  The beacon node lighthouse 7.1.0 does not know the fork fulu, which iteration 166 has from its genesis on: that needs 8.0.0 or newer.",
          "  The validator client lighthouse 7.0.1 does not know the fork fulu, which iteration 166 has from its genesis on: that needs 8.0.0 or newer.",
        ].join("\n"),
        remedy: expect.stringMatching(/ephemery:beaconImage, ephemery:validatorImage.*bin\/ephemery up --stack test/),
      }),
    );
  });

  test.each([
    ["the pinned ones", {}, FULU],
    ["one that is too old for a later fork alone", { executionClient: "reth", executionImage: "reth:v1.8.0" }, FULU],
    ["one that tells no version", { beaconImage: "sigp/lighthouse:latest" }, FULU],
    ["one of which it is not known", { beaconClient: "teku" }, { ...CHAIN, forks: [{ name: "gloas", epoch: 0 }] }],
    ["any, where the forks were not recorded", { beaconImage: "sigp/lighthouse:v5.0.0" }, CHAIN],
  ])("clients are let through: %s", (_, config, chain) => {
    expect(follow(config, chain)).not.toThrow();
  });
});
