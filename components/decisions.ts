// What is decided once per generation and then fixed, so that `up` in epoch 0, 4
// and 100 wants the same node.

import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { ChainFacts } from "../chain/facts";
import { startSchema, warningOf } from "../chain/start";
import { type OnHost, runnerJob } from "./host-job";

export const decisionsSchema = z.object({
  /** Where the beacon node starts. */
  start: startSchema,
  /** MiB that Docker reports of the host: what sizing is read with. */
  hostMemory: z.number().int().positive(),
});

export type Decisions = Readonly<z.infer<typeof decisionsSchema>>;

export interface DecideArgs extends OnHost {
  readonly chain: ChainFacts;
  readonly checkpointProviders: readonly string[];
  /** The beacon node: another one has a start of its own. */
  readonly beaconClient: string;
  /** The network the beacon node will fetch a checkpoint over. */
  readonly network: pulumi.Input<string>;
}

/**
 * The decisions of a generation. `repair` replaces the resource to have them made anew; the old ones stay until the
 * new ones are known, so that clients they do not change are left alone.
 */
export function decide(
  name: string,
  args: DecideArgs,
  opts: pulumi.CustomResourceOptions,
): { job: pulumi.Resource; decisions: pulumi.Output<Decisions> } {
  const { owner, uri, chain, checkpointProviders } = args;
  const input = pulumi
    .all([args.toolsImage, args.network])
    .apply(([image, network]) => ({ owner, uri, image, network, chain, checkpointProviders }));
  const job = runnerJob(
    `${name}-${chain.generation}-decisions`,
    { kind: "decide", input, triggers: [args.beaconClient], deleteFirst: false },
    opts,
  );
  const decisions = job.stdout.apply(async (text) => {
    const decided = decisionsSchema.parse(JSON.parse(text));
    const warning = warningOf(decided.start, owner.stack);
    if (warning !== undefined) await pulumi.log.warn(warning, job);
    return decided;
  });
  return { job, decisions };
}
