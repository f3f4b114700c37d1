// The exact children of a node: type, name and parent of each, for every shape a node can have.

import { mockedNode, PUBKEYS } from "../support/mocked-node";
import { tree } from "../support/mocks";
import { CHAIN, chainOf, EXTERNAL_BEACON, EXTERNAL_EXECUTION, REHEARSAL, VALIDATORS } from "../support/node";

const G = CHAIN.generation;

/** A full node with the default clients on the public network. */
const FULL = [
  "pulumi:pulumi:Stack ephemery-test",
  "  ephemery:index:EphemeryNode local",
  `    command:local:Command local-${G}-decisions`,
  `    command:local:Command local-${G}-protection`,
  "    command:local:Command local-beacon-healthy",
  "    command:local:Command local-execution-healthy",
  "    command:local:Command local-validator-healthy",
  "    docker:index/container:Container local-beacon",
  "    docker:index/container:Container local-execution",
  "    docker:index/container:Container local-validator",
  "    docker:index/remoteImage:RemoteImage local-image-beacon",
  "    docker:index/remoteImage:RemoteImage local-image-execution",
  "    docker:index/remoteImage:RemoteImage local-image-tools",
  `    ephemery:index:GenerationData local-${G}`,
  `      command:local:Command local-${G}-beacon-identity`,
  `      command:local:Command local-${G}-execution-init`,
  `      command:local:Command local-${G}-genesis-files`,
  `      command:local:Command local-${G}-jwt-secret`,
  `      command:local:Command local-${G}-owners`,
  `      command:local:Command local-${G}-validator-definitions`,
  `      docker:index/volume:Volume local-${G}-beacon-chain`,
  `      docker:index/volume:Volume local-${G}-execution-chain`,
  `      docker:index/volume:Volume local-${G}-genesis`,
  `      docker:index/volume:Volume local-${G}-jwt`,
  `      docker:index/volume:Volume local-${G}-validator-chain`,
  "    ephemery:index:Networks local",
  "      docker:index/network:Network local-api",
  "      docker:index/network:Network local-engine",
  "      docker:index/network:Network local-metrics",
  "      docker:index/network:Network local-p2p",
  "    ephemery:index:NodeIdentity local",
  "      command:local:Command local-identity-keys",
  "      docker:index/volume:Volume local-identity",
  "    ephemery:index:ValidatorKeys local",
  "      command:local:Command local-keystores",
  "      docker:index/volume:Volume local-keys",
  "    random:index/randomId:RandomId local-gate",
  "  pulumi:providers:docker docker-local",
];

/** What there is of a generation, in a full node. */
const dataOf = (generation: string): string[] =>
  FULL.slice(
    FULL.indexOf(`    ephemery:index:GenerationData local-${G}`),
    FULL.indexOf("    ephemery:index:Networks local"),
  ).map((line) => line.replace(G, generation));
const isVolume = (line: string): boolean => !line.includes("Command");

const without = (...ends: string[]): string[] => FULL.filter((line) => !ends.some((end) => line.endsWith(end)));

test("a full node", async () => {
  expect(tree((await mockedNode(VALIDATORS)).resources)).toEqual(FULL);
});

test("a node without validators has no keys, no validator client and nothing made for one", async () => {
  const missing = [
    "-validator",
    "-validator-healthy",
    "local-keys",
    "-keystores",
    "-validator-chain",
    "-definitions",
    "-protection",
    "ValidatorKeys local",
  ];
  expect(tree((await mockedNode()).resources)).toEqual(without(...missing));
});

test("a node on a rehearsal has no network of its own to meet peers on, and Prysm's preparations", async () => {
  const lines = without("local-p2p", "-beacon-identity", "-validator-definitions");
  const prepared = ["validator-folders", "validator-import"].map(
    (what) => `      command:local:Command local-${G}-${what}`,
  );
  lines.splice(lines.indexOf(`      docker:index/volume:Volume local-${G}-beacon-chain`), 0, ...prepared);
  const image = "    docker:index/remoteImage:RemoteImage local-image-tools";
  lines.splice(lines.indexOf(image) + 1, 0, image.replace("tools", "validator"));
  const run = await mockedNode({ ...VALIDATORS, ...REHEARSAL }, { images: "local" });
  expect(tree(run.resources)).toEqual(lines);
});

test("a node with an execution client that somebody else runs has no container, image or data for one", async () => {
  const { resources } = await mockedNode({ ...VALIDATORS, ...EXTERNAL_EXECUTION });
  expect(tree(resources)).toEqual(
    without(
      "local-execution",
      "local-execution-healthy",
      "local-image-execution",
      "-execution-init",
      "-execution-chain",
    ),
  );
});

test("a validator client on beacon nodes that somebody else runs waits until they are on the chain", async () => {
  const { resources } = await mockedNode({ ...VALIDATORS, ...EXTERNAL_BEACON });
  const lines = without(
    "local-execution",
    "local-execution-healthy",
    "local-image-execution",
    "-execution-init",
    "-execution-chain",
    "local-beacon",
    "local-beacon-healthy",
    "local-image-beacon",
    "-beacon-identity",
    "-beacon-chain",
  );
  const image = "    docker:index/remoteImage:RemoteImage local-image-tools";
  lines.splice(lines.indexOf(image) + 1, 0, image.replace("tools", "validator"));
  const protection = `    command:local:Command local-${G}-protection`;
  lines.splice(lines.indexOf(protection) + 1, 0, protection.replace("protection", "served-chain"));
  expect(tree(resources)).toEqual(lines);
});

