// Jobs: things done once, whose success is what their consumers wait for.

import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "safe-stable-stringify";
import { type OneShot, shellLine } from "./docker-run";
import type { Owner } from "./names";

/**
 * A job that has succeeded is not done again when its wording changes: its output stays.
 * A failed one leaves nothing in the state, so the next `up` runs it again.
 */
const KEEP_OUTPUT = 'printf %s "$PULUMI_COMMAND_STDOUT"';

/** What whatever is done on a host is told. */
export interface OnHost {
  readonly owner: Owner;
  /** The Docker Engine, as the provider is told. */
  readonly uri: string;
  /** Image with busybox's tools. */
  readonly toolsImage: pulumi.Input<string>;
}

export interface HostJobArgs {
  /** The Docker Engine, as the provider is told. */
  readonly uri: string;
  readonly run: pulumi.Input<OneShot & { readonly name: string }>;
  /**
   * Whether what it prints is its result, and kept in the state. A client that prepares its data prints some hundred
   * bytes for each key: of a thousand keys that is more than the environment of a later update takes.
   */
  readonly result?: boolean;
  /** What it works on: another value makes it run again. */
  readonly triggers?: readonly pulumi.Input<string>[];
  /** Whether what a job made before has to be gone first, when it is done anew. True unless it only reports. */
  readonly deleteFirst?: boolean;
}

/** A one-shot container on the node's host. There are no secrets in what it prints. */
export function hostJob(name: string, args: HostJobArgs, opts: pulumi.CustomResourceOptions): command.local.Command {
  return new command.local.Command(
    name,
    {
      create: pulumi.output(args.run).apply((run) => shellLine(run, args.result === false)),
      update: KEEP_OUTPUT,
      environment: { DOCKER_HOST: args.uri },
      ...(args.triggers === undefined ? {} : { triggers: [...args.triggers] }),
      // Chatty output would go to the terminal line by line; a failure shows all of it anyway.
      logging: "none",
    },
    { ...opts, deleteBeforeReplace: args.deleteFirst ?? true },
  );
}

/** The jobs that need more than busybox; operations/jobs has them by these names. */
export type RunnerJobKind =
  | "deliver-genesis"
  | "deliver-keys"
  | "deliver-jwt"
  | "await-beacon"
  | "decide"
  | "protect"
  | "prove"
  | "schedule"
  | "unschedule";

export interface RunnerJobArgs {
  readonly kind: RunnerJobKind;
  /** What the job works on. It is kept in the state in plain text: no secrets. */
  readonly input: pulumi.Input<object>;
  /** Whether changed input makes the job run again. */
  readonly again?: boolean;
  /** Another value has it undone with its old input before it runs again. */
  readonly triggers?: readonly pulumi.Input<string>[];
  /** As with a job on the host. */
  readonly deleteFirst?: boolean;
  /** What undoes it. It is told the same input. */
  readonly undo?: RunnerJobKind;
}

/** In one order of keys: facts read back from the state have another one than facts read from a release. */
const canonical = (input: object): string => stringify(input) ?? "";

/** A job on the machine that runs Pulumi, as a program of this project. Its stdout is its result. */
export function runnerJob(
  name: string,
  args: RunnerJobArgs,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  return new command.local.Command(
    name,
    {
      create: `node bin/ephemery job ${args.kind}`,
      // A long output in the environment of the next run would be too long to start it.
      ...(args.again ? { addPreviousOutputInEnv: false } : { update: KEEP_OUTPUT }),
      ...(args.undo === undefined ? {} : { delete: `node bin/ephemery job ${args.undo}` }),
      environment: { EPHEMERY_JOB: pulumi.output(args.input).apply(canonical) },
      ...(args.triggers === undefined ? {} : { triggers: [...args.triggers] }),
      logging: "none",
    },
    { ...opts, deleteBeforeReplace: args.deleteFirst ?? true },
  );
}
