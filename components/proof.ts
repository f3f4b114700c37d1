// A chain's proof: that the node works on it, so that the data of the chain before it may go.

import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ChainFacts } from "../chain/facts";
import { beaconApiOf } from "../clients/node";
import type { Layer } from "../clients/spec";
import type { Settings } from "../config/settings";
import { type OnHost, runnerJob } from "./host-job";
import { dockerName } from "./names";

/** Validators whose duties are looked at: enough to see that they are done, few enough for a job's input. */
const SAMPLE = 64;

export interface ProofArgs extends OnHost {
  readonly chain: ChainFacts;
  readonly settings: Settings;
  readonly layers: readonly Layer[];
  readonly apiNetwork: pulumi.Input<string>;
  readonly pubkeys: pulumi.Input<readonly string[]>;
}

/**
 * Succeeds when the head moves, peers are there and validators attest. It fails otherwise, and with it the update,
 * which then removes nothing.
 *
 * @param opts `dependsOn` names the containers of the chain.
 */
export function proof(name: string, args: ProofArgs, opts: pulumi.CustomResourceOptions): command.local.Command {
  const { owner, uri, chain, settings, layers } = args;
  const input = pulumi
    .all([args.toolsImage, args.apiNetwork, pulumi.output(args.pubkeys)])
    .apply(([image, apiNetwork, pubkeys]) => ({
      owner,
      uri,
      image,
      chain,
      network: settings.network,
      containers: Object.fromEntries(layers.map((layer) => [layer, dockerName(owner, layer)])),
      clients: {
        execution: settings.execution.client,
        beacon: settings.beacon.client,
        validator: settings.validator.client,
      },
      apiNetwork,
      beaconApi: beaconApiOf(settings),
      pubkeys: pubkeys.slice(0, SAMPLE),
    }));
  return runnerJob(`${name}-${chain.generation}-proof`, { kind: "prove", input }, opts);
}
