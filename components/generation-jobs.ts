// What makes a generation's volumes ready for clients to start on: the bundle's files delivered, the JWT secret made,
// the databases initialised.

import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { JWT_FILE, type Layer, PATHS, type Preparation, USERS, type VolumeRole } from "../clients/spec";
import type { GenerationData, GenerationDataArgs } from "./generation-data";
import { hostJob, type OnHost, runnerJob } from "./host-job";
import { dockerName } from "./names";

export interface FillArgs extends GenerationDataArgs, OnHost {
  readonly releaseSources: readonly string[];
  /** Kept volumes the preparations read, by role. */
  readonly kept: Readonly<Partial<Record<VolumeRole, pulumi.Input<string>>>>;
  /** What each client needs done before its first start. */
  readonly preparations: Readonly<Partial<Record<Layer, readonly Preparation[]>>>;
  /** Image of a client, for the preparations that run in it. */
  readonly image: (layer: Layer) => pulumi.Input<string>;
  /** What fills the kept volumes, by role. */
  readonly fillers: Readonly<Partial<Record<VolumeRole, pulumi.Resource>>>;
  /** Of an external execution client: what tells its JWT secret from another one. */
  readonly jwtDigest: string | undefined;
  /** Digest over the public keys; another one makes the validator client's preparations run again. */
  readonly keysDigest: pulumi.Input<string> | undefined;
}

/** A generation whose clients can start. */
export interface Filled {
  /** Fingerprint of the JWT secret: changes when it is rotated. */
  readonly jwtFingerprint: pulumi.Output<string>;
  /** Jobs that have to have succeeded before the client of a layer starts. */
  readonly readyFor: Readonly<Partial<Record<Layer, readonly command.local.Command[]>>>;
  /** All of them. */
  readonly ready: readonly command.local.Command[];
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

/** Has everything done that the generation's clients need before their first start. */
export function fillGeneration(data: GenerationData, args: FillArgs): Filled {
  return new Filling(data, args).done();
}

class Filling {
  constructor(
    private readonly data: GenerationData,
    private readonly args: FillArgs,
  ) {}

  done(): Filled {
    const delivered = this.deliverGenesis();
    const owned = this.handOver();
    const secret = this.makeJwt();
    const shared = [delivered, owned, secret];
    const prepared = this.args.layers.map((layer) => [layer, this.prepare(layer, [delivered, owned])] as const);
    return {
      jwtFingerprint: secret.stdout,
      readyFor: Object.fromEntries(prepared.map(([layer, own]) => [layer, [...shared, ...own]])),
      ready: [...shared, ...prepared.flatMap(([, own]) => own)],
    };
  }

  private deliverGenesis(): command.local.Command {
    const { owner, chain, uri, releaseSources } = this.args;
    const input = pulumi.all([this.args.toolsImage, this.data.genesis.name]).apply(([image, volume]) => ({
      owner,
      uri,
      image,
      volume,
      chain,
      releaseSources,
      revision: FILES_REVISION,
    }));
    return runnerJob(
      `${this.data.label}-genesis-files`,
      { kind: "deliver-genesis", input, again: true },
      { parent: this.data },
    );
  }

  /** A new volume belongs to root; each layer's own becomes its user's. */
  private handOver(): command.local.Command {
    const { layers } = this.args;
    const script = layers.map(
      (layer) => `chown ${USERS[layer].uid}:${USERS[layer].gid} /${layer} && chmod 0700 /${layer}`,
    );
    return this.job("owners", ["sh", "-c", script.join(" && ")], {
      mounts: Object.entries(this.data.chains).map(([layer, volume]) => ({ volume: volume.name, path: `/${layer}` })),
      // A layer that comes later has a volume that is root's still.
      triggers: [layers.join(" ")],
    });
  }