test("validators inside of a beacon node are in its container, with the keys and their group, and in no other", async () => {
  const config = { ...VALIDATORS, beaconClient: "grandine", validatorClient: "grandine" };
  const run = await mockedNode(config);
  const lines = without(
    "local-validator",
    "-validator-healthy",
    "-validator-chain",
    "-validator-definitions",
    "-beacon-identity",
  );
  const prepared = ["beacon-grandine-identity", "beacon-grandine-signing"];
  const init = `      command:local:Command local-${G}-execution-init`;
  lines.splice(lines.indexOf(init), 0, ...prepared.map((what) => `      command:local:Command local-${G}-${what}`));
  expect(tree(run.resources)).toEqual(lines);
  expect(run.named("local-beacon").inputs).toMatchObject({
    groupAdds: ["10003"],
    volumes: expect.arrayContaining([expect.objectContaining({ containerPath: "/keys" })]),
    labels: expect.arrayContaining([expect.objectContaining({ label: "ephemery.input.keys" })]),
  });
  expect(run.named("local-execution").inputs.groupAdds).toBeUndefined();
  expect((await mockedNode(VALIDATORS)).named("local-beacon").inputs.groupAdds).toBeUndefined();
});

const EXPOSURES = { exposeRpc: "127.0.0.1:8545", exposeWebSocket: "127.0.0.1:8546", exposeBeaconApi: "127.0.0.1:5052" };

test.each([
  ["the RPC published", { exposeRpc: EXPOSURES.exposeRpc }],
  ["the WebSocket published", { exposeWebSocket: EXPOSURES.exposeWebSocket }],
  ["the Beacon API published", { exposeBeaconApi: EXPOSURES.exposeBeaconApi }],
  ["all of them published", EXPOSURES],
  ["no metrics", { metrics: "false" }],
  ["fixed public address", { publicAddress: "203.0.113.7" }],
])("a setting of a client is a setting of its container, and no other resource: %s", async (_, config) => {
  expect(tree((await mockedNode({ ...VALIDATORS, ...config })).resources)).toEqual(FULL);
});

test("another host is another set of resources: its name is in that of each", async () => {
  const run = await mockedNode({ ...VALIDATORS, hostName: "far", dockerHost: "ssh://root@far" });
  expect(tree(run.resources)).toHaveLength(FULL.length);
  const names = run.resources.filter(({ type }) => !/^(pulumi:pulumi|test):/.test(type)).map(({ name }) => name);
  expect(names.filter((name) => !/^(docker-)?far(-|$)/.test(name))).toEqual([]);
});

test("another generation is other data, read by the same gate and the same clients", async () => {
  const next = chainOf(167);
  const names = async (chain: typeof CHAIN): Promise<string[]> =>
    tree((await mockedNode(VALIDATORS, { chain })).resources);
  const [now, then] = [await names(CHAIN), await names(next)];
  const changed = now.filter((line) => !then.includes(line));
  // Exactly what has the generation in its name, and so is made beside the old before that goes.
  expect(changed).toEqual(now.filter((line) => line.includes(G)));
  expect(then).toEqual(now.map((line) => line.replace(G, next.generation)));
});

test("every Docker resource is the explicit provider's", async () => {
  const { resources } = await mockedNode(VALIDATORS);
  const docker = resources.filter(({ type }) => type.startsWith("docker:"));
  expect(docker.length).toBeGreaterThan(10);
  expect(docker.filter(({ provider }) => provider !== "docker-local")).toEqual([]);
});

describe("through a reset", () => {
  const before = chainOf(165);
  const after = chainOf(167);
  const withData = (lines: readonly string[], more: readonly string[], place: "before" | "after"): string[] => {
    const start = lines.indexOf(`    ephemery:index:GenerationData local-${G}`);
    const at = place === "before" ? start : start + dataOf(G).length;
    return [...lines.slice(0, at), ...more, ...lines.slice(at)];
  };

  test("a stage only adds: the data of the next chain, ready, beside what runs", async () => {
    const { resources } = await mockedNode(VALIDATORS, { beside: { next: after } });
    expect(tree(resources)).toEqual(withData(FULL, dataOf(after.generation), "after"));
  });

  test("after a switch the volumes of the old chain are there, and nothing that was done to them", async () => {
    const { resources } = await mockedNode(VALIDATORS, { beside: { previous: before } });
    expect(tree(resources)).toEqual(withData(FULL, dataOf(before.generation).filter(isVolume), "before"));
  });

  test("a settled node has proved itself, and has no data but its chain's", async () => {
    const { resources } = await mockedNode(VALIDATORS, { beside: { settled: true } });
    const protection = `    command:local:Command local-${G}-protection`;
    const lines = [...FULL];
    lines.splice(lines.indexOf(protection), 0, protection.replace("protection", "proof"));
    expect(tree(resources)).toEqual(lines);
  });

  test("the record hangs on everything the plan takes", async () => {
    for (const [beside, job] of [
      [{ next: after }, `local-${after.generation}-execution-init`],
      [{ settled: true }, `local-${G}-proof`],
    ] as const) {
      const { inputs, inputsFrom } = (await mockedNode(VALIDATORS, { beside })).named("record");
      expect(inputs.value).toEqual({ active: CHAIN, ...beside });
      expect(inputsFrom.value).toEqual(expect.arrayContaining(["local-validator", job]));
    }
  });

  test("the proof waits for every container, and looks at the node's own validators", async () => {
    const { named } = await mockedNode(VALIDATORS, { beside: { settled: true } });
    const proof = named(`local-${G}-proof`);
    expect(proof.dependsOn).toEqual(expect.arrayContaining(["local-execution", "local-beacon", "local-validator"]));
    expect(proof.inputs).toMatchObject({
      create: "node bin/ephemery job prove",
      environment: { EPHEMERY_JOB: expect.stringContaining(`"pubkeys":${JSON.stringify(PUBKEYS)}`) },
    });
  });
});
