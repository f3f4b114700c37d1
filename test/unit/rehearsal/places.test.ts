// Where everything of a rehearsal is: what several files say of it has to agree.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { DEFAULT_REHEARSAL } from "../../../cli/rehearse";
import { beaconApiOf } from "../../../clients/node";
import { loadStackFile } from "../../../operations/stack-file";
import { rehearsalOf } from "../../../rehearsal/of-stack";
import { PROFILES, profileSchema } from "../../../rehearsal/profile";
import { seedConfig } from "../../../rehearsal/seed";
import { REPOSITORY } from "../../../rehearsal/server";
import type { Rehearsal } from "../../../rehearsal/store";
import {
  nodeAddresses,
  nodeValidators,
  PORTS,
  seedAddresses,
  seedValidators,
  sourceUrl,
} from "../../../rehearsal/topology";
import { ROOT } from "../../../toolchain/paths";
import { REHEARSAL, settingsOf } from "../../support/node";

const rehearsal: Rehearsal = {
  name: "dev",
  profile: PROFILES.fulu,
  dockerHost: DEFAULT_REHEARSAL.dockerHost,
  subnet: DEFAULT_REHEARSAL.subnet,
  port: DEFAULT_REHEARSAL.port,
  mnemonic: "words",
  seed: { executionKey: "1".repeat(64), beaconKey: "2".repeat(64) },
  iterations: [],
};

/** A seed's configuration as its file gives it to the program. */
const raw = (config: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  );

describe("promise 4: every validator of a rehearsal is the seed's or the node's, never both's", () => {
  test("for any number of them", () => {
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 4096 }), (validators) => {
        const profile = { ...PROFILES.fulu, validators };
        const [seed, node] = [seedValidators({ profile }), nodeValidators({ profile })];
        expect(seed.start).toBe(0);
        expect(node.start).toBe(seed.start + seed.count);
        expect(node.start + node.count).toBe(validators);
      }),
    );
  });

  test("the seed has the two thirds that make an epoch final without the node, and the node has some", () => {
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 4096 }), (validators) => {
        const profile = { ...PROFILES.fulu, validators };
        expect(seedValidators({ profile }).count * 3).toBeGreaterThan(validators * 2);
        expect(nodeValidators({ profile }).count).toBeGreaterThan(0);
      }),
    );
  });

  test("and the dev stack has the node's", async () => {
    const { validators } = await loadStackFile("dev");
    expect(validators).toMatchObject(nodeValidators(rehearsal));
  });
});

test("the dev stack is on the rehearsal that is started for it", async () => {
  const settings = await loadStackFile("dev");
  expect(rehearsalOf(settings)).toEqual({ ...DEFAULT_REHEARSAL, profile: PROFILES.fulu });
  expect(settings.releaseSources).toEqual([sourceUrl(DEFAULT_REHEARSAL.port)]);
  expect(settings.joined).toEqual({ network: "ephemery-rehearsal-dev", ...nodeAddresses(DEFAULT_REHEARSAL.subnet) });
  const seed = settingsOf(raw(seedConfig(rehearsal)), "dev-seed");
  const { beacon } = seedAddresses(DEFAULT_REHEARSAL.subnet);
  expect(settings.checkpointProviders).toEqual([beaconApiOf(seed).replace("beacon", beacon)]);
  expect(settings.host.ports).toEqual(PORTS);
});

test("the seed's configuration is one the program takes, with its addresses and validators", () => {
  const seed = settingsOf(raw(seedConfig(rehearsal)), "dev-seed");
  expect(seed).toMatchObject({
    network: "rehearsal",
    joined: { network: "ephemery-rehearsal-dev", ...seedAddresses(rehearsal.subnet) },
    validators: seedValidators(rehearsal),
    host: { uri: rehearsal.dockerHost, ports: PORTS },
  });
});

test("the seed waits for nobody and goes on from its head: there is nobody it could sync from", () => {
  const { beacon } = settingsOf(raw(seedConfig(rehearsal)), "dev-seed");
  expect(beacon.extraArgs).toEqual(expect.arrayContaining(["--min-sync-peers=0", "--sync-from=head"]));
});

test("seed and node have addresses of their own, away from those Docker gives to others", () => {
  const all = [...Object.values(seedAddresses("10.213.39")), ...Object.values(nodeAddresses("10.213.39"))];
  expect(new Set(all).size).toBe(4);
  // The network's range for others is its upper half; .0 and .1 are the network's and its gateway's.
  for (const address of all) {
    const last = Number(/^10\.213\.39\.(\d+)$/.exec(address)?.[1]);
    expect(last).toBeGreaterThan(1);
    expect(last).toBeLessThan(128);
  }
});

test("releases are asked for where the server serves them", () => {
  expect(sourceUrl(1234)).toBe(`http://127.0.0.1:1234/${REPOSITORY}`);
  expect(REPOSITORY).toBe("ephemery-testnet/ephemery-genesis");
});

test.each<[string, Record<string, string>, object | undefined]>([
  ["the public network", {}, undefined],
  ["a rehearsal of another machine", { ...REHEARSAL, dockerHost: "ssh://ops@node1.example" }, undefined],
  [
    "a rehearsal on another engine of this machine",
    { ...REHEARSAL, dockerHost: "unix:///run/user/1000/docker.sock" },
    { name: "test", dockerHost: "unix:///run/user/1000/docker.sock" },
  ],
  ["a network that no rehearsal made", { ...REHEARSAL, p2pNetwork: "my-own" }, undefined],
  [
    "a rehearsal by another name",
    { ...REHEARSAL, p2pNetwork: "ephemery-rehearsal-mine" },
    { name: "mine", port: 39438, subnet: "10.213.39" },
  ],
  [
    "a rehearsal at another place",
    {
      ...REHEARSAL,
      releaseSources: '["http://127.0.0.1:4000/x/y"]',
      beaconP2pAddress: "10.99.1.22",
      executionP2pAddress: "10.99.1.21",
    },
    { name: "test", port: 4000, subnet: "10.99.1" },
  ],
])("a stack on %s takes part in it", (_, config, expected) => {
  const found = rehearsalOf(settingsOf(config));
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(expected);
});

describe("a profile", () => {
  test.each(Object.entries(PROFILES))("%s is one", (_, profile) => {
    expect(profileSchema.parse(profile)).toEqual(profile);
  });

  test.each([
    ["slots of a second, on which Prysm panics", { secondsPerSlot: 1 }],
    ["no delay, so that nothing before slot 0 is tested", { delay: 0 }],
    ["a period too short to do anything in", { period: 30 }],
    ["too few validators for a committee", { validators: 8 }],
    ["another fork", { fork: "deneb" }],
    ["half a second", { secondsPerSlot: 2.5 }],
  ])("with %s is refused", (_, change) => {
    expect(profileSchema.safeParse({ ...PROFILES.fulu, ...change }).success).toBe(false);
  });

  test("fulu differs from the public network by its times alone", () => {
    expect(PROFILES.fulu).toMatchObject({ fork: "fulu", slotsPerEpoch: 32 });
    expect(PROFILES["electra-fast"]).toMatchObject({ fork: "electra", slotsPerEpoch: 8, secondsPerSlot: 2 });
  });
});

test("promise 6: the dev stack's mnemonic is encrypted, like anyone's", () => {
  const { config } = parse(readFileSync(join(ROOT, "Pulumi.dev.yaml"), "utf8"));
  expect(config["ephemery:mnemonic"]).toEqual({ secure: expect.stringMatching(/^v1:/) });
});
