// How every failure of this project reaches a person: what failed, where, and what to do next.

/** Stable names of failures, for scripts and for tests. */
export type ProblemCode =
  | "config"
  | "docker-missing"
  | "docker-unreachable"
  | "docker-too-old"
  | "port-taken"
  | "disk-full"
  | "passphrase"
  | "stack-missing"
  | "locked"
  | "interrupted"
  | "engine"
  | "release-unreachable"
  | "release-incomplete"
  | "release-refused"
  | "bundle-refused"
  | "identity-changed"
  | "no-plan"
  | "job"
  | "keys"
  | "node"
  | "toolchain"
  | "rehearsal"
  | "internal";

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

  /** The text a person reads: message, then remedy. */
  get text(): string {
    return this.remedy === "" ? this.message : `${this.message}\n${this.remedy}`;
  }
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
