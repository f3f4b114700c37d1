// What a client's description becomes as a Docker container: inputs and options, and what of it is published.

import { USERS } from "../../clients/spec";
import { mockedNode, type NodeRun } from "../support/mocked-node";
import type { Registered } from "../support/mocks";
import { CHAIN, REHEARSAL, VALIDATORS } from "../support/node";

const CONTAINER = "docker:index/container:Container";
const LAYERS = ["execution", "beacon", "validator"] as const;
const G = CHAIN.generation;
const docker = (what: string): string => `ephemery-local-test-0123abcd-${what}`;

let node: NodeRun;
let rehearsal: NodeRun;
beforeAll(async () => {
  node = await mockedNode(VALIDATORS);
  rehearsal = await mockedNode({ ...VALIDATORS, ...REHEARSAL }, { images: "local" });
});

const client = (layer: string, run = node): Registered => run.named(`local-${layer}`);

test("the execution client's container, in full", () => {
  const { inputs } = client("execution");
  expect(inputs).toEqual({
    name: docker("execution"),
    // By the id it had when it was pulled or, once its digest is resolved, by that.
    image: expect.stringMatching(
      /^(sha256:id of ethereum\/client-go:v1\.17\.10|ethereum\/client-go:v1\.17\.10@sha256:.{64})$/,
    ),
    // The golden files of test/unit/clients hold these two.
    command: expect.arrayContaining(["--datadir=/data"]),
    healthcheck: {
      tests: ["CMD-SHELL", expect.stringContaining("eth_chainId")],
      interval: "700ms",
      timeout: "15s",
      retries: 30,
      startPeriod: "0s",
    },
    envs: [],
    user: "10001:10000",
    labels: [
      { label: "ephemery.generation", value: G },
      { label: "ephemery.id", value: "0123abcd" },
      { label: "ephemery.input.jwt", value: "aaaaaaaaaaaaaaaa" },
      { label: "ephemery.role", value: "execution" },
      { label: "ephemery.stack", value: "test" },
    ],
    volumes: [
      { volumeName: docker(`execution-chain-${G}`), containerPath: "/data", readOnly: false },
      { volumeName: docker(`genesis-${G}`), containerPath: "/genesis", readOnly: true },
      { volumeName: docker("identity"), containerPath: "/identity", readOnly: true },
      { volumeName: docker(`jwt-${G}`), containerPath: "/jwt", readOnly: true },
    ],
    tmpfs: { "/tmp": "rw,noexec,nosuid,size=64m" },
    readOnly: true,
    networkMode: "bridge",
    networksAdvanced: [
      { name: docker("p2p-network") },
      { name: docker("engine-network"), aliases: ["execution"] },
      { name: docker("api-network"), aliases: ["execution"] },
      { name: docker("metrics-network"), aliases: ["execution"] },
    ],
    ports: [
      { internal: 30303, external: 30303, ip: "0.0.0.0", protocol: "tcp" },
      { internal: 30303, external: 30303, ip: "0.0.0.0", protocol: "udp" },
    ],
    mustRun: true,
    restart: "unless-stopped",
    memory: 2048,
    memorySwap: 2048,
    logDriver: "json-file",
    logOpts: { "max-size": "20m", "max-file": "3" },
    securityOpts: ["no-new-privileges:true"],
    capabilities: { drops: ["ALL"] },
    stopSignal: "SIGTERM",
    stopTimeout: 60,
    destroyGraceSeconds: 60,
  });
});

