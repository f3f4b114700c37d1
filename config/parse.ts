// From what a stack's configuration holds to typed values, or to every mistake in it at once.

import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { KEYS, type Key, type KeyName, type KeyType, type Values } from "./keys";
import { Problem } from "./problem";

/** The namespace of this project's keys in Pulumi.<stack>.yaml. */
export const NAMESPACE = "ephemery";

/** One thing wrong with a configuration. */
export interface Mistake {
  /** The full key, such as `ephemery:validatorCount`. */
  readonly key: string;
  readonly problem: string;
}

const names = Object.keys(KEYS).filter((name): name is KeyName => name in KEYS);
const key = (name: KeyName): Key => KEYS[name];

const SCALARS: Record<KeyType, (text: string) => unknown> = {
  string: (text) => text,
  integer: (text) => (/^-?\d+$/.test(text) ? Number(text) : text),
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
  const best = closest(word, among);
  return distance(word.toLowerCase(), best.toLowerCase()) <= Math.max(2, word.length / 4) ? best : undefined;
};

const choices = (schema: z.ZodType): readonly string[] =>
  schema instanceof z.ZodEnum ? schema.options.map(String) : [];

function shown(name: KeyName, value: unknown): string {
  return key(name).secret ? "[secret]" : JSON.stringify(value);
}

/**
 * Parses raw configuration, values as Pulumi hands them to a program: text, JSON
 * for lists. Keys are without namespace. All mistakes are collected; none hides another.
 *
 * @throws Problem `config` that lists every mistake.
 */
export function parseValues(raw: Readonly<Record<string, string>>, stack: string): Values {
  const mistakes: Mistake[] = [];
  const mistaken = new Set<KeyName>();
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(raw)) {
    if (name in KEYS) continue;
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
    const text = raw[name];
    if (text === undefined) {
      values[name] = fallback;
      continue;
    }
    const value = SCALARS[type](text);
    const result = schema.safeParse(value);
    if (result.success) {
      values[name] = result.data;
      continue;
    }
    values[name] = fallback;
    mistaken.add(name);
    const hint = typeof value === "string" ? near(value, choices(schema)) : undefined;
    mistakes.push({
      key: `${NAMESPACE}:${name}`,
      problem: `is ${shown(name, value)}; allowed: ${allowed}${hint ? `; did you mean "${hint}"?` : ""}`,
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

const published = (v: Values): string[] =>
  [v.exposeRpc, v.exposeWebSocket, v.exposeBeaconApi].filter((e): e is string => e !== undefined);

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
    broken: (v) => new Set(published(v).map((e) => e.split(":")[1])).size < published(v).length,
    problem: "and the other published addresses need a port each",
  },
  {
    reads: ["exposeRpc", "exposeWebSocket", "exposeBeaconApi", "network"],
    broken: (v) => v.network === "rehearsal" && published(v).length > 0,
    problem: "and the other published addresses can't be set on a rehearsal: its networks reach nothing outside",
  },
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
