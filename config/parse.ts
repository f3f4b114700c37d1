// From what a stack's configuration holds to typed values, or to every mistake in it at once.

import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { UNSET } from "./declaration";
import { KEYS, type Key, type KeyName, type KeyType, type Values } from "./keys";
import { Problem } from "./problem";
import { RULES } from "./rules";

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

/** Under a mistake of more than one key, what each of them is; nothing of one that is neither set nor has a default. */
function foundFor(name: KeyName, text: string | undefined, plain: ReadonlySet<string> | undefined): string[] {
  const { type, default: fallback } = key(name);
  if (text !== undefined) return [`${name} is ${shown(name, SCALARS[type](text), plain)}`];
  return fallback === undefined ? [] : [`${name} is ${JSON.stringify(fallback)}`];
}

/**
 * Parses raw configuration, values as Pulumi hands them to a program: text, JSON
 * for lists. Keys are without namespace. All mistakes are collected; none hides another.
 *
 * @param plain Keys whose values are stored unencrypted; undefined where that is not known.
 * @param closed Keys that are set, to values that can't be read here: no rule is held against them.
 * @throws Problem `config` that lists every mistake.
 */
export function parseValues(
  raw: Readonly<Record<string, string>>,
  stack: string,
  plain?: ReadonlySet<string>,
  closed: ReadonlySet<string> = new Set(),
): Values {
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
        problem: `is stored in plain text; set it with \`bin/ephemery config set --secret ${NAMESPACE}:${name} --stack ${stack}\`, and other words if anyone could have read these`,
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
    if (!rule.reads.some((name) => mistaken.has(name) || closed.has(name)) && rule.broken(values)) {
      const found = rule.reads.flatMap((name) => foundFor(name, raw[name], plain)).join(", ");
      mistakes.push({
        key: `${NAMESPACE}:${rule.reads[0]}`,
        problem: found === "" ? rule.problem : `${rule.problem} (${found})`,
      });
    }
  }
  if (mistakes.length > 0) throw configProblem(stack, mistakes);
  return values;
}

const hasEveryKey = (values: object): values is Values => names.every((name) => name in values);

function configProblem(stack: string, mistakes: readonly Mistake[]): Problem {
  const count = mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`;
  const lines = mistakes.map(({ key: name, problem }) => `  ${name} ${problem}`);
  return new Problem(
    "config",
    `The configuration of stack ${stack} has ${count}:\n${lines.join("\n")}`,
    `Mend it with \`bin/ephemery config set KEY VALUE --stack ${stack}\` or in Pulumi.${stack}.yaml; README.md lists every key.`,
  );
}