describe.each([
  ["on the public network", () => node],
  ["on a rehearsal", () => rehearsal],
])("every client %s", (_, run) => {
  test.each(LAYERS)("the %s client runs with no more rights than it needs, as a user of its own", (layer) => {
    const { inputs } = client(layer, run());
    expect(inputs).toMatchObject({
      user: `${USERS[layer].uid}:${USERS[layer].gid}`,
      readOnly: true,
      securityOpts: ["no-new-privileges:true"],
      capabilities: { drops: ["ALL"] },
    });
    expect(Object.keys(inputs)).not.toEqual(expect.arrayContaining(["privileged"]));
  });

  test.each(LAYERS)(
    "the %s client is stopped with its grace, whoever stops it, and Pulumi waits that long",
    (layer) => {
      const { inputs, timeouts } = client(layer, run());
      expect(inputs.destroyGraceSeconds).toBe(inputs.stopTimeout);
      expect(inputs.destroyGraceSeconds).toBeGreaterThanOrEqual(30);
      // 0 would be a kill at once; the graces of all three fit into the time for one.
      expect(timeouts).toEqual({ create: "30m", delete: "5m" });
    },
  );

  test.each(LAYERS)(
    "a change of the %s client that Docker can't apply in place replaces it, old one first",
    (layer) => {
      expect(client(layer, run())).toMatchObject({
        deleteBeforeReplace: true,
        replaceOnChanges: ["healthcheck", "init", "tmpfs", "rm", "cpuPeriod", "cpuQuota", "#initerror"],
      });
    },
  );

  test.each(LAYERS)(
    "promise 1: the %s client has what would differ at each preview or refresh set as Docker reports it",
    (layer) => {
      const { inputs } = client(layer, run());
      expect(inputs.memorySwap).toBe(inputs.memory);
      expect(inputs).toMatchObject({ networkMode: "bridge", logDriver: "json-file", logOpts: expect.anything() });
      expect(inputs).not.toMatchObject({ entrypoints: [] });
      expect(inputs).not.toHaveProperty("uploads");
      expect(inputs).not.toHaveProperty("hostname");
    },
  );

  test.each(LAYERS)("the %s client's container is found by its labels", (layer) => {
    const { labels } = client(layer, run()).inputs;
    for (const [label, value] of Object.entries({ stack: "test", id: "0123abcd", role: layer, generation: G }))
      expect(labels).toContainEqual({ label: `ephemery.${label}`, value });
  });
});

test("every volume and network is found by its labels, and has its generation's where it belongs to one", () => {
  for (const { type, name, inputs } of node.resources.filter((each) => /:(Volume|Network)$/.test(each.type))) {
    const what = name.replace(/^local-/, "").replace(`${G}-`, "");
    const ofGeneration = name.includes(G);
    const role = type.endsWith("Network") ? `${what}-network` : what;
    expect(inputs.name).toBe(docker(ofGeneration ? `${role}-${G}` : role));
    expect(inputs.labels).toEqual([
      ...(ofGeneration ? [{ label: "ephemery.generation", value: G }] : []),
      { label: "ephemery.id", value: "0123abcd" },
      { label: "ephemery.role", value: role },
      { label: "ephemery.stack", value: "test" },
    ]);
  }
});

test.each([
  ["a digest goes by it", { executionImage: "repo/el@sha256:e1" }, "repo/el@sha256:e1"],
  ["a tag goes by the id it had when it was pulled", { executionImage: "repo/el:v1" }, "sha256:id of repo/el:v1"],
])("an image with %s", async (_, config, image) => {
  expect(client("execution", await mockedNode(config)).inputs.image).toBe(image);
});

test("images stay on the host: another stack may run them", () => {
  const images = node.ofType("docker:index/remoteImage:RemoteImage");
  expect(images.map(({ inputs }) => inputs.keepLocally)).toEqual(images.map(() => true));
});

