// Whether the validator client looks for another signer before it signs (doppelganger protection).

import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ChainFacts } from "../chain/facts";
import { runnerJob } from "./host-job";
import type { Owner } from "./names";
import type { ValidatorKeys } from "./validator-keys";

export interface ProtectionArgs {
  readonly owner: pulumi.Input<Owner>;
  readonly uri: string;
  readonly toolsImage: pulumi.Input<string>;
  readonly chain: ChainFacts;
  readonly keys: ValidatorKeys;
}

export interface Protection {
  readonly on: pulumi.Output<boolean>;
  readonly job: command.local.Command;
}

/**
 * On when the validator client starts on a chain that has been running, without the slashing protection that would be
 * there if these very keys had signed on it from here. Decided once for a generation and a set of keys: other keys have
 * a past of their own.
 */
export function protection(name: string, args: ProtectionArgs, opts: pulumi.CustomResourceOptions): Protection {
  const { uri, chain, keys } = args;
  const input = pulumi
    .all([pulumi.output(args.owner), args.toolsImage, keys.volume.name, keys.digest])
    .apply(([owner, image, volume, keysDigest]) => ({ owner, uri, image, volume, chain, keysDigest }));
  const job = runnerJob(
    `${name}-${chain.generation}-protection`,
    { kind: "protect", input, again: true, deleteFirst: false },
    opts,
  );
  return { on: job.stdout.apply((text) => text === "on"), job };
}
