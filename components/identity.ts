// The keys by which peers know the node: made once on its host, kept over resets and destroy.

import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { PATHS, USERS } from "../clients/spec";
import { hostJob, type OnHost } from "./host-job";
import { dockerName } from "./names";
import { keptVolume } from "./volumes";

/** A key for each layer that has peers: 32 random bytes are a secp256k1 key but for one chance in 2^128. Never overwritten. */
function script(): string {
  const layers = ["execution", "beacon"] as const;
  return [
    "set -eu",
    "umask 077",
    `cd ${PATHS.identity}`,
    ...layers.flatMap((layer) => [
      `[ -s ${layer}.key ] || { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \\n' > ${layer}.part; mv ${layer}.part ${layer}.key; }`,
      `chown ${USERS[layer].uid}:${USERS[layer].gid} ${layer}.key; chmod 0400 ${layer}.key`,
    ]),
    // A fingerprint: the key itself stays on the host.
    "cat execution.key beacon.key | sha256sum | head -c 16",
  ].join("\n");
}

/** The node keys (secp256k1, one for each layer that has peers) in a volume that outlives every chain and `destroy`. */
export class NodeIdentity extends pulumi.ComponentResource {
  readonly volume: docker.Volume;
  /** First 16 hex digits of a digest over both keys. */
  readonly fingerprint: pulumi.Output<string>;

  constructor(name: string, args: OnHost, opts: pulumi.ComponentResourceOptions) {
    super("ephemery:index:NodeIdentity", name, {}, opts);
    this.volume = keptVolume(`${name}-identity`, { owner: args.owner, role: "identity" }, { parent: this });
    const { owner } = args;
    const run = pulumi.all([args.toolsImage, this.volume.name]).apply(([image, volume]) => ({
      owner,
      role: "job" as const,
      name: dockerName(owner, "job-identity"),
      image,
      network: "none",
      mounts: [{ volume, path: PATHS.identity, readOnly: false }],
      command: ["sh", "-c", script()],
    }));
    this.fingerprint = hostJob(`${name}-identity-keys`, { uri: args.uri, run }, { parent: this }).stdout;
    this.registerOutputs({ fingerprint: this.fingerprint });
  }
}
