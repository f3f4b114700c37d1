// Rules over several keys: what is refused together, and what is not.

import { parseValues } from "../../../config/parse";

type Raw = Readonly<Record<string, string>>;

const FEES = { feeRecipient: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266" };
const P2P = { p2pNetwork: "n" };
const EXTERNAL_EXECUTION = {
  executionClient: "external",
  executionEndpoint: "http://192.0.2.7:8551",
  executionJwtSecret: "ab".repeat(32),
};
const EXTERNAL_BEACON = {
  executionClient: "external",
  beaconClient: "external",
  beaconNodes: '["http://192.0.2.7:5052"]',
  validatorCount: "1",
  ...FEES,
};
const REHEARSAL = { network: "rehearsal", ...P2P };

const lines = (raw: Raw): readonly string[] => {
  try {
    parseValues(raw, "main");
    return [];
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message.split("\n").slice(1) : [];
  }
};

describe("promise 9: refused together, at the key to change:", () => {
  test.each<[string, Raw, string]>([
    ["validators without a fee recipient", { validatorCount: "1" }, "feeRecipient is needed when there are validators"],
    [
      "an external execution client without its endpoint",
      { executionClient: "external", executionJwtSecret: "ab".repeat(32) },
      'executionEndpoint is needed when executionClient is "external"',
    ],
    [
      "an external execution client without its secret",
      { executionClient: "external", executionEndpoint: "http://192.0.2.7:8551" },
      'executionJwtSecret is needed when executionClient is "external"',
    ],
    [
      "an endpoint of no external execution client",
      { executionEndpoint: "http://192.0.2.7:8551" },
      "executionEndpoint is that of an external execution client; set executionClient to",
    ],
    [
      "a secret of no external execution client",
      { executionJwtSecret: "ab".repeat(32) },
      "executionJwtSecret is that of an external execution client; set executionClient to",
    ],
    [
      "an execution client for beacon nodes of others",
      { ...EXTERNAL_BEACON, executionClient: "geth" },
      "executionClient is one of this stack",
    ],
    [
      "an external execution client for beacon nodes of others",
      { ...EXTERNAL_BEACON, ...EXTERNAL_EXECUTION },
      "executionEndpoint is for a beacon node of this stack",
    ],
    [
      "beacon nodes of others, and none named",
      { ...EXTERNAL_BEACON, beaconNodes: "[]" },
      'beaconNodes is needed when beaconClient is "external"',
    ],
    [
      "beacon nodes of others and no validators",
      { executionClient: "external", beaconClient: "external", beaconNodes: EXTERNAL_BEACON.beaconNodes },
      'beaconClient is "external", and there are no validators: nothing is left to run',
    ],
    [
      "beacon nodes to fall back on, and no validators",
      { beaconNodes: EXTERNAL_BEACON.beaconNodes },
      "beaconNodes is for a validator client, and there are no validators",
    ],
    [
      "grandine's validators elsewhere than in its beacon node",
      { validatorClient: "grandine" },
      'validatorClient is "grandine", whose validators run inside of its beacon node alone; set beaconClient to "grandine" as well, or validatorClient to one that works with every beacon node, such as "lighthouse"',
    ],
    [
      "beacon nodes to fall back on for grandine's validators",
      {
        ...FEES,
        validatorCount: "1",
        validatorClient: "grandine",
        beaconClient: "grandine",
        beaconNodes: EXTERNAL_BEACON.beaconNodes,
      },
      "beaconNodes is for a validator client, and grandine's validators work with the beacon node they are in alone",
    ],
    ...(["validatorImage", "validatorMemory"] as const).map((key): [string, Raw, string] => [
      `${key} of grandine's validators`,
      { validatorClient: "grandine", beaconClient: "grandine", [key]: "1024" },
      `${key} is for a container that grandine's validators do not have: they run in the beacon node's; set ${key.replace("validator", "beacon")} instead`,
    ]),
    ...(["executionImage", "executionMemory", "executionPeers"] as const).map((key): [string, Raw, string] => [
      `${key} of a client that somebody else runs`,
      { ...EXTERNAL_EXECUTION, [key]: "1000" },
      `${key} is for a container, and executionClient is "external"; unset it`,
    ]),
    ...(["beaconImage", "beaconMemory", "beaconPeers"] as const).map((key): [string, Raw, string] => [
      `${key} of a node that somebody else runs`,
      { ...EXTERNAL_BEACON, [key]: "1000" },
      `${key} is for a container, and beaconClient is "external"; unset it`,
    ]),
    [
      "an API of an execution client that somebody else runs",
      { ...EXTERNAL_EXECUTION, exposeRpc: "127.0.0.1:8545" },
      'exposeRpc publishes an API of a container, and executionClient is "external"; unset it',
    ],
    [
      "an API of a beacon node that somebody else runs",
      { ...EXTERNAL_BEACON, exposeBeaconApi: "127.0.0.1:5052" },
      'exposeBeaconApi publishes an API of a container, and beaconClient is "external"; unset it',
    ],
    ["a rehearsal without its network", { network: "rehearsal" }, "p2pNetwork is needed on a rehearsal"],
    [
      "an address of the execution client on no network",
      { executionP2pAddress: "192.0.2.1" },
      "executionP2pAddress is an address on p2pNetwork, which is not set",
    ],
    [
      "an address of the beacon node on no network",
      { beaconP2pAddress: "192.0.2.1" },
      "beaconP2pAddress is an address on p2pNetwork, which is not set",
    ],
    ["QUIC on the beacon node's port", { beaconQuicPort: "9000" }, "beaconQuicPort is the same as beaconP2pPort"],
    ["the beacon node on QUIC's port", { beaconP2pPort: "9001" }, "beaconQuicPort is the same as beaconP2pPort"],
    [
      "the execution client on the beacon node's port",
      { executionP2pPort: "9000" },
      "executionP2pPort is also a port of the beacon node",
    ],
    [
      "the execution client on QUIC's port",
      { executionP2pPort: "9001" },
      "executionP2pPort is also a port of the beacon node",
    ],
    [
      "two published on one port",
      { exposeRpc: "127.0.0.1:8545", exposeWebSocket: "127.0.0.1:8545" },
      "exposeRpc and the other published addresses need a port each",
    ],
    [
      "two published on one port of two addresses",
      { exposeRpc: "127.0.0.1:80", exposeBeaconApi: "192.0.2.1:80" },
      "exposeRpc and the other published addresses need a port each",
    ],
    [
      "two published on one port in two spellings",
      { exposeRpc: "127.0.0.1:80", exposeBeaconApi: "127.0.0.1:080" },
      "exposeRpc and the other published addresses need a port each",
    ],
    [
      "one published on a port of the execution client's peers",
      { exposeRpc: "0.0.0.0:30303" },
      "exposeRpc and the other published addresses can't be on a port for peers",
    ],
    [
      "one published on a port of the beacon node's peers",
      { exposeBeaconApi: "127.0.0.1:9000" },
      "exposeRpc and the other published addresses can't be on a port for peers",
    ],
    [
      "one published on a rehearsal",
      { ...REHEARSAL, exposeWebSocket: "127.0.0.1:8546" },
      "exposeRpc and the other published addresses can't be set with p2pNetwork",
    ],
    [
      "a schedule on a host that ssh does not reach",
      { resetScheduleOn: "host", resetScheduleFolder: "/srv/ephemery", dockerHost: "tcp://192.0.2.1:2376" },
      'resetScheduleOn is "host", which takes a dockerHost over ssh',
    ],
    [
      "a schedule on the host without a clone there",
      { resetScheduleOn: "host", dockerHost: "ssh://ops@node.example" },
      'resetScheduleFolder is needed when resetScheduleOn is "host"',
    ],
    [
      "local images on the public network",
      { images: "local" },
      'images is "local"; the public network runs official images only',
    ],
  ])("%s", (_, raw, line) => {
    expect(lines(raw)).toEqual([expect.stringContaining(`  ephemery:${line}`)]);
  });

  test("several at once, beside mistakes in single keys", () => {
    const raw = { metrics: "maybe", validatorCount: "1", beaconQuicPort: "9000", executionP2pAddress: "192.0.2.1" };
    expect(lines(raw).map((line) => /ephemery:(\w+)/.exec(line)?.[1])).toEqual([
      "metrics",
      "feeRecipient",
      "executionP2pAddress",
      "beaconQuicPort",
    ]);
  });

  test("but not told of keys that are mistaken themselves", () => {
    expect(lines({ validatorCount: "1", feeRecipient: "me" })).toEqual([
      expect.stringContaining('feeRecipient is "me"'),
    ]);
    expect(lines({ network: "reharsal", images: "local" })).toEqual([expect.stringContaining('network is "reharsal"')]);
  });
});

test.each<[string, Raw]>([
  ["validators with a fee recipient", { validatorCount: "1", ...FEES }],
  ["a fee recipient without validators", FEES],
  ["a rehearsal with its network", REHEARSAL],
  ["addresses on a network", { ...P2P, executionP2pAddress: "192.0.2.1", beaconP2pAddress: "192.0.2.2" }],
  ["ports that are exchanged", { beaconQuicPort: "9000", beaconP2pPort: "9001" }],
  [
    "everything published, on ports of their own",
    { exposeRpc: "127.0.0.1:8545", exposeWebSocket: "127.0.0.1:8546", exposeBeaconApi: "127.0.0.1:5052" },
  ],
  ["one published over TCP where QUIC has the port over UDP", { exposeRpc: "127.0.0.1:9001" }],
  [
    "a schedule on a host over ssh",
    { resetScheduleOn: "host", resetScheduleFolder: "/srv/ephemery", dockerHost: "ssh://ops@node.example:22" },
  ],
  ["a folder that nothing is run from yet", { resetScheduleFolder: "/srv/ephemery" }],
  ["local images on a rehearsal", { ...REHEARSAL, images: "local" }],
  ["official images on either network", { images: "official" }],
])("taken: %s", (_, raw) => {
  expect(lines(raw)).toEqual([]);
});

test("promise 9: what is refused together is told with what each of them is, set or not, and with no secret", () => {
  expect(lines({ beaconQuicPort: "9000" }).join()).toContain(
    "both are UDP ports of the beacon node (beaconQuicPort is 9000, beaconP2pPort is 9000)",
  );
  const secret = "ab".repeat(32);
  const told = lines({ executionClient: "external", executionJwtSecret: secret }).join();
  expect(told).toContain('executionClient is "external"');
  expect(told).not.toContain(secret);
});

test("a default that nobody has set is no secret, though what is set may be one", () => {
  const parsed = () => parseValues({ beaconQuicPort: "9000" }, "main", new Set(["beaconQuicPort"]));
  expect(parsed).toThrow("(beaconQuicPort is 9000, beaconP2pPort is 9000)");
});
