// What a validator client waits for whose beacon nodes somebody else runs.

import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ChainFacts } from "../chain/facts";
import { type OnHost, runnerJob } from "./host-job";

export interface ServedChainArgs extends OnHost {
  readonly chain: ChainFacts;
  readonly beaconNodes: readonly string[];
  /** The network the validator client will reach them over. */
  readonly network: pulumi.Input<string>;
}

/** Succeeds when the beacon nodes serve the chain, and fails before anything that runs is stopped. */
export function servedChain(
  name: string,
  args: ServedChainArgs,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  const { owner, uri, chain, beaconNodes } = args;
  const input = pulumi
    .all([args.toolsImage, args.network])
    .apply(([image, network]) => ({ owner, uri, image, network, chain, beaconNodes }));
  return runnerJob(
    `${name}-${chain.generation}-served-chain`,
    { kind: "await-beacon", input, triggers: [...beaconNodes], deleteFirst: false },
    opts,
  );
}
