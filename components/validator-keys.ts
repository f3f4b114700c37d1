// The validators' keystores in their kept volume, streamed there from the machine
// that runs Pulumi: they are in no state, no argument and no environment.

import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { keysDigest } from "../validators/digest";
import { deliveredKeysSchema } from "./delivered-keys";
import { type OnHost, runnerJob } from "./host-job";
import { keptVolume } from "./volumes";

export interface ValidatorKeysArgs extends OnHost {
  /** How many validators; at least one. */
  readonly count: number;
  /** Index of the first validator in the mnemonic's tree. */
  readonly start: number;
  /** Changes with a mnemonic that was given; undefined where the keys come from one that was generated. */
  readonly mnemonicDigest: string | undefined;
  /** Whether their group reads the keys as well: the beacon node is in it when the validators run inside. */
  readonly shared: boolean;
}

/**
 * The volume that keys and slashing protection are kept in, through every reset and `destroy`, and the job that derives
 * the keystores (EIP-2333, EIP-2334, EIP-2335) and puts them there.
 */
export class ValidatorKeys extends pulumi.ComponentResource {
  readonly volume: docker.Volume;
  /** BLS public keys, each 0x and 96 hex digits, in the order of their index. */
  readonly pubkeys: pulumi.Output<string[]>;
  /** First 16 hex digits of a digest over the public keys. */
  readonly digest: pulumi.Output<string>;

  constructor(name: string, args: ValidatorKeysArgs, opts: pulumi.ComponentResourceOptions) {
    super("ephemery:index:ValidatorKeys", name, {}, opts);
    const { owner, uri, count, start, mnemonicDigest } = args;
    this.volume = keptVolume(`${name}-keys`, { owner, role: "keys" }, { parent: this });
    const input = pulumi.all([args.toolsImage, this.volume.name]).apply(([image, volume]) => ({
      owner,
      uri,
      image,
      volume,
      count,
      start,
      mnemonicDigest,
      ...(args.shared ? { shared: true } : {}),
    }));
    // Another range of validators is another set of files: the job runs again, and never removes any.
    const job = runnerJob(`${name}-keystores`, { kind: "deliver-keys", input, again: true }, { parent: this });
    this.pubkeys = job.stdout.apply((text) => deliveredKeysSchema.parse(JSON.parse(text)).pubkeys);
    this.digest = this.pubkeys.apply(keysDigest);
    this.registerOutputs({ pubkeys: this.pubkeys });
  }
}
