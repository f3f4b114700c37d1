// From what a stack's configuration holds to typed values, or to every mistake in it at once.

import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { UNSET } from "./declaration";
import { EXTERNAL, INTEGRATED, KEYS, type Key, type KeyName, type KeyType, type Values } from "./keys";
import { Problem } from "./problem";

/** The namespace of this project's keys in Pulumi.<stack>.yaml. */
export const NAMESPACE = "ephemery";

/** One thing wrong with a configuration. */
export interface Mistake {
  /** The full key, such as `ephemery:validatorCount`. */
  readonly key: string;
  readonly problem: string;
}

const isKey = (name: string): name is KeyName => Object.hasOwn(KEYS, name);
const names = Object.keys(KEYS).filter(isKey);
const key = (name: KeyName): Key => KEYS[name];

const SCALARS: Record<KeyType, (text: string) => unknown> = {
  string: (text) => text,
  // What is too large to be kept exactly stays text, so that the message has it as it was typed.
  integer: (text) => (/^-?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text),
  boolean: (text) => (text === "true" ? true : text === "false" ? false : text),
  array: (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  },
};

const near = (word: string, among: readonly string[]): string | undefined => {
  if (among.length === 0) return undefined;
  const lower = among.map((each) => each.toLowerCase());
  const best = closest(word.toLowerCase(), lower);
  const steps = distance(word.toLowerCase(), best);
  // Between short words a few steps lead from anything to anything.
  const close = steps <= Math.max(2, word.length / 4) && steps < Math.min(word.length, best.length);
  return close ? among[lower.indexOf(best)] : undefined;
};

const choices = (schema: z.ZodType): readonly string[] =>
  schema instanceof z.ZodEnum ? schema.options.map(String) : [];

/** What may help beside the list of what is allowed. */
function hintOf(name: KeyName, value: unknown): string {
  if (typeof value !== "string") return "";
  const close = near(value, choices(key(name).schema));
  return close ? `; did you mean "${close}"?` : "";
}

/** What is stored encrypted is a secret to its owner, whatever the key. */
function shown(name: KeyName, value: unknown, plain: ReadonlySet<string> | undefined): string {
  return key(name).secret || (plain && !plain.has(name)) ? "[secret]" : JSON.stringify(value);
}

/**
 * Parses raw configuration, values as Pulumi hands them to a program: text, JSON
 * for lists. Keys are without namespace. All mistakes are collected; none hides another.
 *
 * @param plain Keys whose values are stored unencrypted; undefined where that is not known.
 * @throws Problem `config` that lists every mistake.
 */
export function parseValues(raw: Readonly<Record<string, string>>, stack: string, plain?: ReadonlySet<string>): Values {
  const mistakes: Mistake[] = [];
  const mistaken = new Set<KeyName>();
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(raw)) {
    if (isKey(name)) continue;
    const hint = near(name, names);
    mistakes.push({
      key: `${NAMESPACE}:${name}`,
      problem: hint
        ? `is not a key; did you mean ${NAMESPACE}:${hint}?`
        : `is not a key; allowed are ${names.join(", ")}`,
    });
  }
  for (const name of names) {
    const { schema, type, allowed, default: fallback } = key(name);
    values[name] = fallback;
    const text = raw[name];
    if (text === undefined || (fallback === undefined && text === String(UNSET[type]))) continue;
    if (key(name).secret && plain?.has(name)) {
      mistaken.add(name);
      mistakes.push({
        key: `${NAMESPACE}:${name}`,
        problem: `is stored in plain text; set it with \`pulumi config set --secret\`, and other words if anyone could have read these`,
      });
      continue;
    }
    const value = SCALARS[type](text);
    const result = schema.safeParse(value);
    if (result.success) {
      values[name] = result.data;
      continue;
    }
    mistaken.add(name);
    mistakes.push({
      key: `${NAMESPACE}:${name}`,
      problem: `is ${shown(name, value, plain)}; allowed: ${allowed}${hintOf(name, value)}`,
    });
  }
  if (!hasEveryKey(values)) throw new Error("unreachable: the loop above sets every key");
  for (const rule of RULES) {
    if (!rule.reads.some((name) => mistaken.has(name)) && rule.broken(values)) {
      mistakes.push({ key: `${NAMESPACE}:${rule.reads[0]}`, problem: rule.problem });
    }
  }
  if (mistakes.length > 0) throw configProblem(stack, mistakes);
  return values;
}

const hasEveryKey = (values: object): values is Values => names.every((name) => name in values);

/** A rule over several keys; it is reported at the first of those it reads, and only when all of them parsed. */
interface Rule {
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

/** Inside a container a client listens on these for its APIs and metrics, whatever is set here. */
const OWN_PORTS: readonly number[] = [
  3500, 4000, 5051, 5052, 5054, 5064, 6060, 8008, 8080, 8081, 8108, 8545, 8546, 8551, 9596,
];

const RULES: readonly Rule[] = [
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

function configProblem(stack: string, mistakes: readonly Mistake[]): Problem {
  const count = mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`;
  const lines = mistakes.map(({ key: name, problem }) => `  ${name} ${problem}`);
  return new Problem(
    "config",
    `The configuration of stack ${stack} has ${count}:\n${lines.join("\n")}`,
    `Mend it with \`pulumi config set KEY VALUE --stack ${stack}\` or in Pulumi.${stack}.yaml; README.md lists every key.`,
  );
}
