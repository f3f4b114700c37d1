// The host channel: the one way this project talks to a Docker host beside Pulumi.
// It is the docker CLI with the same URI the provider has.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { dockerRunArgs, type OneShot } from "../../components/docker-run";
import { Problem } from "../../config/problem";
import { type RunOptions, type RunResult, run } from "../../toolchain/run";

/** Longer than any command takes: an engine that hangs must not hold a run, and with it the stack's lock, for ever. */
const PATIENCE = 600_000;

export class HostChannel {
  /**
   * @param uri as in ephemery:dockerHost.
   * @param patience milliseconds a command has that is told nothing else and that nobody can abort.
   */
  constructor(
    readonly uri: string,
    private readonly patience = PATIENCE,
  ) {}

  /** `docker …` on the host; never throws for what docker said. */
  async try(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const result = await run("docker", args, {
      ...(options.signal === undefined ? { timeout: this.patience } : {}),
      ...options,
      env: { ...options.env, DOCKER_HOST: this.uri },
    });
    if (result.missing) {
      throw new Problem(
        "docker-missing",
        "The docker command is not on this machine; it is how a Docker host is reached, a remote one too.",
        "Install it (https://docs.docker.com/engine/install, or `bin/ephemery setup` on Debian), then try again.",
      );
    }
    return result;
  }

  /** @throws Problem `docker-unreachable` when the engine does not answer, `job` when the command fails otherwise. */
  async docker(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const result = await this.try(args, options);
    if (!result.ok) throw this.failure(`docker ${args.slice(0, 2).join(" ")}`, result);
    return result.stdout;
  }

  /** Runs a one-shot container to its end and gives its stdout. */
  async oneShot(what: string, shot: OneShot, options: RunOptions = {}): Promise<string> {
    return (await this.ran(what, shot, options)).stdout;
  }

  /** The same, and returns what it wrote to both streams. */
  async oneShotSaying(what: string, shot: OneShot): Promise<string> {
    return (await this.ran(what, shot, {})).all;
  }

  private async ran(what: string, shot: OneShot, options: RunOptions): Promise<RunResult> {
    if (shot.name !== undefined) await this.try(["rm", "--force", shot.name]);
    const result = await this.try(dockerRunArgs(shot), options);
    if (!result.ok) throw this.failure(what, result);
    return result;
  }

  /** A one-shot container whose streams the caller holds. */
  open(shot: OneShot): ChildProcessWithoutNullStreams {
    return spawn("docker", dockerRunArgs({ ...shot, interactive: true }), {
      env: { ...process.env, DOCKER_HOST: this.uri },
    });
  }

  private failure(what: string, result: RunResult): Problem {
    const said = result.timedOut
      ? "it took too long"
      : lastLines(result.stderr || result.stdout) || `exit code ${result.code}`;
    if (mayNot(said)) return deniedProblem(this.uri, said);
    if (
      /Cannot connect to the Docker daemon|error during connect|Is the docker daemon running|ssh: |Connection refused/i.test(
        said,
      )
    ) {
      return new Problem(
        "docker-unreachable",
        `The Docker Engine at ${this.uri} does not answer: ${said}`,
        "Start it (`systemctl start docker`), or set ephemery:dockerHost to the one that is meant. `bin/ephemery setup` checks this machine.",
      );
    }
    if (/no space left on device/i.test(said)) {
      return new Problem(
        "disk-full",
        `The disk of ${this.uri} is full: ${said}`,
        "Free space (`docker system df` shows what Docker uses), then try again.",
      );
    }
    const cause = result.timedOut
      ? "See whether the engine hangs (docs/troubleshooting.md#docker-unreachable)"
      : "Mend the cause";
    return new Problem(
      "job",
      `${what} failed on ${this.uri}: ${said}`,
      `${cause}, then try again; nothing that ran was stopped.`,
    );
  }
}

/** Whether docker says that an engine is there, and this user may not ask it: "Docker daemon socket" or "docker API". */
export const mayNot = (said: string): boolean => /permission denied while trying to connect to/i.test(said);

export const deniedProblem = (uri: string, said: string): Problem =>
  new Problem(
    "docker-unreachable",
    `The Docker Engine at ${uri} does not let this user in: ${lastLines(said)}`,
    "As root, put the user into the group docker (`usermod --append --groups docker USER`), and log in again; or use sudo for this command.",
  );

const lastLines = (text: string): string => text.trim().split("\n").slice(-5).join("\n");
