// A look at a node whose clients are servers on loopback and whose containers docker-here tells of: the whole
// report, for a node that is well and for nodes that know less than everything.

import { join } from "node:path";
import { type LookInput, look } from "../../../../operations/status/look";
import { DockerHere, type Told } from "../../../support/docker-here";
import { ownFolder } from "../../../support/folder";
import {
  type Change,
  CONTAINERS,
  clock,
  deployment,
  ENR,
  facts,
  IMAGE,
  LoopbackNode,
  nameOf,
  SLOT,
  state,
} from "../../../support/loopback-node";
import { reportSchema } from "../../../support/status";

jest.setTimeout(60_000);

const docker = new DockerHere(join(ownFolder("look"), "docker"));

const node = new LoopbackNode();
beforeAll(() => node.start(docker));
afterAll(() => node.stop());

const input: LookInput = {
  stack: "test",
  network: "ephemery",
  deployment,
  clients: { execution: "geth", beacon: "prysm", validator: "prysm" },
  beaconApi: "http://beacon:3500",
  pubkeys: ["0xkey1", "0xkey2", "0xkey9"],
  seenTag: "ephemery-167",
};

beforeEach(() => {
  node.changed = {};
  docker.tell([clock, ...CONTAINERS]);
  docker.calls();
});

test("of a node that is well everything is told", async () => {
  const report = await look(input);
  expect(reportSchema.parse(report)).toEqual({
    stack: "test",
    healthy: true,
    chain: {
      network: "ephemery",
      iteration: 166,
      chainId: 39_438_166,
      generation: facts.generation,
      genesisValidatorsRoot: facts.genesisValidatorsRoot,
      genesisTime: facts.genesisTime,
      nextResetTime: facts.executionGenesisTime + 2_419_200,
      slot: SLOT,
      epoch: 5,
      clockOffset: expect.any(Number),
    },
    execution: {
      client: "geth",
      version: "Geth/v1.16.7-stable/linux-amd64/go1.25.5",
      block: 40,
      syncing: false,
      peers: { in: null, out: null, total: 3 },
    },
    beacon: {
      client: "prysm",
      version: "Prysm/v7.1.2 (linux amd64)",
      headSlot: SLOT,
      finalizedEpoch: 3,
      syncing: false,
      optimistic: false,
      peers: { in: 1, out: 2, total: 3 },
      enr: ENR,
    },
    // Of three keys one validates, one is in the queue, and one is not on the chain yet. Epochs 0 to 3 are over, 4 and 5
    // are not; epoch 2 was missed, and so was the block of slot 7.
    validators: {
      configured: 3,
      active: 1,
      pending: 2,
      attested: 5,
      missed: 1,
      proposed: 40,
      missedProposals: 1,
      countedFrom: 0,
      countedThrough: 3,
      uncounted: null,
    },
    release: { seen: "ephemery-167", verified: "ephemery-166", staged: null },
    reset: { state: "running", last: null },
    schedule: null,
    problem: null,
  });
});