  private makeJwt(): command.local.Command {
    const { owner, chain, uri, jwtDigest } = this.args;
    if (jwtDigest !== undefined) {
      const input = pulumi
        .all([this.args.toolsImage, this.data.jwt.name])
        .apply(([image, volume]) => ({ owner, uri, image, volume, generation: chain.generation, jwtDigest }));
      return runnerJob(
        `${this.data.label}-jwt-secret`,
        { kind: "deliver-jwt", input, triggers: [jwtDigest] },
        { parent: this.data },
      );
    }
    return this.job("jwt-secret", ["sh", "-c", JWT_SCRIPT], {
      mounts: [{ volume: this.data.jwt.name, path: PATHS.jwt }],
      result: true,
    });
  }

  private prepare(layer: Layer, after: readonly pulumi.Resource[]): command.local.Command[] {
    const done: command.local.Command[] = [];
    for (const preparation of this.args.preparations[layer] ?? []) {
      const image = preparation.image === "tools" ? this.args.toolsImage : this.args.image(layer);
      const job = this.job(`${layer}-${preparation.name}`, preparation.command, {
        image,
        user: userOf(preparation.as ?? layer),
        entrypoint: preparation.entrypoint,
        mounts: preparation.mounts.map(({ volume, readOnly }) => ({
          volume: nameOf({ ...this.args.kept, ...this.data.volumesOf(layer) }, volume),
          path: PATHS[volume],
          readOnly,
        })),
        dependsOn: [...after, ...done, ...this.fillersOf(preparation)],
        ...((layer === "validator" || readsKeys(preparation)) && this.args.keysDigest !== undefined
          ? { triggers: [this.args.keysDigest] }
          : {}),
      });
      done.push(job);
    }
    return done;
  }

  /** What it waits for of the kept volumes: an execution database has no need of validators' keys. */
  private fillersOf({ mounts }: Preparation): pulumi.Resource[] {
    return mounts.flatMap(({ volume }) => this.args.fillers[volume] ?? []);
  }

  private job(
    what: string,
    words: readonly string[],
    options: {
      readonly image?: pulumi.Input<string>;
      readonly user?: string;
      readonly entrypoint?: readonly string[] | undefined;
      readonly mounts: readonly { volume: pulumi.Input<string>; path: string; readOnly?: boolean }[];
      readonly dependsOn?: pulumi.Resource[];
      readonly triggers?: readonly pulumi.Input<string>[];
      /** As of a job on the host; false where it is not said. */
      readonly result?: boolean;
    },
  ): command.local.Command {
    const { owner, chain, uri } = this.args;
    const run = pulumi
      .all([options.image ?? this.args.toolsImage, pulumi.output(options.mounts)])
      .apply(([image, mounts]) => ({
        owner,
        role: "job" as const,
        name: dockerName(owner, `job-${what}`, chain.generation),
        generation: chain.generation,
        image,
        network: "none",
        ...(options.user === undefined ? {} : { user: options.user }),
        entrypoint: options.entrypoint,
        mounts: mounts.map((mount) => ({ volume: mount.volume, path: mount.path, readOnly: mount.readOnly ?? false })),
        command: words,
      }));
    const triggers = options.triggers === undefined ? {} : { triggers: options.triggers };
    return hostJob(
      `${this.data.label}-${what}`,
      { uri, run, result: options.result ?? false, ...triggers },
      { parent: this.data, dependsOn: [...(options.dependsOn ?? [])] },
    );
  }
}

const userOf = (layer: Layer): string => `${USERS[layer].uid}:${USERS[layer].gid}`;

const readsKeys = ({ mounts }: Preparation): boolean => mounts.some(({ volume }) => volume === "keys");

function nameOf(
  volumes: Readonly<Partial<Record<VolumeRole, pulumi.Input<string>>>>,
  role: VolumeRole,
): pulumi.Input<string> {
  const volume = volumes[role];
  if (volume === undefined) throw new Error(`no volume for ${role}`);
  return volume;
}
