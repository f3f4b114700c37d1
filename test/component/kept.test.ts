// What outlives the stack, and what never enters its state.

import { lock } from "../../clients/images";
import { mockedNode, type NodeRun } from "../support/mocked-node";
import { CHAIN, chainOf, MNEMONIC, REHEARSAL, VALIDATORS } from "../support/node";

const SHAPES = [
  ["on the public network", VALIDATORS],
  ["on a rehearsal", { ...VALIDATORS, ...REHEARSAL, images: "official" }],
  ["without validators", {}],
] as const;

const runs = new Map<string, NodeRun>();
beforeAll(async () => {
  for (const [name, config] of SHAPES) runs.set(name, await mockedNode(config));
});
const resourcesOf = (name: string) => runs.get(name)?.resources ?? [];

describe.each(SHAPES)("promise 5: a node %s", (name, config) => {
  test("keeps identity and keys when they leave the state, and nothing else", () => {
    const kept = resourcesOf(name).filter(({ retainOnDelete }) => retainOnDelete);
    const volumes = "validatorCount" in config ? ["local-identity", "local-keys"] : ["local-identity"];
    expect(kept.map((each) => each.name).sort()).toEqual(volumes);
    expect(kept.map(({ type }) => type)).toEqual(volumes.map(() => "docker:index/volume:Volume"));
  });

  test("protects nothing: destroy would fail when half of it is done", () => {
    expect(resourcesOf(name).filter((each) => each.protect)).toEqual([]);
  });

  test("has no volume that a changed label or driver could replace, and so empty", () => {
    for (const { type, ignoreChanges } of resourcesOf(name))
      if (type.endsWith(":Volume")) expect(ignoreChanges).toEqual(["labels", "driver", "driverOpts"]);
  });
});

test("promise 5: kept volumes have the same names in every generation, so that the next up takes them over", async () => {
  const names = (run: NodeRun | undefined): unknown[] =>
    ["local-identity", "local-keys"].map((name) => run?.named(name).inputs.name);
  const next = await mockedNode(VALIDATORS, { chain: chainOf(167) });
  expect(names(next)).toEqual(names(runs.get("on the public network")));
  expect(names(next)).toEqual(["ephemery-local-test-0123abcd-identity", "ephemery-local-test-0123abcd-keys"]);
});

test("promise 5: a node that loses its validators keeps their keys: the volume leaves the state, not the host", () => {
  expect(runs.get("on the public network")?.named("local-keys").retainOnDelete).toBe(true);
  expect(resourcesOf("without validators").map(({ name }) => name)).not.toContain("local-keys");
});

/** What is public of the chain and of the validators, although it is as long as a secret. */
const PUBLIC = [
  CHAIN.identity,
  CHAIN.release.sha256,
  CHAIN.genesisBlockHash.slice(2),
  CHAIN.genesisValidatorsRoot.slice(2),
  ...CHAIN.bootnodes.execution.map((enode) => enode.slice("enode://".length, -"@192.0.2.1:30303".length)),
  // The pinned images.
  ...Object.values(lock.images).flatMap(({ digests }) => digests?.index.slice("sha256:".length) ?? []),
];

describe.each(SHAPES)("promise 6: of a node %s the engine is told no secret", (name) => {
  test("no word of the mnemonic", () => {
    for (const word of new Set(MNEMONIC.split(" ")))
      expect(resourcesOf(name).filter(({ raw }) => new RegExp(`\\b${word}\\b`).test(raw))).toEqual([]);
  });

  test("nothing as long as a key, a JWT secret or the password that is not known to be public", () => {
    for (const { raw } of resourcesOf(name)) {
      const long = [...raw.matchAll(/[0-9a-f]{64,}/gi)].map(([digits]) => digits);
      expect(long.filter((digits) => !PUBLIC.includes(digits))).toEqual([]);
    }
  });

  test("no resource whose id or output is its secret, and no file or input kept in the state", () => {
    for (const { type, inputs } of resourcesOf(name)) {
      if (type.startsWith("random:")) expect(type).toBe("random:index/randomId:RandomId");
      for (const leaky of ["uploads", "stdin"]) expect(inputs).not.toHaveProperty(leaky);
    }
  });

  test("clients and jobs get no secret by their environment", () => {
    for (const { type, inputs } of resourcesOf(name)) {
      if (type === "docker:index/container:Container") expect(inputs.envs).toEqual([]);
      if (type === "command:local:Command")
        expect(["DOCKER_HOST", "EPHEMERY_JOB"]).toEqual(expect.arrayContaining(Object.keys(inputs.environment ?? {})));
    }
  });
});

test("the JWT secret and the node keys are made on the host, and their jobs print fingerprints", () => {
  for (const name of [`local-${CHAIN.generation}-jwt-secret`, "local-identity-keys"]) {
    const { create } = runs.get("on the public network")?.named(name).inputs ?? {};
    expect(create).toMatch(/\/dev\/urandom/);
    expect(create).toMatch(/sha256sum[^|]*\| head -c 16'?$/);
  }
});
