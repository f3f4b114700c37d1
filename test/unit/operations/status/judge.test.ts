// What a node looks like, and whether it is well. One thing is wrong at a time, then two, to see which comes first.

import type { Layer } from "../../../../clients/spec";
import {
  FINDING_CODES,
  type FindingCode,
  judge,
  type Seen,
  type SeenContainer,
} from "../../../../operations/status/judge";
import { CHAIN } from "../../../support/node";

const SLOT = 1_000;
const container = { name: "ephemery-client", running: true, health: "healthy" };
const well: Seen = {
  stack: "test",
  now: CHAIN.genesisTime + SLOT * 12 + 3,
  chain: CHAIN,
  layers: ["execution", "beacon", "validator"],
  containers: { execution: container, beacon: container, validator: container },
  execution: { chainId: 39_438_166, genesisHash: CHAIN.genesisBlockHash },
  beacon: {
    root: CHAIN.genesisValidatorsRoot,
    headSlot: SLOT,
    syncing: false,
    executionOffline: false,
    peers: { total: 9 },
  },
};
const beacon = {
  root: CHAIN.genesisValidatorsRoot,
  headSlot: SLOT,
  syncing: false,
  executionOffline: false,
  peers: { total: 9 },
};

describe("a node is well", () => {
  test.each<[string, Partial<Seen>]>([
    ["when everything answers on the right chain, at the head", {}],
    [
      "while a container has not said yet how it is",
      { containers: { ...well.containers, beacon: { ...container, health: "starting" } } },
    ],
    [
      "with a container that has no healthcheck",
      { containers: { ...well.containers, beacon: { ...container, health: "none" } } },
    ],
    [
      "without a validator client, where it has none",
      { layers: ["execution", "beacon"], containers: { execution: container, beacon: container } },
    ],
    ["eight slots behind: validators of others are offline", { beacon: { ...beacon, headSlot: SLOT - 8 } }],
    [
      "before slot 0, though the beacon node says that it syncs",
      { now: CHAIN.genesisTime - 400, beacon: { ...beacon, headSlot: 0, syncing: true } },
    ],
    ["without peers, as long as it is at the head", { beacon: { ...beacon, peers: { total: 0 } } }],
    [
      "in the last second of its chain",
      { now: CHAIN.executionGenesisTime + CHAIN.period - 1, beacon: { ...beacon, headSlot: 201_549 } },
    ],
  ])("%s", (_, change) => {
    expect(judge({ ...well, ...change })).toBeUndefined();
  });
});

const BEACON_OF_OTHERS: Partial<Seen> = {
  layers: ["validator"],
  containers: { validator: container },
  execution: undefined,
};

interface Wrong {
  readonly name: string;
  readonly change: Partial<Seen>;
  readonly code: FindingCode;
  readonly says: RegExp;
  readonly remedy: RegExp;
}