describe("promise 7: from outside only the peers' ports answer", () => {
  interface Port {
    readonly internal: number;
    readonly external: number;
    readonly ip: string;
    readonly protocol: string;
  }
  const isPorts = (value: unknown): value is Port[] => Array.isArray(value);
  const published = (run: NodeRun): Record<string, string[]> =>
    Object.fromEntries(
      run
        .ofType(CONTAINER)
        .map(({ name, inputs: { ports } }) => [
          name,
          isPorts(ports) ? ports.map((each) => `${each.ip}:${each.external} -> ${each.internal}/${each.protocol}`) : [],
        ]),
    );

  const PEERS = {
    "local-execution": ["0.0.0.0:30303 -> 30303/tcp", "0.0.0.0:30303 -> 30303/udp"],
    "local-beacon": ["0.0.0.0:9000 -> 9000/tcp", "0.0.0.0:9000 -> 9000/udp", "0.0.0.0:9001 -> 9001/udp"],
    "local-validator": [],
  };
  const RPC = "127.0.0.1:18545 -> 8545/tcp";
  const WEBSOCKET = "127.0.0.1:18546 -> 8546/tcp";

  test.each([
    ["by default", {}, {}],
    ["the RPC, when a setting says so", { exposeRpc: "127.0.0.1:18545" }, { "local-execution": [RPC] }],
    [
      "the WebSocket, when a setting says so",
      { exposeWebSocket: "127.0.0.1:18546" },
      { "local-execution": [WEBSOCKET] },
    ],
    [
      "the Beacon API, when a setting says so",
      { exposeBeaconApi: "192.0.2.4:5052" },
      { "local-beacon": ["192.0.2.4:5052 -> 5052/tcp"] },
    ],
    [
      "all of them",
      { exposeRpc: "127.0.0.1:18545", exposeWebSocket: "127.0.0.1:18546", exposeBeaconApi: "127.0.0.1:13500" },
      { "local-execution": [RPC, WEBSOCKET], "local-beacon": ["127.0.0.1:13500 -> 5052/tcp"] },
    ],
  ])("%s", async (_, config, more: Record<string, readonly string[]>) => {
    const run = await mockedNode({ ...VALIDATORS, ...config });
    const internal = (line: string): string => line.replace(/.* -> /, "").padStart(9, "0");
    // In the order of the inside ports, as Docker reports them.
    const expected = Object.entries(PEERS).map(([name, ports]) => [
      name,
      [...ports, ...(more[name] ?? [])].sort((a, b) => (internal(a) < internal(b) ? -1 : 1)),
    ]);
    expect(published(run)).toEqual(Object.fromEntries(expected));
  });

  test("on a rehearsal nothing is published: its network reaches nothing outside", () => {
    expect(Object.values(published(rehearsal)).flat()).toEqual([]);
  });

  test("every network but the one to meet peers on is internal", () => {
    const networks = node.ofType("docker:index/network:Network");
    expect(Object.fromEntries(networks.map(({ name, inputs }) => [name, inputs.internal]))).toEqual({
      "local-p2p": false,
      "local-engine": true,
      "local-api": true,
      "local-metrics": true,
    });
    expect(rehearsal.ofType("docker:index/network:Network").filter(({ inputs }) => inputs.internal !== true)).toEqual(
      [],
    );
  });

  const networksOf = (run: NodeRun, layer: string): unknown => client(layer, run).inputs.networksAdvanced;
  const [ENGINE, API, METRICS] = ["engine", "api", "metrics"].map((each) => docker(`${each}-network`));

  test("the validator client is on no network with peers or with the engine API", () => {
    expect(networksOf(node, "validator")).toEqual([
      { name: API, aliases: ["validator"] },
      { name: METRICS, aliases: ["validator"] },
    ]);
  });

  test("on a rehearsal execution client and beacon node have their fixed addresses on the joined network", () => {
    const expected = (layer: string, ipv4Address: string): object[] => [
      { name: "ephemery-rehearsal-test", ipv4Address },
      ...[ENGINE, API, METRICS].map((name) => ({ name, aliases: [layer] })),
    ];
    expect(networksOf(rehearsal, "execution")).toEqual(expected("execution", "10.213.39.21"));
    expect(networksOf(rehearsal, "beacon")).toEqual(expected("beacon", "10.213.39.22"));
  });

  test("a network is frozen: a change of it would take every container on it down", () => {
    for (const { ignoreChanges, deleteBeforeReplace } of node.ofType("docker:index/network:Network")) {
      expect(ignoreChanges).toEqual(["labels", "driver", "internal", "ipamConfigs", "options"]);
      expect(deleteBeforeReplace).toBe(true);
    }
  });
});
