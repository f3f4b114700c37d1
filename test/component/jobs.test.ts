// The jobs of a node: what each is told is what the program that does it reads, and the scripts do what they say.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { official } from "../../clients/images";
import {
  awaitBeaconInput,
  decideInput,
  deliverGenesisInput,
  deliverJwtInput,
  deliverKeysInput,
} from "../../operations/jobs/input";
import { ownFolder } from "../support/folder";
import { mockedNode, type NodeRun } from "../support/mocked-node";
import { CHAIN, EXTERNAL_BEACON, EXTERNAL_EXECUTION, settingsOf, VALIDATORS } from "../support/node";
import { inFront, type Outcome, outcome } from "../support/shell";

const G = CHAIN.generation;
const OWNER = { host: "local", stack: "test", id: "0123abcd" };
const URI = "unix:///var/run/docker.sock";
const TOOLS = official("tools");
const settings = settingsOf(VALIDATORS);

let node: NodeRun;
beforeAll(async () => {
  node = await mockedNode(VALIDATORS);
});

const environment = z.looseObject({ EPHEMERY_JOB: z.string() });
const told = (name: string, run = node): unknown =>
  JSON.parse(environment.parse(run.named(name).inputs.environment).EPHEMERY_JOB);

test.each([
  [
    "the genesis files",
    `local-${G}-genesis-files`,
    deliverGenesisInput,
    {
      owner: OWNER,
      uri: URI,
      image: TOOLS,
      volume: `ephemery-local-test-0123abcd-genesis-${G}`,
      chain: CHAIN,
      releaseSources: settings.releaseSources,
      revision: expect.any(Number),
    },
  ],
  [
    "the keystores",
    "local-keystores",
    deliverKeysInput,
    {
      owner: OWNER,
      uri: URI,
      image: TOOLS,
      volume: "ephemery-local-test-0123abcd-keys",
      count: 4,
      start: 0,
      mnemonicDigest: settings.validators.mnemonicDigest,
    },
  ],
  [
    "the decisions",
    `local-${G}-decisions`,
    decideInput,
    {
      owner: OWNER,
      uri: URI,
      image: TOOLS,
      network: "ephemery-local-test-0123abcd-p2p-network",
      chain: CHAIN,
      checkpointProviders: settings.checkpointProviders,
    },
  ],
])("the job of %s is told what it reads, and nothing else", (_, name, schema, input) => {
  expect(told(name)).toEqual(input);
  expect(schema.strict().parse(told(name))).toEqual(input);
});

test("the job of an external execution client's secret is told which it is, and never the secret", async () => {
  const run = await mockedNode({ ...VALIDATORS, ...EXTERNAL_EXECUTION });
  const input = {
    owner: OWNER,
    uri: URI,
    image: TOOLS,
    generation: G,
    volume: `ephemery-local-test-0123abcd-jwt-${G}`,
    jwtDigest: expect.stringMatching(/^[0-9a-f]{16}$/),
  };
  expect(told(`local-${G}-jwt-secret`, run)).toEqual(input);
  expect(deliverJwtInput.strict().parse(told(`local-${G}-jwt-secret`, run))).toEqual(input);
  expect(JSON.stringify(run.resources.map(({ inputs }) => inputs))).not.toContain(
    EXTERNAL_EXECUTION.executionJwtSecret,
  );
});

test("the job that waits for the beacon nodes of others asks them over the network the validator client is on", async () => {
  const run = await mockedNode({ ...VALIDATORS, ...EXTERNAL_BEACON });
  const network = "ephemery-local-test-0123abcd-p2p-network";
  const input = {
    owner: OWNER,
    uri: URI,
    image: TOOLS,
    network,
    chain: CHAIN,
    beaconNodes: ["http://192.0.2.7:5052", "https://beacon.example.org"],
  };
  expect(awaitBeaconInput.strict().parse(told(`local-${G}-served-chain`, run))).toEqual(input);
  expect(run.named("local-validator").inputs.networksAdvanced).toContainEqual(
    expect.objectContaining({ name: network }),
  );
  expect(run.named("local-validator").inputs.command).toContain(
    "--beacon-nodes=http://192.0.2.7:5052,https://beacon.example.org",
  );
});

test("the state keeps what a job prints only where that is its result: a client that prepares its data prints lines for each key", async () => {
  const prysm = await mockedNode({ ...VALIDATORS, validatorClient: "prysm" });
  const keeps = (name: string): boolean => / exec docker run /.test(z.string().parse(prysm.named(name).inputs.create));
  const generation = ["owners", "jwt-secret", "execution-init", "validator-folders", "validator-import"];
  const kept = [...generation.map((what) => `local-${G}-${what}`), "local-identity-keys"].filter(keeps);
  expect(kept).toEqual([`local-${G}-jwt-secret`, "local-identity-keys"]);
});

