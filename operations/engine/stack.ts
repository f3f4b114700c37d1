// A stack, and what Pulumi can be asked to do with it.

import { mkdir } from "node:fs/promises";
import { z } from "zod";
import { Problem } from "../../config/problem";
import type { Toolchain } from "../../toolchain/install";
import { ROOT } from "../../toolchain/paths";
import { type RunOptions, type RunResult, run, runAttended } from "../../toolchain/run";
import { problemOf } from "./failures";
import { whileAsking, whileInterruptsWait } from "./interrupts";
import { passphraseEnv } from "./passphrase";
import { askUntilWhole, BACKEND_FOLDER, HALF_WRITTEN, removeEmptyAttributes } from "./state-file";

/** A resource as a deployment's checkpoint has it, as far as it is read here. */
const resourceSchema = z.looseObject({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
});
const checkpointSchema = z.looseObject({
  deployment: z
    .looseObject({
      resources: z.array(resourceSchema).nullish(),
      pending_operations: z.array(z.looseObject({ type: z.string(), resource: resourceSchema })).nullish(),
    })
    .nullish(),
});

/** The same, kept whole for writing it back. */
const stateSchema = z.looseObject({ deployment: z.looseObject({}).nullish() });

export type StateResource = z.infer<typeof resourceSchema>;
export interface Checkpoint {
  readonly resources: readonly StateResource[];
  readonly pending: readonly { readonly type: string; readonly resource: StateResource }[];
}

export interface EngineOptions {
  /** Show the engine's own progress; otherwise nothing is printed. */
  readonly show?: boolean;
  readonly args?: readonly string[];
  /** Added to the environment of the engine and of the program. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Resources that are made at once. Most of what makes them waits for the host; the engine's own four for each processor
 * keep the genesis files waiting behind networks.
 */
const AT_ONCE = 16;

export class Stack {
  /** @param folder the Pulumi project's. */
  constructor(
    readonly name: string,
    private readonly toolchain: Toolchain,
    private readonly folder: string = ROOT,
  ) {}

  /** Runs `pulumi …` for this stack; never throws for what it said. */
  async pulumi(
    args: readonly string[],
    options: Pick<RunOptions, "show" | "env" | "onStart"> & { input?: string } = {},
  ): Promise<RunResult> {
    return run(this.toolchain.pulumi, args, {
      ...(await this.surroundings(options.env)),
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.show ? { show: true } : {}),
      ...(options.onStart ? { onStart: options.onStart } : {}),
    });
  }

  /** The same on this process's own streams: for a person who is asked, or a pipe that answers. Returns its exit code. */
  async attended(args: readonly string[]): Promise<number | undefined> {
    const surroundings = await this.surroundings();
    return whileAsking(() => runAttended(this.toolchain.pulumi, args, surroundings));
  }

  private async surroundings(env: Readonly<Record<string, string>> = {}): Promise<Pick<RunOptions, "cwd" | "env">> {
    await mkdir(BACKEND_FOLDER, { recursive: true });
    return { cwd: this.folder, env: { ...this.toolchain.env, ...(await passphraseEnv(this.name)), ...env } };
  }

  private async ask(args: readonly string[], input?: string): Promise<string> {
    const result = await askUntilWhole(() =>
      this.pulumi([...args, "--non-interactive"], input === undefined ? {} : { input }),
    );
    if (!result.ok) throw problemOf(result.all, this.name);
    return result.stdout;
  }

  private async engine(
    command: string,
    args: readonly string[],
    { show = false, args: more = [], env = {} }: EngineOptions,
  ): Promise<string> {
    const color = show && process.stdout.isTTY ? "always" : "never";
    const all = [command, "--stack", this.name, "--non-interactive", `--color=${color}`, ...args, ...more];
    const attempt = () => whileInterruptsWait((onStart) => this.pulumi(all, { show, env, onStart }));
    let result = await attempt();
    // Of a lock's attributes only the engine's own runs take notice.
    if (!result.ok && HALF_WRITTEN.test(result.all) && (await removeEmptyAttributes()).length > 0)
      result = await attempt();
    if (!result.ok) throw problemOf(result.all, this.name);
    return result.all;
  }

  async exists(): Promise<boolean> {
    const names = z.array(z.object({ name: z.string() })).parse(JSON.parse(await this.ask(["stack", "ls", "--json"])));
    return names.some(({ name }) => name === this.name || name.endsWith(`/${this.name}`));
  }

  /** Makes the stack where it is not there. The salt of a committed configuration stays as it is. */
  async init(): Promise<void> {
    if (!(await this.exists())) await this.ask(["stack", "init", this.name, "--no-select"]);
  }

  preview(options: EngineOptions = {}): Promise<string> {
    return this.engine("preview", [], options);
  }

  up(options: EngineOptions = {}): Promise<string> {
    return this.engine("up", ["--yes", "--skip-preview", `--parallel=${AT_ONCE}`], options);
  }

  destroy(options: EngineOptions = {}): Promise<string> {
    return this.engine("destroy", ["--yes", "--skip-preview"], options);
  }

  /** Clears the lock of a run that is known to be dead. */
  async cancel(): Promise<void> {
    await this.ask(["cancel", "--yes", "--stack", this.name]);
  }

  async remove(): Promise<void> {
    await this.ask(["stack", "rm", "--yes", "--preserve-config", "--stack", this.name]);
  }

  /** What `pulumi whoami --verbose --json` prints: the backend among it. */
  async whoami(): Promise<string> {
    return this.ask(["whoami", "--verbose", "--json"]);
  }

  /** The stack's outputs, unparsed. */
  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    return z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(await this.ask(["stack", "output", "--json", "--stack", this.name])));
  }

  async checkpoint(): Promise<Checkpoint> {
    const { deployment } = checkpointSchema.parse(
      JSON.parse(await this.ask(["stack", "export", "--stack", this.name])),
    );
    return { resources: deployment?.resources ?? [], pending: deployment?.pending_operations ?? [] };
  }

  /** Writes the state back as it is. It changes nothing, and takes the engine's lock: it fails while another run holds it. */
  async assertUnlocked(): Promise<void> {
    await this.rewrite((deployment) => deployment);
  }

  /** Forgets the operations a run did not finish, once the host is in line with the state. */
  async forgetPending(): Promise<void> {
    await this.rewrite((deployment) => ({ ...deployment, pending_operations: [] }));
  }

  private async rewrite(change: (deployment: object) => object): Promise<void> {
    const state = stateSchema.parse(JSON.parse(await this.ask(["stack", "export", "--stack", this.name])));
    const deployment = state.deployment && change(state.deployment);
    await this.ask(["stack", "import", "--stack", this.name], JSON.stringify({ ...state, deployment }));
  }

  /** Sets a secret of the configuration; its value goes by stdin. */
  async setSecret(key: string, value: string): Promise<void> {
    await this.ask(["config", "set", "--secret", key, "--stack", this.name], value);
  }
}

/** @throws Problem `stack-missing` */
export async function existing(stack: Stack): Promise<Stack> {
  if (await stack.exists()) return stack;
  throw new Problem(
    "stack-missing",
    `There is no stack ${stack.name} yet.`,
    `Make it with \`bin/ephemery init ${stack.name}\`.`,
  );
}
