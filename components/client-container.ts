// The one place where a client's description becomes a Docker container.

import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type * as random from "@pulumi/random";
import { type ContainerSpec, HOSTS, type Layer, PATHS, USERS, type VolumeRole } from "../clients/spec";
import { behind } from "./gate";
import { dockerName, labelList, labelsOf, type Owner } from "./names";
import { PROBE, unhurried } from "./probe";

export interface ClientContainerArgs {
  readonly layer: Layer;
  readonly owner: Owner;
  readonly generation: string;
  readonly spec: pulumi.Input<ContainerSpec>;
  /** Digest or id of the image. */
  readonly image: pulumi.Input<string>;
  readonly gate: random.RandomId;
  readonly volumes: Readonly<Partial<Record<VolumeRole, pulumi.Input<string>>>>;
  /** Networks by name; the first is the one to meet peers on, where there is one. */
  readonly networks: {
    readonly p2p?: { readonly name: pulumi.Input<string>; readonly address: string | undefined };
    readonly internal: readonly pulumi.Input<string>[];
  };
  /** Whether ports are published: not on a network that reaches nothing outside. */
  readonly published: boolean;
  /** Results of jobs the client reads files of: a new result is a new container. */
  readonly inputs: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * Not ForceNew in the provider, yet not applied to a running container either: without this an
 * update of them is reported and does nothing. `#initerror`: a container that ended at once is
 * made anew instead of counting as deployed.
 */
const REPLACE_ON = ["healthcheck", "init", "tmpfs", "rm", "cpuPeriod", "cpuQuota", "#initerror"];

/** Writable memory for what little a client writes outside its volumes. */
const TMPFS_OPTIONS = "rw,noexec,nosuid,size=64m";

export function clientContainer(
  name: string,
  args: ClientContainerArgs,
  opts: pulumi.CustomResourceOptions,
): docker.Container {
  const { layer, owner, generation, networks } = args;
  const spec = pulumi.output(args.spec);
  const volumes = pulumi.output(args.volumes);
  return new docker.Container(
    name,
    {
      name: dockerName(owner, layer),
      image: behind(args.gate, args.image),
      // Absent where the image's own serves: an empty list would read back as the image's, and so as a difference.
      entrypoints: spec.apply(({ entrypoint }) => (entrypoint === undefined ? undefined : [...entrypoint])),
      command: spec.apply(({ command }) => [...command]),
      envs: spec.apply(({ env }) => Object.entries(env).map(([key, value]) => `${key}=${value}`)),
      user: `${USERS[layer].uid}:${USERS[layer].gid}`,
      // Absent where there are none: an empty list would be a difference from what is read back.
      groupAdds: spec.apply(({ groups }) =>
        groups === undefined ? undefined : groups.map((of) => String(USERS[of].gid)),
      ),
      labels: pulumi
        .output(args.inputs)
        .apply((inputs) => labelList({ ...labelsOf(owner, layer, generation), ...inputLabels(inputs) })),
      volumes: pulumi.all([spec, volumes]).apply(([{ mounts }, known]) =>
        mounts.map(({ volume, readOnly }) => {
          const volumeName = known[volume];
          if (volumeName === undefined) throw new Error(`${layer}: no volume for ${volume}`);
          return { volumeName, containerPath: PATHS[volume], readOnly };
        }),
      ),
      tmpfs: spec.apply(({ tmpfs }) => Object.fromEntries(tmpfs.map((path) => [path, TMPFS_OPTIONS]))),
      readOnly: true,
      networkMode: "bridge",
      networksAdvanced: [
        ...(networks.p2p === undefined
          ? []
          : [
              {
                name: networks.p2p.name,
                ...(networks.p2p.address === undefined ? {} : { ipv4Address: networks.p2p.address }),
              },
            ]),
        ...networks.internal.map((network) => ({ name: network, aliases: [HOSTS[layer]] })),
      ],
      ports: args.published ? spec.apply(portsOf) : [],
      healthcheck: spec.apply(({ healthcheck }) => ({ tests: unhurried(healthcheck.test), ...PROBE })),
      mustRun: true,
      restart: "unless-stopped",
      // Both, and in MiB: memory alone shows as a replacement at the very next preview.
      memory: spec.apply(({ memory }) => memory),
      memorySwap: spec.apply(({ memory }) => memory),
      logDriver: "json-file",
      logOpts: { "max-size": "20m", "max-file": "3" },
      securityOpts: ["no-new-privileges:true"],
      capabilities: { drops: ["ALL"] },
      stopSignal: spec.apply(({ stop }) => stop.signal),
      stopTimeout: spec.apply(({ stop }) => stop.graceSeconds),
      // The provider ignores stopTimeout when it deletes and kills at once without this.
      destroyGraceSeconds: spec.apply(({ stop }) => stop.graceSeconds),
    },
    {
      ...opts,
      deleteBeforeReplace: true,
      replaceOnChanges: REPLACE_ON,
      customTimeouts: { create: "30m", delete: "5m" },
    },
  );
}

const inputLabels = (inputs: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`ephemery.input.${name}`, value]));

/** Every field of each port and sorted by inside port, as Docker reports them; anything else is a difference at each refresh. */
function portsOf({ p2pPorts, endpoints }: ContainerSpec): docker.types.input.ContainerPort[] {
  const ports = [
    ...p2pPorts.map(({ port, protocol }) => ({
      internal: port,
      external: port,
      ip: "0.0.0.0",
      protocol: String(protocol),
    })),
    ...endpoints.flatMap(({ port, published }) =>
      published === undefined
        ? []
        : [{ internal: port, external: published.port, ip: published.address, protocol: "tcp" }],
    ),
  ];
  return ports.sort((a, b) => a.internal - b.internal || (a.protocol < b.protocol ? -1 : 1));
}