describe("what is not known is null, never an error", () => {
  const NO_DUTIES = {
    attested: null,
    missed: null,
    proposed: null,
    missedProposals: null,
    countedFrom: null,
    countedThrough: null,
  };
  const NO_COUNTS = { configured: 3, active: null, pending: null, ...NO_DUTIES };
  const NO_PEERS = { in: null, out: null, total: null };

  test.each<[string, Change, object]>([
    [
      "while the beacon node syncs: its duties, and nobody asks for them",
      {
        beacon: {
          "/eth/v1/node/syncing": { head_slot: "7", sync_distance: "34", is_syncing: true, is_optimistic: true },
        },
      },
      {
        healthy: false,
        beacon: { headSlot: 7, syncing: true, optimistic: true },
        validators: NO_COUNTS,
        problem: { code: "syncing" },
      },
    ],
    [
      "of a silent beacon node: all of it",
      { beacon: "silent" },
      {
        healthy: false,
        execution: { block: 40 },
        beacon: {
          version: null,
          headSlot: null,
          finalizedEpoch: null,
          syncing: null,
          optimistic: null,
          peers: NO_PEERS,
          enr: null,
        },
        validators: NO_COUNTS,
        problem: { code: "beacon-silent" },
      },
    ],
    [
      "of a silent execution client: all of it",
      { execution: "silent" },
      {
        healthy: false,
        execution: { version: null, block: null, syncing: null, peers: NO_PEERS },
        beacon: { headSlot: SLOT },
        validators: { active: 1 },
        problem: { code: "execution-silent" },
      },
    ],
    [
      "of an execution client without the net API: its peers",
      { execution: { net_peerCount: undefined } },
      { healthy: true, execution: { block: 40, peers: NO_PEERS } },
    ],
    [
      "of a beacon node that does not list its peers: those, which are not none",
      { beacon: { "/eth/v1/node/peers?state=connected": undefined } },
      { healthy: true, beacon: { headSlot: SLOT, peers: NO_PEERS } },
    ],
    [
      "of a beacon node that knows nothing of duties: the duties",
      { duties: "refused" },
      {
        healthy: true,
        validators: {
          ...NO_COUNTS,
          active: 1,
          pending: 2,
          uncounted: expect.stringContaining("/eth/v1/validator/liveness/4 answered 501"),
        },
      },
    ],
    [
      "of a beacon node that answers out of shape: that one thing",
      { beacon: { "/eth/v1/beacon/states/head/finality_checkpoints": { finalized: { epoch: -1 } } } },
      { healthy: true, beacon: { finalizedEpoch: null, headSlot: SLOT } },
    ],
  ])("%s", async (_, change, expected) => {
    node.changed = change;
    const report = await look(input);
    expect(reportSchema.parse(report)).toMatchObject(expected);
  });

  test("of a host that does not tell its time: the clock's offset", async () => {
    docker.tell([{ when: "{{.SystemTime}}", code: 1, stderr: "no" }, ...CONTAINERS]);
    expect(await look(input)).toMatchObject({ healthy: true, chain: { clockOffset: null } });
  });

  test("without validators: the counts, and zero are configured", async () => {
    const { validator: _, ...containers } = deployment.containers ?? {};
    docker.tell([clock, state("execution"), state("beacon")]);
    const report = await look({ ...input, pubkeys: [], deployment: { ...deployment, containers } });
    expect(report).toMatchObject({ healthy: true, validators: { ...NO_COUNTS, configured: 0 } });
  });
});

test("of the last reset is told what the chain says of it: nothing, where the node does not know how the chain began", async () => {
  const lastReset: NonNullable<LookInput["lastReset"]> = {
    generation: facts.generation,
    stagedAt: null,
    switchedAt: facts.genesisTime,
    settledAt: null,
    nodeDownSeconds: 4,
    outcome: "switched",
  };
  const lookOf = (digest: string) =>
    look({ ...input, lastReset, deployment: { ...deployment, validators: { count: 3, start: 0, digest } } });
  const whole = await lookOf("whole");
  expect(whole.reset.last).toEqual({ ...lastReset, firstDutySlot: 1, missedDuties: 2 });

  node.changed = { checkpoint: { slot: 16, past: "makes-up" } };
  const late = await lookOf("late");
  expect(reportSchema.parse(late).validators).toMatchObject({
    attested: 3,
    missed: 1,
    countedFrom: 2,
    countedThrough: 3,
  });
  expect(late.reset.last).toEqual({ ...lastReset, firstDutySlot: null, missedDuties: null });
});

test("seconds between the host's clock and this machine's are told", async () => {
  const ahead = new Date(Date.now() + 90_000).toISOString();
  docker.tell([{ when: "{{.SystemTime}}", stdout: ahead }, ...CONTAINERS]);
  const { chain: seen } = await look(input);
  expect(Math.abs((seen?.clockOffset ?? 0) - 90)).toBeLessThan(20);
});