describe("what a job works on changes, and it is done again", () => {
  const triggersOf = async (name: string, config: Readonly<Record<string, string>>): Promise<unknown> =>
    (await mockedNode(config)).named(name).inputs.triggers;

  test.each<[string, string, Readonly<Record<string, string>>, Readonly<Record<string, string>>]>([
    [
      "a layer that comes later: its volume is root's still",
      `local-${G}-owners`,
      { feeRecipient: VALIDATORS.feeRecipient },
      VALIDATORS,
    ],
    [
      "another beacon node: it has a start of its own",
      `local-${G}-decisions`,
      VALIDATORS,
      { ...VALIDATORS, beaconClient: "teku" },
    ],
    ["another signer", `local-${G}-protection`, VALIDATORS, { ...VALIDATORS, validatorClient: "teku" }],
    [
      "another version of the signer: it is the one that can read the database",
      `local-${G}-protection`,
      VALIDATORS,
      { ...VALIDATORS, validatorImage: "sigp/lighthouse:v8.3.2" },
    ],
    [
      "another secret of an external execution client",
      `local-${G}-jwt-secret`,
      EXTERNAL_EXECUTION,
      { ...EXTERNAL_EXECUTION, executionJwtSecret: "ab".repeat(32) },
    ],
    [
      "other beacon nodes of others",
      `local-${G}-served-chain`,
      { ...VALIDATORS, ...EXTERNAL_BEACON },
      { ...VALIDATORS, ...EXTERNAL_BEACON, beaconNodes: '["http://192.0.2.8:5052"]' },
    ],
  ])("%s", async (_, name, before, after) => {
    const was = await triggersOf(name, before);
    expect(was).toBeDefined();
    expect(await triggersOf(name, before)).toEqual(was);
    expect(await triggersOf(name, after)).not.toEqual(was);
  });
});

describe("the scripts", () => {
  const folder = ownFolder("jobs");
  const volume = join(folder, "volume");
  const owners = join(folder, "owners");

  beforeAll(() => {
    // Hands nothing over: that takes root. What it was to hand over is written down.
    writeFileSync(join(folder, "chown"), `#!/bin/sh\necho "$@" >> ${owners}\n`, { mode: 0o755 });
    // In the place of the engine: the command of the container, with the volumes below one folder.
    writeFileSync(
      join(folder, "docker"),
      `#!/bin/sh\n[ "$1" = rm ] && exit 1\nfor script; do :; done\nexec sh -c "$(printf %s "$script" | sed -E 's#(^|[ ;&])/(identity|jwt|execution|beacon|validator)#\\1${volume}/\\2#g')"\n`,
      { mode: 0o755 },
    );
  });
  beforeEach(() => {
    rmSync(volume, { recursive: true, force: true });
    rmSync(owners, { force: true });
    for (const name of ["identity", "jwt", "execution", "beacon", "validator"])
      mkdirSync(join(volume, name), { recursive: true });
  });

  const line = z.string();
  const run = (name: string): Promise<Outcome> =>
    outcome("sh", ["-c", line.parse(node.named(name).inputs.create)], { PATH: inFront(folder) });
  const text = (path: string): string => readFileSync(join(volume, path), "utf8");
  const modeOf = (path: string): string => (statSync(join(volume, path)).mode & 0o777).toString(8);
  const handedOver = (): string[] => readFileSync(owners, "utf8").trim().replaceAll(`${volume}/`, "/").split("\n");
  const digest = (bytes: string): string => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

  test("a JWT secret is 32 bytes in hex, for execution client and beacon node alone, and told by a fingerprint", async () => {
    const { code, stdout, stderr } = await run(`local-${G}-jwt-secret`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(text("jwt/jwt.hex")).toMatch(/^[0-9a-f]{64}$/);
    expect(stdout).toBe(digest(text("jwt/jwt.hex")));
    expect(modeOf("jwt/jwt.hex")).toBe("440");
    expect(handedOver()).toEqual(["0:10000 /jwt/jwt.hex.part"]);
    expect(readdirSync(join(volume, "jwt"))).toEqual(["jwt.hex"]);
  });

  test("a JWT secret is another each time it is made", async () => {
    const first = (await run(`local-${G}-jwt-secret`)).stdout;
    expect((await run(`local-${G}-jwt-secret`)).stdout).not.toBe(first);
  });

  test("promise 5: node keys are made once, and never overwritten", async () => {
    const first = await run("local-identity-keys");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    const keys = ["execution", "beacon"].map((layer) => text(`identity/${layer}.key`));
    expect(keys.filter((key) => !/^[0-9a-f]{64}$/.test(key))).toEqual([]);
    expect(new Set(keys).size).toBe(2);
    expect(first.stdout).toBe(digest(keys.join("")));
    expect(["execution", "beacon"].map((layer) => modeOf(`identity/${layer}.key`))).toEqual(["400", "400"]);
    expect(handedOver()).toEqual(["10001:10000 execution.key", "10002:10000 beacon.key"]);

    expect(await run("local-identity-keys")).toEqual(first);
    expect(["execution", "beacon"].map((layer) => text(`identity/${layer}.key`))).toEqual(keys);
  });

  test("promise 5: a run that was cut short leaves no half of a key, and the next one makes it whole", async () => {
    writeFileSync(join(volume, "identity/execution.part"), "0123");
    writeFileSync(join(volume, "identity/beacon.key"), "");
    await run("local-identity-keys");
    for (const layer of ["execution", "beacon"]) expect(text(`identity/${layer}.key`)).toMatch(/^[0-9a-f]{64}$/);
    expect(readdirSync(join(volume, "identity")).sort()).toEqual(["beacon.key", "execution.key"]);
  });

  test("each layer's chain volume becomes its user's, and is closed to others", async () => {
    expect(await run(`local-${G}-owners`)).toMatchObject({ code: 0, stderr: "" });
    expect(handedOver()).toEqual(["10001:10000 /execution", "10002:10000 /beacon", "10003:10003 /validator"]);
    expect(["execution", "beacon", "validator"].map(modeOf)).toEqual(["700", "700", "700"]);
  });
});
