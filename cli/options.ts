// Options and answers that several commands share.

import { type Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import { LAYER_NAMES } from "../clients/spec";
import type { Crashes } from "../operations/crashes";
import type { LockedProblem } from "../operations/engine/failures";
import type { Reconciled } from "../operations/reconcile";

/** The stack a command works on when none is named. */
export const DEFAULT_STACK = "dev";

/** A command of one stack. */
export function stackCommand(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).option("-s, --stack <name>", "the stack", DEFAULT_STACK);
}

/**
 * Reads an option as a schema has it.
 *
 * @param allowed what that is, in words.
 */
export const as =
  <T>(schema: z.ZodType<T, string>, allowed: string) =>
  (text: string): T => {
    const result = schema.safeParse(text);
    if (result.success) return result.data;
    throw new InvalidArgumentError(`Allowed: ${allowed}.`);
  };

/** The same for a whole number. */
export const whole = (schema: z.ZodType<number, number>, allowed: string): ((text: string) => number) =>
  as(z.string().regex(/^\d+$/).transform(Number).pipe(schema), allowed);

/** Nobody is there to answer. */
export const unattended = (yes: boolean): boolean => yes || Boolean(process.env.CI) || !process.stdin.isTTY;

/** Where and for how long a question stands. */
interface Asking {
  /** Milliseconds after which nobody is there to answer; none by default. */
  readonly patience?: number;
  /** The terminal; this process's own by default. */
  readonly input?: NodeJS.ReadableStream;
  readonly output?: NodeJS.WritableStream;
}

/** Asks on a terminal; without one, or an answer in time, it is `otherwise`. */
export async function ask(message: string, yes: boolean, otherwise: boolean, asking: Asking = {}): Promise<boolean> {
  if (unattended(yes)) return yes || otherwise;
  const { confirm } = await import("@inquirer/prompts");
  const { patience, ...terminal } = asking;
  const signal = patience === undefined ? {} : { signal: AbortSignal.timeout(patience) };
  return confirm({ message }, { ...terminal, ...signal }).catch((error: unknown) => {
    if (error instanceof Error && error.name === "AbortPromptError") return otherwise;
    throw error;
  });
}

/** Milliseconds: who asks has the stack, and a terminal that somebody has left must not keep a switch from it. */
const ANSWER = 120_000;

export const mayTakeOver =
  (yes: boolean, asking: Asking = { patience: ANSWER }) =>
  async (problem: LockedProblem): Promise<boolean> => {
    process.stderr.write(`${problem.message}\n`);
    return ask("Clear that lock and go on?", yes, false, asking);
  };

/** What a person can do while an update waits for a client that does not stay up. */
export function tellCrashes({ stack, layer, container, times, log }: Crashes): void {
  const lines = log.split("\n").map((line) => `    ${line}\n`);
  process.stderr.write(
    `The ${LAYER_NAMES[layer]} has ended ${times} times by itself. What it wrote last:\n${lines.join("")}It is started again and waited for. To see more: \`docker logs ${container}\`. To end the wait: Ctrl-C, mend the cause, and \`bin/ephemery repair --stack ${stack}\`.\n`,
  );
}

export function tellReconciled({ unlocked, removed }: Reconciled): void {
  if (unlocked) process.stderr.write("Cleared the lock of a run that was cut off.\n");
  for (const name of removed)
    process.stderr.write(`Removed ${name}, which a run that was cut off left behind, or somebody made.\n`);
}
