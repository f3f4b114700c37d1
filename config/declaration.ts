// The keys as others show them: Pulumi.yaml's `config` and the README's table. Both are written by `npm run docs`.

import { KEYS, type Key, type KeyType } from "./keys";

/** What Pulumi.yaml says of a key: https://www.pulumi.com/docs/iac/concepts/projects/project-file */
export interface Declaration {
  readonly type: KeyType;
  readonly items?: { readonly type: "string" };
  readonly default: unknown;
  readonly description: string;
}

/**
 * What stands for "not set": Pulumi refuses a stack that lacks a declared key, so each of them has a default.
 */
export const UNSET: Readonly<Record<KeyType, unknown>> = { string: "", integer: 0, boolean: false, array: [] };

const keys: readonly (readonly [string, Key])[] = Object.entries(KEYS);

export function declarations(): Readonly<Record<string, Declaration>> {
  return Object.fromEntries(
    keys.map(([name, { type, description, default: fallback, allowed }]) => [
      name,
      {
        type,
        ...(type === "array" ? { items: { type: "string" } as const } : {}),
        default: fallback ?? UNSET[type],
        description: `${description} Allowed: ${allowed}.`,
      },
    ]),
  );
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

function shownDefault({ default: fallback, type }: Key): string {
  if (fallback === undefined || fallback === "") return "";
  if (type === "array" && Array.isArray(fallback))
    return fallback.length === 0 ? "none" : fallback.map((each) => `\`${each}\``).join(", ");
  return `\`${String(fallback)}\``;
}

/** A Markdown table for each group of keys, in the order of KEYS. */
export function settingsTables(): string {
  const groups = new Map<string, string[]>();
  for (const [name, key] of keys) {
    const row = [`\`${name}\``, shownDefault(key), key.description, key.allowed].map(cell).join(" | ");
    groups.set(key.group, [...(groups.get(key.group) ?? []), `| ${row} |`]);
  }
  return [...groups]
    .map(
      ([group, rows]) =>
        `**${group}**\n\n| Key | Default | What it is | Allowed |\n|---|---|---|---|\n${rows.join("\n")}`,
    )
    .join("\n\n");
}
