// Everything on the host that belongs to one chain alone: the bundle's files, the
// JWT secret, and a volume for each client, ready to start on.

import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ChainFacts } from "../chain/facts";
import { JWT_FILE, type Layer, PATHS, type Preparation, USERS, type VolumeRole } from "../clients/spec";
import { hostJob, runnerJob } from "./host-job";
import { dockerName, type Owner, type Role } from "./names";
import { generationVolume } from "./volumes";

export interface GenerationDataArgs {
  readonly owner: pulumi.Input<Owner>;
  readonly uri: string;
  readonly toolsImage: pulumi.Input<string>;
  readonly chain: ChainFacts;
  readonly releaseSources: readonly string[];
  readonly layers: readonly Layer[];
  /** Kept volumes the preparations read, by role. */
  readonly kept: Readonly<Partial<Record<VolumeRole, pulumi.Input<string>>>>;
  /** What each client needs done before its first start. */
  readonly preparations: Readonly<Partial<Record<Layer, readonly Preparation[]>>>;
  /** Image of a client, for the preparations that run in it. */
  readonly image: (layer: Layer) => pulumi.Input<string>;
  /** Jobs of the kept volumes the preparations read. */
  readonly after: readonly pulumi.Resource[];
  /** Digest over the public keys; another one makes the validator client's preparations run again. */
  readonly keysDigest: pulumi.Input<string> | undefined;
}

/** Raised when clients/genesis-files.ts derives other files: the files are then delivered again. */
const FILES_REVISION = 1;

/** 32 random bytes as hex, made on the host and nowhere else; only its fingerprint is printed. */
const JWT_SCRIPT = [
  "set -eu",
  "umask 077",
  `head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \\n' > ${JWT_FILE}.part`,
  `chown 0:${USERS.execution.gid} ${JWT_FILE}.part; chmod 0440 ${JWT_FILE}.part`,
  `mv ${JWT_FILE}.part ${JWT_FILE}`,
  `sha256sum ${JWT_FILE} | head -c 16`,
].join("\n");

const chainRole = (layer: Layer): Role => `${layer}-chain`;

export class GenerationData extends pulumi.ComponentResource {
  readonly genesis: docker.Volume;
  readonly jwt: docker.Volume;
  readonly chains: Readonly<Partial<Record<Layer, docker.Volume>>>;
  /** Fingerprint of the JWT secret: changes when it is rotated. */
  readonly jwtFingerprint: pulumi.Output<string>;
  /** Jobs that have to have succeeded before a client of this generation starts. */
  readonly ready: readonly pulumi.Resource[];

  private readonly args: GenerationDataArgs;
  private readonly label: string;

  /** @param name the node's; the generation is added to the name of every child. */
  constructor(name: string, args: GenerationDataArgs, opts: pulumi.ComponentResourceOptions) {
    const label = `${name}-${args.chain.generation}`;
    super("ephemery:index:GenerationData", label, {}, opts);
    this.args = args;
    this.label = label;
    this.genesis = this.volume("genesis");
    this.jwt = this.volume("jwt");
    this.chains = Object.fromEntries(args.layers.map((layer) => [layer, this.volume(chainRole(layer))]));

    const delivered = this.deliverGenesis();
    const owned = this.handOver();
    const secret = this.makeJwt();
    this.jwtFingerprint = secret.stdout;
    const prepared = args.layers.flatMap((layer) => this.prepare(layer, [delivered, owned, ...args.after]));
    this.ready = [delivered, owned, secret, ...prepared];
    this.registerOutputs({ generation: args.chain.generation });
  }

  private volume(role: Role): docker.Volume {
    const { owner, chain } = this.args;
    return generationVolume(`${this.label}-${role}`, { owner, role, generation: chain.generation }, { parent: this });
  }

