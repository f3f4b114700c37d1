// What several keys of a configuration allow together, and what they do not.

import { EXTERNAL, INTEGRATED, type KeyName, type Values } from "./keys";

/** A rule over several keys; it is reported at the first of those it reads, and only when all of them parsed. */
export interface Rule {
  readonly reads: readonly [KeyName, ...KeyName[]];
  readonly broken: (values: Values) => boolean;
  readonly problem: string;
}

const isSet = (value: string | number | readonly string[] | undefined): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined;

/** Ports of the host that something is published on. */
const published = (v: Values): number[] =>
  [v.exposeRpc, v.exposeWebSocket, v.exposeBeaconApi]
    .filter((endpoint) => endpoint !== undefined)
    .map((endpoint) => Number(endpoint.split(":")[1]));

/**
 * Inside a container a client listens on these for its APIs and metrics, whatever is set here. Of two no client is told:
 * 4000 is Prysm's gRPC, 9090 Erigon's.
 */
const OWN_PORTS: readonly number[] = [
  3500, 4000, 5051, 5052, 5054, 5064, 6060, 8008, 8080, 8081, 8108, 8545, 8546, 8551, 9090, 9545, 9596,
];

export const RULES: readonly Rule[] = [
  {
    reads: ["feeRecipient", "validatorCount"],
    broken: (v) => v.validatorCount > 0 && v.feeRecipient === undefined,
    problem: "is needed when there are validators: the address fees go to, 0x and 40 hexadecimal digits",
  },
  {
    reads: ["p2pNetwork", "network"],
    broken: (v) => v.network === "rehearsal" && v.p2pNetwork === undefined,
    problem: "is needed on a rehearsal: the Docker network that `bin/ephemery rehearse start` made",
  },
  {
    reads: ["executionP2pAddress", "p2pNetwork"],
    broken: (v) => v.executionP2pAddress !== undefined && v.p2pNetwork === undefined,
    problem: "is an address on p2pNetwork, which is not set",
  },
  {
    reads: ["beaconP2pAddress", "p2pNetwork"],
    broken: (v) => v.beaconP2pAddress !== undefined && v.p2pNetwork === undefined,
    problem: "is an address on p2pNetwork, which is not set",
  },
  ...(["executionP2pPort", "beaconP2pPort", "beaconQuicPort"] as const).map(
    (name): Rule => ({
      reads: [name],
      broken: (v) => OWN_PORTS.includes(v[name]),
      problem: `is a port the clients use between themselves (${OWN_PORTS.join(", ")})`,
    }),
  ),
  {
    reads: ["validatorStart", "validatorCount"],
    broken: (v) => v.validatorStart + v.validatorCount > 2 ** 32,
    problem: "and validatorCount together go beyond 2^32, the last index of a mnemonic's tree",
  },
  {
    reads: ["beaconQuicPort", "beaconP2pPort"],
    broken: (v) => v.beaconQuicPort === v.beaconP2pPort,
    problem: "is the same as beaconP2pPort; both are UDP ports of the beacon node",
  },
  {
    reads: ["executionP2pPort", "beaconP2pPort", "beaconQuicPort"],
    broken: (v) => v.executionP2pPort === v.beaconP2pPort || v.executionP2pPort === v.beaconQuicPort,
    problem: "is also a port of the beacon node",
  },
  {
    reads: ["exposeRpc", "exposeWebSocket", "exposeBeaconApi"],
    broken: (v) => new Set(published(v)).size < published(v).length,
    problem: "and the other published addresses need a port each",
  },
  {
    reads: ["exposeRpc", "exposeWebSocket", "exposeBeaconApi", "executionP2pPort", "beaconP2pPort"],
    broken: (v) => published(v).some((port) => port === v.executionP2pPort || port === v.beaconP2pPort),
    problem: "and the other published addresses can't be on a port for peers",
  },
  {
    reads: ["exposeRpc", "exposeWebSocket", "exposeBeaconApi", "p2pNetwork"],
    broken: (v) => v.p2pNetwork !== undefined && published(v).length > 0,
    problem:
      "and the other published addresses can't be set with p2pNetwork: a node on a network it joined, such as a rehearsal's, publishes nothing",
  },
  {
    reads: ["resetScheduleOn", "dockerHost"],
    broken: (v) => v.resetScheduleOn === "host" && !/^ssh:/.test(v.dockerHost),
    problem:
      'is "host", which takes a dockerHost over ssh: by a socket or over TCP nothing but Docker can be reached there',
  },
  {
    reads: ["resetScheduleFolder", "resetScheduleOn"],
    broken: (v) => v.resetScheduleOn === "host" && v.resetScheduleFolder === undefined,
    problem: 'is needed when resetScheduleOn is "host": where on the host the clone is that its resets are run from',
  },
  {
    reads: ["executionEndpoint", "executionClient", "beaconClient"],
    broken: (v) => v.executionClient === EXTERNAL && v.beaconClient !== EXTERNAL && v.executionEndpoint === undefined,
    problem: 'is needed when executionClient is "external": the URL of its engine API',
  },
  {
    reads: ["executionJwtSecret", "executionClient", "beaconClient"],
    broken: (v) => v.executionClient === EXTERNAL && v.beaconClient !== EXTERNAL && v.executionJwtSecret === undefined,
    problem: 'is needed when executionClient is "external": what it and its beacon node know each other by',
  },
  ...(["executionEndpoint", "executionJwtSecret"] as const).map(
    (name): Rule => ({
      reads: [name, "executionClient"],
      broken: (v) => v.executionClient !== EXTERNAL && v[name] !== undefined,
      problem: 'is that of an external execution client; set executionClient to "external" as well, or unset it',
    }),
  ),
  {
    reads: ["executionClient", "beaconClient"],
    broken: (v) => v.beaconClient === EXTERNAL && v.executionClient !== EXTERNAL,
    problem:
      'is one of this stack, and beaconClient is "external", which has one already; set executionClient to "external" as well',
  },
  {
    reads: ["executionEndpoint", "executionClient", "beaconClient"],
    broken: (v) => v.beaconClient === EXTERNAL && v.executionClient === EXTERNAL && v.executionEndpoint !== undefined,
    problem: 'is for a beacon node of this stack, and beaconClient is "external"; unset it',
  },
  {
    reads: ["beaconNodes", "beaconClient"],
    broken: (v) => v.beaconClient === EXTERNAL && v.beaconNodes.length === 0,
    problem: 'is needed when beaconClient is "external": the URLs of the beacon nodes the validator client works with',
  },
  {
    reads: ["beaconClient", "validatorCount"],
    broken: (v) => v.beaconClient === EXTERNAL && v.validatorCount === 0,
    problem: 'is "external", and there are no validators: nothing is left to run. Set validatorCount',
  },
  {
    reads: ["beaconNodes", "beaconClient", "validatorCount"],
    broken: (v) => v.beaconClient !== EXTERNAL && v.beaconNodes.length > 0 && v.validatorCount === 0,
    problem: "is for a validator client, and there are no validators; set validatorCount, or unset it",
  },
  {
    reads: ["validatorClient", "beaconClient"],
    broken: (v) => v.validatorClient === INTEGRATED && v.beaconClient !== INTEGRATED,
    problem: `is "grandine", whose validators run inside of its beacon node alone; set beaconClient to "grandine" as well, or validatorClient to one that works with every beacon node, such as "lighthouse"`,
  },
  {
    reads: ["beaconNodes", "validatorClient"],
    broken: (v) => v.validatorClient === INTEGRATED && v.beaconNodes.length > 0,
    problem: `is for a validator client, and grandine's validators work with the beacon node they are in alone; set validatorClient to another, such as "lighthouse"`,
  },
  ...(
    [
      ["executionImage", "executionClient"],
      ["executionExtraArgs", "executionClient"],
      ["executionMemory", "executionClient"],
      ["executionPeers", "executionClient"],
      ["beaconImage", "beaconClient"],
      ["beaconExtraArgs", "beaconClient"],
      ["beaconMemory", "beaconClient"],
      ["beaconPeers", "beaconClient"],
    ] as const
  ).map(
    ([name, client]): Rule => ({
      reads: [name, client],
      broken: (v) => v[client] === EXTERNAL && isSet(v[name]),
      problem: `is for a container, and ${client} is "external"; unset it`,
    }),
  ),
  ...(["validatorImage", "validatorExtraArgs", "validatorMemory"] as const).map(
    (name): Rule => ({
      reads: [name, "validatorClient"],
      broken: (v) => v.validatorClient === INTEGRATED && isSet(v[name]),
      problem: `is for a container that grandine's validators do not have: they run in the beacon node's; set ${name.replace("validator", "beacon")} instead`,
    }),
  ),
  ...(
    [
      ["exposeRpc", "executionClient"],
      ["exposeWebSocket", "executionClient"],
      ["exposeBeaconApi", "beaconClient"],
    ] as const
  ).map(
    ([name, client]): Rule => ({
      reads: [name, client],
      broken: (v) => v[client] === EXTERNAL && v[name] !== undefined,
      problem: `publishes an API of a container, and ${client} is "external"; unset it`,
    }),
  ),
  {
    reads: ["images", "network"],
    broken: (v) => v.network === "ephemery" && v.images === "local",
    problem: 'is "local"; the public network runs official images only',
  },
];
