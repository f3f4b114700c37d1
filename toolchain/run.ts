// Runs a program and says how it went.

import type { Options, ResultPromise } from "execa";

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Milliseconds; none by default. */
  readonly timeout?: number;
  /** Called with each line of both streams as it comes. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Show both streams on this process's own as well. */
  readonly show?: boolean;
  /** In a session of its own: no terminal to ask on, and none whose signals reach it. */
  readonly apart?: boolean;
  /** Told its process id, which apart is that of its group too. */
  readonly onStart?: (pid: number) => void;
}

let allApart = false;

/** From now on all that this process runs is apart: whoever tells this process to end tells it alone. */
export function startApart(): void {
  allApart = true;
}

export const startsApart = (): boolean => allApart;

export interface RunResult {
  readonly ok: boolean;
  /** Undefined when the program could not be started or was killed. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams in the order they came. */
  readonly all: string;
  /** There is no such program. */
  readonly missing: boolean;
  readonly timedOut: boolean;
}

/**
 * Runs a program on this process's own streams, for whoever is there to answer it.
 *
 * @returns its exit code; undefined when it could not be started or was killed.
 */
export async function runAttended(
  program: string,
  args: readonly string[],
  options: Pick<RunOptions, "cwd" | "env">,
): Promise<number | undefined> {
  const { cwd, env } = options;
  const { child } = await start(program, args, {
    reject: false,
    stdio: "inherit",
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: { ...env } }),
  });
  return (await child).exitCode;
}

// execa is ESM only, and its dependencies can't be required: it is imported when it is first needed.
async function start(program: string, args: readonly string[], options: Options): Promise<{ child: ResultPromise }> {
  const { execa } = await import("execa");
  return { child: execa(program, args, options) };
}

/** Runs to the end; never throws for what the program did. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { child } = await start(program, args, {
    reject: false,
    all: true,
    encoding: "utf8",
    stripFinalNewline: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal, gracefulCancel: false }),
    ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
    ...(options.show ? { stdout: ["pipe", "inherit"], stderr: ["pipe", "inherit"] } : {}),
    ...(allApart || options.apart ? { detached: true } : {}),
  });
  const { onLine, onStart } = options;
  if (child.pid !== undefined) onStart?.(child.pid);
  // Each by itself: in the two as one, what one says within a line of the other becomes part of it.
  const tell = async (from: "stdout" | "stderr"): Promise<void> => {
    if (onLine) for await (const line of child.iterable({ from })) onLine(String(line));
  };
  const both = Promise.all([tell("stdout"), tell("stderr")]);
  const told = both.catch(() => undefined); // the result says what went wrong
  const result = await child;
  await told;
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return {
    ok: !result.failed,
    code: result.exitCode,
    stdout: text(result.stdout),
    stderr: text(result.stderr),
    all: text(result.all),
    missing: result.code === "ENOENT",
    timedOut: result.timedOut,
  };
}