test.each([
  [
    "a container that is gone",
    { when: "{{json .State}} ", code: 1, stderr: "Error response from daemon: No such container: x" },
    "execution-container",
  ],
  ["an unhealthy container", state("execution", true, "unhealthy"), "execution-container"],
])("%s is the problem, and the rest of the report is there", async (_, told, code) => {
  docker.tell([clock, told, ...CONTAINERS]);
  expect(await look(input)).toMatchObject({ healthy: false, problem: { code }, beacon: { headSlot: SLOT } });
});

describe("the image a container should run", () => {
  const OTHER = `sha256:${"2".repeat(64)}`;
  const images = { [nameOf("beacon")]: "example.org/beacon@sha256:3" };
  const onHost = (id: string): Told => ({
    when: "image inspect --format {{.Id}} example.org/beacon",
    stdout: `${id}\n`,
  });

  test("is compared by its id on the host, as a digest is of a registry", async () => {
    docker.tell([onHost(IMAGE), clock, ...CONTAINERS]);
    expect(await look({ ...input, images })).toMatchObject({ healthy: true, problem: null });
  });

  test("promise 9: one that was put in its place by hand is the problem", async () => {
    docker.tell([onHost(OTHER), clock, ...CONTAINERS]);
    expect(await look({ ...input, images })).toMatchObject({ healthy: false, problem: { code: "other-image" } });
  });

  test("one that was removed from the host stops no container that runs it", async () => {
    docker.tell([
      { when: "image inspect", code: 1, stderr: "Error: No such image: example.org/beacon" },
      clock,
      ...CONTAINERS,
    ]);
    expect(await look({ ...input, images })).toMatchObject({ healthy: true, problem: null });
  });
});

describe("promise 9: where nobody can look, it says so", () => {
  test.each([
    ["without a deployment", { deployment: {} }, [], "no-plan", "bin/ephemery up --stack test"],
    [
      "without an engine",
      {},
      [
        {
          when: "inspect",
          code: 1,
          stderr: "Cannot connect to the Docker daemon at unix:///nowhere. Is the docker daemon running?",
        },
      ],
      "docker-unreachable",
      "Start it",
    ],
    [
      "with an engine that hangs",
      { patience: 500 },
      [{ when: "inspect", hangs: true }],
      "docker-unreachable",
      "systemctl restart docker",
    ],
  ])("%s", async (_, change, told, code, remedy) => {
    docker.tell(told);
    // Of several containers the others would be asked about still when the test has ended.
    const one = { ...deployment, containers: { beacon: nameOf("beacon") } };
    await expect(look({ ...input, deployment: one, ...change })).rejects.toMatchObject({
      code,
      remedy: expect.stringContaining(remedy),
    });
  });
});

test("a beacon node that somebody else runs is dialled by its name, from the network that reaches it", async () => {
  const { validator = "" } = deployment.containers ?? {};
  const beaconApi = "http://theirs:5052";
  await look({ ...input, deployment: { ...deployment, containers: { validator } }, beaconApi });
  const runs = docker.calls().filter(({ args }) => args[0] === "run");
  expect(runs).not.toEqual([]);
  for (const { args } of runs) {
    expect(args).toContain(`--network=${nameOf("api-network")}`);
    expect(args.slice(-3)).toEqual(["nc", "theirs", "5052"]);
  }
});

test("promise 7: a look opens no port: its probes are where its clients are, join no network and leave nothing behind", async () => {
  await look(input);
  const runs = docker.calls().filter(({ args }) => args[0] === "run");
  expect(runs).toHaveLength(2);
  const networks = runs.map(({ args }) => args.find((arg) => arg.startsWith("--network=")));
  expect(networks.sort()).toEqual(["beacon", "execution"].map((layer) => `--network=container:${nameOf(layer)}`));
  for (const { args } of runs) {
    expect(args).toEqual(expect.arrayContaining(["--rm", "--read-only", "--cap-drop=ALL"]));
    expect(args.filter((arg) => /^(-p|-P|--publish|--volume|--privileged|--env)/.test(arg))).toEqual([]);
    expect(args).toContain("--user=65534:65534");
    expect(args).toContain("--label=ephemery.id=0badcafe");
  }
});
