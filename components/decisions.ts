// What is decided once per generation and then fixed, so that `up` in epoch 0, 4
// and 100 wants the same node.

import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { ChainFacts } from "../chain/facts";
import { startSchema } from "../chain/start";
import { runnerJob } from "./host-job";
import type { Owner } from "./names";

export const decisionsSchema = z.object({
  /** Where the beacon node starts. */
  start: startSchema,
  /** MiB that Docker reports of the host: what sizing is read with. */
  hostMemory: z.number().int().positive(),
  /**
   * On when the validator client starts on a chain that has been running without the slashing
   * protection that would be there if these keys had signed on it from here.
   */
  doppelgangerProtection: z.boolean(),
});

export type Decisions = Readonly<z.infer<typeof decisionsSchema>>;

export interface DecideArgs {
  readonly owner: pulumi.Input<Owner>;
  readonly uri: string;
  readonly toolsImage: pulumi.Input<string>;
  readonly chain: ChainFacts;
  readonly checkpointProviders: readonly string[];
  /** The network the beacon node will fetch a checkpoint over. */
  readonly network: pulumi.Input<string>;
  /** The kept key volume, where there are validators. */
  readonly keys: pulumi.Input<string> | undefined;
}

/** The decisions of a generation. `repair` replaces the resource to have them made anew. */
export function decide(name: string, args: DecideArgs, opts: pulumi.CustomResourceOptions): pulumi.Output<Decisions> {
  const { uri, chain, checkpointProviders } = args;
  const input = pulumi
    .all([pulumi.output(args.owner), args.toolsImage, args.network, args.keys ?? ""])
    .apply(([owner, image, network, keys]) => ({
      owner,
      uri,
      image,
      network,
      chain,
      checkpointProviders,
      ...(keys === "" ? {} : { keys }),
    }));
  const job = runnerJob(`${name}-${chain.generation}-decisions`, { kind: "decide", input }, opts);
  return job.stdout.apply((text) => decisionsSchema.parse(JSON.parse(text)));
}
