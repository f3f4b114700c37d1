// A release as it is made, from recorded work of prysmctl to the files that hang on its page.

import { join } from "node:path";
import { HostChannel } from "../../../operations/host/channel";
import { enodeOf, enrOf } from "../../../rehearsal/bootnodes";
import { genesisState } from "../../../rehearsal/genesis/state";
import { PRYSMCTL_IMAGES } from "../../../rehearsal/iterations";
import { PROFILES, type Profile } from "../../../rehearsal/profile";
import { makeRelease, type ReleaseAssets, type ReleaseInput } from "../../../rehearsal/release";
import { TEST_MNEMONIC } from "../../../rehearsal/store";
import { BUNDLE_VALIDATORS, BUNDLES, entriesOf, FULU_166, type TestBundle, textOf } from "../../support/bundles";
import { DockerHere } from "../../support/docker-here";
import { ownFolder } from "../../support/folder";
import { recordedPrysmctl } from "../../support/prysmctl";

jest.setTimeout(120_000);

const folder = ownFolder("release");
const docker = new DockerHere(join(folder, "docker"));
const host = new HostChannel("unix:///elsewhere.sock");

const profileOf = ({ profile }: TestBundle): Profile => {
  const [found] = Object.entries(PROFILES).flatMap(([name, each]) => (name === profile ? [each] : []));
  if (!found) throw new Error(`no profile ${profile}`);
  return { ...found, validators: BUNDLE_VALIDATORS };
};

/** What test/testdata/make.ts was told. */
async function inputOf(bundle: TestBundle): Promise<ReleaseInput> {
  const seed = {
    executionKey: "11".repeat(32),
    beaconKey: "22".repeat(32),
    executionAddress: "192.0.2.11",
    beaconAddress: "192.0.2.12",
    ports: { execution: 30303, beacon: 9000, quic: 9001 },
  };
  return {
    iteration: bundle.iteration,
    profile: profileOf(bundle),
    executionGenesisTime: 1_795_114_800,
    mnemonic: TEST_MNEMONIC,
    enodes: [enodeOf(seed)],
    enrs: [await enrOf(seed)],
    host,
    image: PRYSMCTL_IMAGES.local,
  };
}

/** Each is made once: to derive and to sign for 65 validators takes seconds. */
const releases = new Map<string, ReleaseAssets>();
async function made(bundle: TestBundle): Promise<ReleaseAssets> {
  const known = releases.get(bundle.name);
  if (known) return known;
  recordedPrysmctl(docker, folder, bundle);
  const assets = await makeRelease(await inputOf(bundle));
  releases.set(bundle.name, assets);
  return assets;
}

/** The layout of the public network's releases (ephemery-genesis, scheduled-release.yml). */
const METADATA = [
  "besu.json",
  "bootstrap_nodes.txt",
  "bootstrap_nodes.yaml",
  "chainspec.json",
  "config.yaml",
  "deposit_contract.txt",
  "deposit_contract_block.txt",
  "deposit_contract_block_hash.txt",
  "enodes.txt",
  "genesis.json",
  "genesis.ssz",
  "genesis_validators_root.txt",
  "nodevars_env.txt",
];
const STANDARD = [...METADATA.map((name) => `metadata/${name}`), "parsed/validator-names.yaml", "retention.vars"];
const FLAT = [
  ...METADATA,
  "retention.vars",
  "validator-names.yaml",
  // Names from before the files were moved.
  "boot_enode.txt",
  "boot_enr.txt",
  "boot_enr.yaml",
  "bootnode.txt",
  "deploy_block.txt",
];

test("its assets have the names, the layout and the order of a real release", async () => {
  const assets = await made(FULU_166);
  expect([...assets.keys()]).toEqual([
    "network-config.tar.gz",
    "testnet-all.tar.gz",
    "genesis.json",
    "config.yaml",
    "genesis.ssz",
  ]);
  const standard = entriesOf(assets.get("network-config.tar.gz") ?? new Uint8Array());
  const flat = entriesOf(assets.get("testnet-all.tar.gz") ?? new Uint8Array());
  expect([...standard.keys()].sort()).toEqual([...STANDARD].sort());
  expect([...flat.keys()].sort()).toEqual([...FLAT].sort());
  for (const name of ["genesis.json", "config.yaml", "genesis.ssz"]) {
    expect(Buffer.from(assets.get(name) ?? []).equals(standard.get(`metadata/${name}`) ?? new Uint8Array())).toBe(true);
    expect(Buffer.from(assets.get(name) ?? []).equals(flat.get(name) ?? new Uint8Array())).toBe(true);
  }
});

