// How every failure of this project reaches a person: what failed, where, and what to do next.

/** Stable names of failures, for scripts and for tests; docs/troubleshooting.md has a section for each. */
export const PROBLEM_CODES = [
  "config",
  "docker-missing",
  "docker-unreachable",
  "docker-too-old",
  "port-taken",
  "disk-full",
  "passphrase",
  "stack-missing",
  "locked",
  "interrupted",
  "cancelled",
  "engine",
  "release-unreachable",
  "release-incomplete",
  "release-refused",
  "bundle-refused",
  "identity-changed",
  "forks-changed",
  "clock",
  "host-changed",
  "client-too-old",
  "no-plan",
  "plan-stale",
  "not-proved",
  "held-back",
  "hook",
  "schedule",
  "job",
  "keys",
  "beacon-nodes",
  "slashing-protection",
  "node",
  "toolchain",
  "images",
  "rehearsal",
  "internal",
] as const;

export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** Begins the last line of a problem's text, which leads to its section. */
const MORE = "More: docs/troubleshooting.md#";

/** What a person reads of a failure, or of a node that is not well: what is wrong, what to do, and where there is more. */
export const toldInFull = (code: string, message: string, remedy: string): string =>
  [message, ...(remedy === "" ? [] : [remedy]), `${MORE}${code}`].join("\n");

/**
 * A failure with a remedy. `message` says what failed and where, in one or more
 * lines; `remedy` is the next thing to do, a command where there is one.
 */
export class Problem extends Error {
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "Problem";
  }

  /** The text a person reads: message, remedy, and where there is more about it. */
  get text(): string {
    return toldInFull(this.code, this.message, this.remedy);
  }
}

/** The first problem whose text is in another program's output, as it was where it came from; indented or not. */
export function problemIn(output: string, before: RegExp): Problem | undefined {
  const pattern = new RegExp(`${before.source}([\\s\\S]*?)\\n[ \\t]*${MORE}([a-z-]+)`, before.flags);
  const [, body = "", name] = pattern.exec(output) ?? [];
  const code = PROBLEM_CODES.find((each) => each === name);
  if (code === undefined) return undefined;
  const lines = body.split("\n");
  const indents = lines.slice(1).map((line) => /^\s*/.exec(line)?.[0].length ?? 0);
  const common = Math.min(...indents);
  const [first = "", ...rest] = lines;
  const text = [first.trim(), ...rest.map((line) => line.slice(common).trimEnd())];
  return new Problem(code, text.slice(0, -1).join("\n"), text.at(-1) ?? "");
}

/** Whatever was thrown, as a Problem; a stranger keeps its message under the code `internal`. */
export function toProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Problem(
    "internal",
    message,
    "This is a fault of the project. Please report it with the command you ran.",
    {
      cause: thrown,
    },
  );
}