const WRONG: readonly Wrong[] = [
  {
    name: "a stopped execution container",
    change: { containers: { ...well.containers, execution: { ...container, running: false } } },
    code: "execution-container",
    says: /execution container is stopped/,
    remedy: /docker logs/,
  },
  {
    name: "no execution container",
    change: { containers: { beacon: container, validator: container } },
    code: "execution-container",
    says: /execution container is gone/,
    remedy: /repair --stack test/,
  },
  {
    name: "a stopped beacon container",
    change: { containers: { ...well.containers, beacon: { ...container, running: false } } },
    code: "beacon-container",
    says: /beacon container is stopped/,
    remedy: /docker logs/,
  },
  {
    name: "an unhealthy validator container",
    change: { containers: { ...well.containers, validator: { ...container, health: "unhealthy" } } },
    code: "validator-container",
    says: /healthcheck fails/,
    remedy: /docker logs/,
  },
  {
    name: "a container of another image",
    change: {
      containers: {
        ...well.containers,
        beacon: {
          ...container,
          otherImage: { runs: `sha256:${"2".repeat(64)}`, wanted: `sha256:${"1".repeat(64)}` },
        },
      },
    },
    code: "other-image",
    says: /beacon container runs the image sha256:2{12}, not sha256:1{12}\./,
    remedy: /repair --stack test/,
  },
  {
    name: "an execution client that does not answer",
    change: { execution: undefined },
    code: "execution-silent",
    says: /RPC does not answer/,
    remedy: /docker logs.*`docker restart --time 60 ephemery-client`/,
  },
  {
    name: "a beacon node that does not answer",
    change: { beacon: undefined },
    code: "beacon-silent",
    says: /^The Beacon API does not answer/,
    remedy: /docker logs.*`docker restart --time 60 ephemery-client`/,
  },
  ...["starting", "none"].map(
    (health): Wrong => ({
      name: `a silent beacon node whose health is "${health}", which a repair makes anew`,
      change: { beacon: undefined, containers: { ...well.containers, beacon: { ...container, health } } },
      code: "beacon-silent",
      says: /^The Beacon API does not answer/,
      remedy: /`bin\/ephemery repair --stack test`/,
    }),
  ),
  {
    name: "a beacon node of somebody else's that does not answer: here is no container of it",
    change: { ...BEACON_OF_OTHERS, beacon: undefined },
    code: "beacon-silent",
    says: /^The first of ephemery:beaconNodes.*does not answer/,
    remedy: /^(?!.*(container of|repair|docker)).*ephemery:beaconNodes.*`bin\/ephemery up --stack test`/s,
  },
  {
    name: "an execution client with another chain id",
    change: { execution: { chainId: 39_438_165, genesisHash: CHAIN.genesisBlockHash } },
    code: "wrong-chain",
    says: /chain 39438165, not 39438166/,
    remedy: /image.*extra arguments.*bin\/ephemery up --stack test/,
  },
  {
    name: "an execution client with another block 0",
    change: { execution: { chainId: 39_438_166, genesisHash: "0xother" } },
    code: "wrong-chain",
    says: new RegExp(`0xother, not ${CHAIN.genesisBlockHash}`),
    remedy: /image.*extra arguments/,
  },
  {
    name: "a beacon node with another root",
    change: { beacon: { ...beacon, root: "0xother" } },
    code: "wrong-chain",
    says: new RegExp(`0xother, not ${CHAIN.genesisValidatorsRoot}`),
    remedy: /image.*extra arguments/,
  },
  {
    name: "a beacon node of somebody else's with another root",
    change: { ...BEACON_OF_OTHERS, beacon: { ...beacon, root: "0xother" } },
    code: "wrong-chain",
    says: /0xother/,
    remedy: /^Wait.*ephemery:beaconNodes.*`bin\/ephemery up --stack test`/,
  },
  {
    name: "a chain that has ended",
    change: { now: CHAIN.executionGenesisTime + CHAIN.period, beacon: { ...beacon, headSlot: 201_550 } },
    code: "chain-ended",
    says: /Iteration 166 has ended/,
    remedy: /bin\/ephemery up --stack test/,
  },
  {
    name: "an execution client the beacon node does not reach",
    change: { beacon: { ...beacon, executionOffline: true } },
    code: "execution-offline",
    says: /can't reach its execution client/,
    remedy: /`bin\/ephemery rotate-jwt --stack test`/,
  },
  {
    name: "an execution client of somebody else's that the beacon node does not reach: its secret is not made here",
    change: {
      layers: ["beacon", "validator"],
      execution: undefined,
      beacon: { ...beacon, executionOffline: true },
    },
    code: "execution-offline",
    says: /can't reach its execution client/,
    remedy: /^(?!.*rotate-jwt).*ephemery:executionEndpoint.*ephemery:executionJwtSecret.*bin\/ephemery up --stack test/,
  },
  {
    name: "a beacon node of somebody else's that does not reach its execution client",
    change: { ...BEACON_OF_OTHERS, beacon: { ...beacon, executionOffline: true } },
    code: "execution-offline",
    says: /can't reach its execution client/,
    remedy: /^(?!.*(rotate-jwt|executionEndpoint)).*ephemery:beaconNodes/,
  },
  {
    name: "a beacon node that syncs",
    change: { beacon: { ...beacon, syncing: true, headSlot: 70 } },
    code: "syncing",
    says: /slot 70 of 1000/,
    remedy: /Wait/,
  },
  {
    name: "a head nine slots behind",
    change: { beacon: { ...beacon, headSlot: SLOT - 9 } },
    code: "head-behind",
    says: /head is at slot 991, the clock at 1000/,
    remedy: /beacon node's log/,
  },
  {
    name: "a head behind, for want of peers",
    change: { beacon: { ...beacon, headSlot: SLOT - 9, peers: { total: 0 } } },
    code: "head-behind",
    says: /slot 991/,
    remedy: /no peers/,
  },
];

describe("promise 9: what is wrong with a node is named, with what to do next", () => {
  test.each(WRONG)("$name", ({ change, code, says, remedy }) => {
    const finding = judge({ ...well, ...change });
    expect(finding).toMatchObject({ code, text: expect.stringMatching(says), remedy: expect.stringMatching(remedy) });
  });
});

test("each thing that can be wrong is among these", () => {
  expect(new Set(WRONG.map(({ code }) => code))).toEqual(new Set(FINDING_CODES));
});

// The cause comes before what follows from it: a stopped beacon node is also silent.
test.each([
  ["execution-container", "execution-silent"],
  ["execution-container", "beacon-container"],
  ["beacon-container", "beacon-silent"],
  ["beacon-silent", "syncing"],
  ["wrong-chain", "chain-ended"],
  ["wrong-chain", "syncing"],
  ["chain-ended", "head-behind"],
  ["execution-offline", "syncing"],
  ["syncing", "head-behind"],
])("%s is told before %s", (cause, consequence) => {
  const seen = (code: string): Partial<Seen> => WRONG.find((each) => each.code === code)?.change ?? {};
  const [first, second] = [seen(cause), seen(consequence)];
  const ill = (layer: Layer): SeenContainer =>
    [first, second].flatMap(({ containers }) => containers?.[layer] ?? []).find(({ running }) => !running) ?? container;
  const both: Seen = {
    ...well,
    ...second,
    ...first,
    containers: { execution: ill("execution"), beacon: ill("beacon"), validator: ill("validator") },
    ...(cause === "execution-offline" ? { beacon: { ...beacon, ...second.beacon, executionOffline: true } } : {}),
  };
  expect(judge(both)?.code).toBe(cause);
  expect(judge({ ...both, ...well, ...second })?.code).toBe(consequence);
});