// The recorded bundles came from the real prysmctl; what the project makes of its work has to be the same to the byte:
// the time of slot 0, and on Fulu the proposers of the first epochs.
const ONE_OF_EACH = Object.keys(PROFILES).flatMap((profile) =>
  BUNDLES.filter((each) => each.profile === profile).slice(0, 1),
);
test.each(ONE_OF_EACH.map((bundle) => [bundle.name, bundle] as const))(
  "%s is made again as it was recorded",
  async (_, bundle) => {
    const assets = await made(bundle);
    for (const [asset, recorded] of [
      ["network-config.tar.gz", bundle.standard],
      ["testnet-all.tar.gz", bundle.legacy],
    ] as const) {
      const now = entriesOf(assets.get(asset) ?? new Uint8Array());
      const then = entriesOf(recorded);
      expect([...now.keys()]).toEqual([...then.keys()]);
      const differing = [...then].filter(
        ([name, bytes]) => !Buffer.from(bytes).equals(now.get(name) ?? new Uint8Array()),
      );
      expect(differing.map(([name]) => name)).toEqual([]);
    }
  },
);

test("slot 0 comes the profile's delay after the execution genesis", async () => {
  const ssz = Buffer.from((await made(FULU_166)).get("genesis.ssz") ?? []);
  expect(Number(ssz.readBigUInt64LE(0))).toBe(1_795_114_800 + PROFILES.fulu.delay);
  expect(PROFILES.fulu.delay).toBeGreaterThan(0);
});

test("the dummy validator, which every iteration's root differs by, carries the iteration and never proposes", async () => {
  const ssz = Buffer.from((await made(FULU_166)).get("genesis.ssz") ?? []);
  const end = ssz.readUInt32LE(524_464);
  const proposers = Array.from({ length: 64 }, (_, slot) => Number(ssz.readBigUInt64LE(end - (64 - slot) * 8)));
  expect(proposers).not.toContain(0);
  expect(new Set(proposers).size).toBeGreaterThan(20);
  expect(Math.max(...proposers)).toBeLessThanOrEqual(BUNDLE_VALIDATORS);
  const validators = ssz.readUInt32LE(524_552);
  // Withdrawal credentials after the public key: 0x01, and the iteration as an address.
  expect(ssz.subarray(validators + 48, validators + 80).toString("hex")).toBe(`01${"a6".padStart(62, "0")}`);
});

test("retention.vars can be read by a shell, as the public network's is", async () => {
  const standard = entriesOf((await made(FULU_166)).get("network-config.tar.gz") ?? new Uint8Array());
  expect(textOf(standard, "retention.vars").split("\n")).toEqual([
    'export ITERATION_NUMBER="166"',
    'export ITERATION_RELEASE="ephemery-166"',
    'export GENESIS_TIMESTAMP="1795114800"',
    'export GENESIS_RESET_INTERVAL="14400"',
    'export CHAIN_ID="39438166"',
    "",
  ]);
});

test("promise 9: when prysmctl fails, its last words are told", async () => {
  docker.program("testnet", "#!/bin/sh\necho 'level=fatal msg=\"deposit signature is invalid\"'; exit 1\n");
  const input = {
    profile: PROFILES.fulu,
    executionGenesisTime: 1,
    genesisJson: "{}",
    configYaml: "",
    deposits: [],
    host,
    image: "prysmctl",
  };
  await expect(genesisState(input)).rejects.toMatchObject({
    code: "rehearsal",
    message: expect.stringContaining("deposit signature is invalid"),
    remedy: expect.stringContaining("bin/ephemery setup"),
  });
});

test("prysmctl runs on the engine of the rehearsal, whichever the environment names", async () => {
  docker.calls();
  releases.clear();
  await made(FULU_166);
  expect(docker.calls().map(({ args, env }) => [args[0], env.DOCKER_HOST])).toEqual([["run", host.uri]]);
});
