// Every configuration key of a stack: its type, default, what it allows and what it is for.
// Pulumi.yaml and the README's table are held against this list by tests.

import { isIPv4 } from "node:net";
import { validateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { z } from "zod";

/** The type Pulumi.yaml declares for a key. */
export type KeyType = "string" | "integer" | "boolean" | "array";

export interface Key<T = unknown> {
  readonly type: KeyType;
  readonly group: string;
  readonly description: string;
  /** What the value may be, in words, for the error message and the README. */
  readonly allowed: string;
  /** Absent: the key is optional and has no default. */
  readonly default?: T | undefined;
  readonly secret?: true;
  readonly schema: z.ZodType<T>;
}

type WithDefault<T> = Key<T> & { readonly default: T };
type Optional<T> = Key<T> & { readonly default?: undefined };

export const EXECUTION_CLIENTS = ["geth", "nethermind", "besu", "erigon", "reth"] as const;
export const BEACON_CLIENTS = ["lighthouse", "prysm", "teku", "nimbus", "lodestar", "grandine"] as const;
export const VALIDATOR_CLIENTS = ["lighthouse", "prysm", "teku", "nimbus", "lodestar"] as const;
/** Instead of a client's name: somebody else runs it, and it is reached at a URL. */
export const EXTERNAL = "external";
/** Its validators run inside of its beacon node. */
export const INTEGRATED = "grandine";

/** Seconds; the largest `ephemery:resetJitter`. */
export const LONGEST_JITTER = 300;

const fixed = <T>(definition: WithDefault<T>): WithDefault<T> => definition;
const optional = <T>(definition: Optional<T>): Optional<T> => definition;

const oneOf = <const T extends readonly [string, ...string[]]>(
  names: T,
  group: string,
  description: string,
  fallback: T[number],
): WithDefault<T[number]> =>
  fixed({ type: "string", group, description, allowed: names.join(", "), default: fallback, schema: z.enum(names) });

const port = (group: string, description: string, fallback: number): WithDefault<number> =>
  fixed({
    type: "integer",
    group,
    description,
    allowed: "1 to 65535",
    default: fallback,
    schema: z.number().int().min(1).max(65535),
  });

const mebibytes = (group: string, description: string): Optional<number> =>
  optional({ type: "integer", group, description, allowed: "MiB, 256 or more", schema: z.number().int().min(256) });

const peers = (group: string, description: string): Optional<number> =>
  optional({ type: "integer", group, description, allowed: "1 to 1000", schema: z.number().int().min(1).max(1000) });

const image = (group: string, client: string): Optional<string> =>
  optional({
    type: "string",
    group,
    description: `Image of the ${client} instead of the pinned one: a digest (repo@sha256:…), a tag or an image id.`,
    allowed: "an image reference without spaces",
    schema: z.string().regex(/^\S+$/),
  });

const extraArgs = (group: string, client: string): WithDefault<string[]> =>
  fixed({
    type: "array",
    group,
    description: `Arguments appended to the command of the ${client}, one string each.`,
    allowed: 'a list of non-empty strings, such as ["--verbosity=4"]',
    default: [],
    schema: z.array(z.string().min(1)),
  });

const ipv4 = (group: string, description: string): Optional<string> =>
  optional({
    type: "string",
    group,
    description,
    allowed: "an IPv4 address",
    schema: z.string().refine((value) => isIPv4(value)),
  });

const endpoint = (description: string): Optional<string> =>
  optional({
    type: "string",
    group: "Exposure",
    description,
    allowed: 'address:port of the host, such as "127.0.0.1:8545"',
    schema: z.string().refine((value) => {
      const match = /^([0-9.]+):(\d{1,5})$/.exec(value);
      const [, address = "", number = ""] = match ?? [];
      return isIPv4(address) && Number(number) >= 1 && Number(number) <= 65535;
    }),
  });

const isUrl = (value: string): boolean => /^https?:\/\/\S+$/.test(value) && URL.canParse(value);

const urls = (group: string, description: string, fallback: string[]): WithDefault<string[]> =>
  fixed({
    type: "array",
    group,
    description,
    allowed: "a list of http or https URLs",
    default: fallback,
    schema: z.array(z.string().refine(isUrl)).min(1),
  });

/**
 * Of an API that a client is told in its arguments, where everyone can read it: nothing that is secret. It is dialled
 * from a container, whose loopback is its own.
 */
const isPlainUrl = (value: string): boolean =>
  isUrl(value) && !/[@?#]/.test(value) && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(value).hostname);
const PLAIN_URL = "without user, password and query, and not on loopback, as a container dials it";

export const KEYS = {
  network: oneOf(
    ["ephemery", "rehearsal"],
    "Network",
    "The network: the public Ephemery, or a private rehearsal of it on this machine.",
    "ephemery",
  ),
  releaseSources: urls("Network", "Repositories that publish the genesis releases, asked in this order.", [
    "https://github.com/ephemery-testnet/ephemery-genesis",
  ]),
  checkpointProviders: urls(
    "Network",
    "Beacon APIs to start from when the chain is older than three epochs, asked in this order.",
    ["https://checkpoint-sync.ephemery.ethpandaops.io", "https://ephemery.beaconstate.ethstaker.cc"],
  ),
  p2pNetwork: optional({
    type: "string",
    group: "Network",
    description: "An existing Docker network to meet peers on, instead of one of the stack's own. For rehearsals.",
    allowed: "the name of a Docker network",
    schema: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/),
  }),
  executionP2pAddress: ipv4("Network", "Fixed address of the execution client on p2pNetwork."),
  beaconP2pAddress: ipv4("Network", "Fixed address of the beacon node on p2pNetwork."),

  dockerHost: fixed({
    type: "string",
    group: "Host",
    description: "The Docker Engine the node runs on.",
    allowed: "unix:///path, tcp://host:port or ssh://user@host",
    default: "unix:///var/run/docker.sock",
    schema: z.string().regex(/^(unix:\/\/\/\S+|tcp:\/\/[^\s/]+|ssh:\/\/[^\s]+)$/),
  }),
  hostName: fixed({
    type: "string",
    group: "Host",
    description: "Name of that host in the names of everything on it.",
    allowed: "1 to 20 lower-case letters, digits and dashes",
    default: "local",
    schema: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/),
  }),
  publicAddress: ipv4(
    "Host",
    "Address peers reach the host at. Without it the clients find out by themselves, and peers may not get in.",
  ),
  executionP2pPort: port("Host", "Port for peers of the execution client, TCP and UDP.", 30303),
  beaconP2pPort: port("Host", "Port for peers of the beacon node, TCP and UDP.", 9000),
  beaconQuicPort: port("Host", "Port for peers of the beacon node over QUIC, UDP.", 9001),

  executionClient: oneOf(
    [...EXECUTION_CLIENTS, EXTERNAL],
    "Execution client",
    "The execution client; `external`: one that somebody else runs, at executionEndpoint.",
    "geth",
  ),
  executionEndpoint: optional({
    type: "string",
    group: "Execution client",
    description: "Engine API of an external execution client, as the beacon node's container reaches it.",
    allowed: `an http or https URL ${PLAIN_URL}, such as "http://192.0.2.7:8551"`,
    schema: z.string().refine(isPlainUrl),
  }),
  executionJwtSecret: optional({
    type: "string",
    group: "Execution client",
    description: "JWT secret of an external execution client.",
    allowed: "64 hexadecimal digits, with or without 0x before them, set with --secret",
    secret: true,
    schema: z
      .string()
      .trim()
      .regex(/^(0x)?[0-9a-fA-F]{64}$/),
  }),
  executionImage: image("Execution client", "execution client"),
  executionExtraArgs: extraArgs("Execution client", "execution client"),
  executionMemory: mebibytes("Execution client", "Memory limit of the execution client; default: docs/sizing.md."),
  executionPeers: peers("Execution client", "Peers the execution client aims at; default: docs/sizing.md."),

  beaconClient: oneOf(
    [...BEACON_CLIENTS, EXTERNAL],
    "Beacon node",
    "The beacon node; `external`: use the nodes in beaconNodes, which somebody else runs.",
    "lighthouse",
  ),
  beaconImage: image("Beacon node", "beacon node"),
  beaconExtraArgs: extraArgs("Beacon node", "beacon node"),
  beaconMemory: mebibytes("Beacon node", "Memory limit of the beacon node; default: docs/sizing.md."),
  beaconPeers: peers("Beacon node", "Peers the beacon node aims at; default: docs/sizing.md."),

  validatorClient: oneOf(
    [...VALIDATOR_CLIENTS, INTEGRATED],
    "Validator client",
    "The validator client. Each works with every beacon node, but for grandine: its validators run inside of its beacon node.",
    "lighthouse",
  ),
  beaconNodes: fixed({
    type: "array",
    group: "Validator client",
    description:
      "Beacon APIs of nodes that somebody else runs, for the validator client to fall back on, in this order; with beaconClient external the only ones.",
    allowed: `a list of http or https URLs ${PLAIN_URL}, such as ["http://192.0.2.7:5052"]`,
    default: [],
    schema: z.array(z.string().refine(isPlainUrl)),
  }),
  validatorImage: image("Validator client", "validator client"),
  validatorExtraArgs: extraArgs("Validator client", "validator client"),
  validatorMemory: mebibytes("Validator client", "Memory limit of the validator client; default: docs/sizing.md."),

  validatorCount: fixed({
    type: "integer",
    group: "Validators",
    description: "Number of validators; 0 runs no validator client.",
    allowed: "0 to 10000",
    default: 0,
    schema: z.number().int().min(0).max(10_000),
  }),
  validatorStart: fixed({
    type: "integer",
    group: "Validators",
    description: "Index of the first validator in the mnemonic's tree (EIP-2334).",
    allowed: "0 to 4294967295",
    default: 0,
    schema: z.number().int().min(0).max(0xffff_ffff),
  }),
  feeRecipient: optional({
    type: "string",
    group: "Validators",
    description: "Address the fees of proposed blocks go to. Needed as soon as there are validators.",
    allowed: "0x and 40 hexadecimal digits",
    schema: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  }),
  graffiti: fixed({
    type: "string",
    group: "Validators",
    description: "Text in proposed blocks.",
    allowed: "at most 32 bytes",
    default: "",
    schema: z.string().refine((value) => Buffer.byteLength(value) <= 32),
  }),
  mnemonic: optional({
    type: "string",
    group: "Validators",
    description: "BIP-39 words the validator keys come from. Without it they are generated and kept with the keys.",
    allowed: "12 to 24 words of the English BIP-39 list with a right checksum, set with --secret",
    secret: true,
    schema: z.string().refine((value) => validateMnemonic(value.trim(), wordlist)),
  }),

  metrics: fixed({
    type: "boolean",
    group: "Monitoring",
    description: "Whether the clients serve metrics, on the node's metrics network.",
    allowed: "true or false",
    default: true,
    schema: z.boolean(),
  }),

  resetSchedule: oneOf(
    ["auto", "systemd", "cron", "none"],
    "Resets",
    "What runs the resets: `auto` takes systemd or cron, whichever is there, and nothing for a rehearsal.",
    "auto",
  ),
  resetScheduleOn: oneOf(
    ["runner", "host"],
    "Resets",
    "Where the schedule runs: `runner` is the machine that runs Pulumi; `host` is the node's own host and requires an ssh:// dockerHost.",
    "runner",
  ),
  resetScheduleFolder: optional({
    type: "string",
    group: "Resets",
    description: "The clone of this project on the host whose resets run there. Needed with resetScheduleOn host.",
    allowed: "an absolute path",
    schema: z.string().regex(/^\/[^\n]+$/),
  }),
  resetJitter: fixed({
    type: "integer",
    group: "Resets",
    description:
      "Each stack starts its reset work at a fixed moment of its own, up to this many seconds late, so that a fleet does not switch at once.",
    allowed: `0 to ${LONGEST_JITTER}`,
    default: 0,
    schema: z.number().int().min(0).max(LONGEST_JITTER),
  }),
  hookTimeout: fixed({
    type: "integer",
    group: "Resets",
    description: "Seconds a program in hooks/ may take.",
    allowed: "1 to 600",
    default: 60,
    schema: z.number().int().min(1).max(600),
  }),

  exposeRpc: endpoint("Publish the execution client's JSON-RPC here. Not published without it."),
  exposeWebSocket: endpoint("Publish the execution client's WebSocket here. Not published without it."),
  exposeBeaconApi: endpoint("Publish the Beacon API here. Not published without it."),

  hostMemory: mebibytes("Sizing", "Host memory to size the clients for, instead of what Docker reports."),
  id: optional({
    type: "string",
    group: "Host",
    description:
      "Short id in the name of every container, network and volume. Default: made from the Pulumi backend and the stack's name.",
    allowed: "8 hexadecimal digits",
    schema: z.string().regex(/^[0-9a-f]{8}$/),
  }),
  images: oneOf(
    ["auto", "official", "local"],
    "Images",
    "Images of a rehearsal: official, or built on this machine; auto takes what set-up found. The public network always runs official ones.",
    "auto",
  ),
} as const;

export type KeyName = keyof typeof KEYS;

/** The value of each key after parsing; `undefined` where it is optional and not set. */
export type Values = {
  readonly [K in KeyName]: (typeof KEYS)[K] extends WithDefault<infer T>
    ? T
    : (typeof KEYS)[K] extends Optional<infer U>
      ? U | undefined
      : never;
};
