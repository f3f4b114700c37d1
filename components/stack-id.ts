// The short id in the names of everything a stack has on a host.

import * as pulumi from "@pulumi/pulumi";
import { runnerJob } from "./host-job";
import type { Owner } from "./names";

export interface StackIdArgs {
  readonly host: string;
  readonly stack: string;
  /** From the configuration, where it is set. */
  readonly id: string | undefined;
}

/**
 * The stack's name is not unique on a host, so an id goes with it. It is made from the backend and the
 * stack's full name, not drawn at random: kept volumes are found by their names, and a stack that was
 * destroyed has no state left to remember a random id in.
 */
export function stackOwner(name: string, args: StackIdArgs, opts: pulumi.CustomResourceOptions): pulumi.Output<Owner> {
  const { host, stack } = args;
  if (args.id !== undefined) return pulumi.output({ host, stack, id: args.id });
  const job = runnerJob(name, { kind: "stack-id", input: { stack } }, opts);
  return job.stdout.apply((id) => ({ host, stack, id }));
}