  private deliverGenesis(): pulumi.Resource {
    const { chain, uri, releaseSources } = this.args;
    const input = pulumi
      .all([pulumi.output(this.args.owner), this.args.toolsImage, this.genesis.name])
      .apply(([owner, image, volume]) => ({
        owner,
        uri,
        image,
        volume,
        chain,
        releaseSources,
        revision: FILES_REVISION,
      }));
    return runnerJob(`${this.label}-genesis-files`, { kind: "deliver-genesis", input, again: true }, { parent: this });
  }

  /** A new volume belongs to root; each layer's own becomes its user's. */
  private handOver(): pulumi.Resource {
    const { layers } = this.args;
    const script = layers.map(
      (layer) => `chown ${USERS[layer].uid}:${USERS[layer].gid} /${layer} && chmod 0700 /${layer}`,
    );
    return this.job("owners", ["sh", "-c", script.join(" && ")], {
      mounts: Object.entries(this.chains).map(([layer, volume]) => ({ volume: volume.name, path: `/${layer}` })),
    });
  }

  private makeJwt(): ReturnType<typeof hostJob> {
    return this.job("jwt-secret", ["sh", "-c", JWT_SCRIPT], { mounts: [{ volume: this.jwt.name, path: PATHS.jwt }] });
  }

  private prepare(layer: Layer, after: readonly pulumi.Resource[]): pulumi.Resource[] {
    const done: pulumi.Resource[] = [];
    for (const preparation of this.args.preparations[layer] ?? []) {
      const image = preparation.image === "tools" ? this.args.toolsImage : this.args.image(layer);
      const job = this.job(`${layer}-${preparation.name}`, preparation.command, {
        image,
        user: `${USERS[layer].uid}:${USERS[layer].gid}`,
        entrypoint: preparation.entrypoint,
        mounts: preparation.mounts.map(({ volume, readOnly }) => ({
          volume: nameOf({ ...this.args.kept, ...this.volumesOf(layer) }, volume),
          path: PATHS[volume],
          readOnly,
        })),
        dependsOn: [...after, ...done],
        ...(layer === "validator" && this.args.keysDigest !== undefined ? { triggers: [this.args.keysDigest] } : {}),
      });
      done.push(job);
    }
    return done;
  }

  /** Names of the volumes of this generation that a layer can see. */
  volumesOf(layer: Layer): Readonly<Partial<Record<VolumeRole, pulumi.Output<string>>>> {
    const chain = this.chains[layer];
    return { genesis: this.genesis.name, jwt: this.jwt.name, ...(chain ? { chain: chain.name } : {}) };
  }

  private job(
    what: string,
    command: readonly string[],
    options: {
      readonly image?: pulumi.Input<string>;
      readonly user?: string;
      readonly entrypoint?: readonly string[] | undefined;
      readonly mounts: readonly { volume: pulumi.Input<string>; path: string; readOnly?: boolean }[];
      readonly dependsOn?: pulumi.Resource[];
      readonly triggers?: readonly pulumi.Input<string>[];
    },
  ): ReturnType<typeof hostJob> {
    const { chain, uri } = this.args;
    const run = pulumi
      .all([pulumi.output(this.args.owner), options.image ?? this.args.toolsImage, pulumi.output(options.mounts)])
      .apply(([owner, image, mounts]) => ({
        owner,
        role: "job" as const,
        name: dockerName(owner, `job-${what}`, chain.generation),
        generation: chain.generation,
        image,
        network: "none",
        ...(options.user === undefined ? {} : { user: options.user }),
        entrypoint: options.entrypoint,
        mounts: mounts.map((mount) => ({ volume: mount.volume, path: mount.path, readOnly: mount.readOnly ?? false })),
        command,
      }));
    const triggers = options.triggers === undefined ? {} : { triggers: options.triggers };
    return hostJob(
      `${this.label}-${what}`,
      { uri, run, ...triggers },
      { parent: this, dependsOn: [...(options.dependsOn ?? [])] },
    );
  }
}

function nameOf(
  volumes: Readonly<Partial<Record<VolumeRole, pulumi.Input<string>>>>,
  role: VolumeRole,
): pulumi.Input<string> {
  const volume = volumes[role];
  if (volume === undefined) throw new Error(`no volume for ${role}`);
  return volume;
}
