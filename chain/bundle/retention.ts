// retention.vars of a bundle: shell assignments, parsed and never sourced.

import { z } from "zod";

const integer = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

const schema = z.object({
  CHAIN_ID: integer,
  GENESIS_TIMESTAMP: integer,
  GENESIS_RESET_INTERVAL: integer.refine((period) => period > 0),
});

/** What retention.vars says of an iteration. Times are unix seconds. */
export interface Retention {
  readonly chainId: number;
  /** Execution genesis time. */
  readonly executionGenesisTime: number;
  readonly period: number;
}

const ASSIGNMENT = /^(?:export\s+)?([A-Z_][A-Z0-9_]*)=(?:"([^"]*)"|'([^']*)'|(\S*))\s*$/;

/** Lines of the form `export NAME="value"`; everything else is passed over, so that no line can do anything. */
export function parseAssignments(text: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const match = ASSIGNMENT.exec(line.trim());
    const name = match?.[1];
    if (match && name !== undefined) found[name] = match[2] ?? match[3] ?? match[4] ?? "";
  }
  return found;
}

/**
 * What retention.vars says.
 *
 * @throws z.ZodError when a value is missing or not of its form.
 */
export function parseRetention(text: string): Retention {
  const vars = schema.parse(parseAssignments(text));
  return {
    chainId: vars.CHAIN_ID,
    executionGenesisTime: vars.GENESIS_TIMESTAMP,
    period: vars.GENESIS_RESET_INTERVAL,
  };
}
