// The gate: what makes a new generation stop the validator client, the beacon
// node and the execution client in this order, before it starts any of them anew.

import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/**
 * Replaced with each generation, deleted first, and fed into a replacing property of every client
 * (`behind`): the engine then deletes all of them, last dependent first, before it creates the first
 * again. `dependsOn` alone replaces one after the other, and the validator client stops last.
 *
 * @param opts `dependsOn` names the jobs that have to have succeeded before anything is stopped.
 */
export function gate(name: string, generation: string, opts: pulumi.CustomResourceOptions): random.RandomId {
  return new random.RandomId(name, { byteLength: 4, keepers: { generation } }, { ...opts, deleteBeforeReplace: true });
}

/** A text that is unknown, and so a replacement, whenever the gate is replaced. */
export function behind(through: random.RandomId, text: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.all([through.hex, text]).apply(([, value]) => value);
}
