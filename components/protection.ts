// Whether what signs looks for another signer first (doppelganger protection), and the way of its slashing protection
// from one client to another.

import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ChainFacts } from "../chain/facts";
import type { Layer } from "../clients/spec";
import { type OnHost, runnerJob } from "./host-job";
import type { ValidatorKeys } from "./validator-keys";

export interface ProtectionArgs extends OnHost {
  readonly chain: ChainFacts;
  readonly keys: ValidatorKeys;
  /** Volume of the bundle's files: some clients take the chain's root from them. */
  readonly genesis: pulumi.Input<string>;
  /** What signs from now on. */
  readonly signer: { readonly client: string; readonly layer: Layer; readonly image: pulumi.Input<string> };
}

export interface Protection {
  /** Whether the signing client is to watch for its own keys first (doppelganger protection). */
  readonly on: pulumi.Output<boolean>;
  /** What decides it; the signing client starts after it. */
  readonly job: command.local.Command;
}

/**
 * Decided once for a generation, a set of keys, a client and its image, which is what reads its database later;
 * operations/jobs/protect.ts says how. Where another client signed before, that one is stopped, and its slashing
 * protection moved.
 *
 * @param opts `dependsOn` names all that can fail without anything having been stopped.
 */
export function protection(name: string, args: ProtectionArgs, opts: pulumi.CustomResourceOptions): Protection {
  const { owner, uri, chain, keys } = args;
  const { client, layer } = args.signer;
  const input = pulumi
    .all([args.toolsImage, keys.volume.name, args.genesis, keys.digest, args.signer.image])
    .apply(([image, keysVolume, genesis, keysDigest, signerImage]) => ({
      owner,
      uri,
      image,
      chain,
      volumes: { keys: keysVolume, genesis },
      keysDigest,
      signer: { client, layer, image: signerImage },
    }));
  const job = runnerJob(
    `${name}-${chain.generation}-protection`,
    { kind: "protect", input, triggers: [keys.digest, client, args.signer.image], deleteFirst: false },
    opts,
  );
  return { on: job.stdout.apply((text) => text.trim() === "on"), job };
}
