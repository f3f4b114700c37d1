// The clients of a node by plain docker commands: what they take by themselves, with nobody who compares, verifies or
// waits for them. Same images, arguments, volumes and networks as the stack's own.

import { setTimeout as sleep } from "node:timers/promises";
import type { ChainFacts } from "../chain/facts";
import { type imagesOf, preparationsOf, renderNode } from "../clients/node";
import { type ContainerSpec, HOSTS, LAYERS, type Layer, PATHS, USERS, type VolumeRole } from "../clients/spec";
import { dockerName, type Owner, type Role } from "../components/names";
import type { Settings } from "../config/settings";
import type { HostChannel } from "../operations/host/channel";

export interface PlainNodeArgs {
  readonly host: HostChannel;
  readonly owner: Owner;
  readonly settings: Settings;
  readonly images: ReturnType<typeof imagesOf>;
  /** Whose volumes it has; the stack has made them. */
  readonly generation: string;
}

export class PlainNode {
  private specs: ReturnType<typeof renderNode> = {};

  constructor(private readonly args: PlainNodeArgs) {}

  client(layer: Layer): string {
    return dockerName(this.args.owner, layer);
  }

  volume(layer: Layer, role: VolumeRole): string {
    const { owner, generation } = this.args;
    const kept: Partial<Record<VolumeRole, Role>> = { identity: "identity", keys: "keys" };
    const name = kept[role];
    if (name !== undefined) return dockerName(owner, name);
    return dockerName(owner, role === "chain" ? `${layer}-chain` : role, generation);
  }

  private imageOf(layer: Layer): string {
    const image = this.args.images[layer];
    if (image === undefined) throw new Error(`no image for the layer ${layer}`);
    return image;
  }

  private mounts(layer: Layer, mounts: ContainerSpec["mounts"]): string[] {
    return mounts.map(
      ({ volume, readOnly }) => `--volume=${this.volume(layer, volume)}:${PATHS[volume]}${readOnly ? ":ro" : ""}`,
    );
  }

  async stop(): Promise<void> {
    for (const layer of LAYERS) {
      await this.args.host.docker(["stop", "--time=60", this.client(layer)]);
      await this.args.host.docker(["rm", this.client(layer)]);
    }
  }

  async wipe(): Promise<void> {
    for (const layer of LAYERS) {
      const { uid, gid } = USERS[layer];
      const script = `rm -rf /v/* && chown ${uid}:${gid} /v`;
      const volume = `--volume=${this.volume(layer, "chain")}:/v`;
      await this.args.host.docker(["run", "--rm", volume, this.args.images.tools, "sh", "-c", script]);
    }
  }

  /** What the client needs done before its first start on a chain. */
  async prepare(layer: Layer, chain: ChainFacts): Promise<void> {
    const { settings, images, host } = this.args;
    for (const { image, entrypoint = [], command, mounts, as = layer } of preparationsOf(settings, chain)[layer] ??
      []) {
      const { uid, gid } = USERS[as];
      const [program, ...before] = entrypoint;
      const options = ["--rm", "--network=none", `--user=${uid}:${gid}`, ...this.mounts(layer, mounts)];
      const start = program === undefined ? [] : [`--entrypoint=${program}`];
      const from = image === "tools" ? images.tools : this.imageOf(layer);
      await host.docker(["run", ...options, ...start, from, ...before, ...command]);
    }
  }

  /** Says what its clients are started with. */
  async render(chain: ChainFacts): Promise<void> {
    const { settings, host } = this.args;
    this.specs = renderNode({
      settings,
      chain,
      start: { kind: "genesis", reason: "as at the start of a chain" },
      hostMemory: Math.floor(Number(await host.docker(["info", "--format", "{{.MemTotal}}"])) / 2 ** 20),
      doppelgangerProtection: false,
    });
  }

  private spec(layer: Layer): ContainerSpec {
    const spec = this.specs[layer];
    if (!spec) throw new Error(`no container for the layer ${layer}`);
    return spec;
  }

  async start(layer: Layer): Promise<void> {
    const { owner, settings, host } = this.args;
    const spec = this.spec(layer);
    const { uid, gid } = USERS[layer];
    const { joined } = settings;
    const address = layer === "validator" ? undefined : joined?.[layer];
    const [first, ...others] = ["api", "engine", "metrics"].map((what) => dockerName(owner, `${what}-network`));
    const name = this.client(layer);
    const labels = [`--label=ephemery.stack=${owner.stack}`, `--label=ephemery.id=${owner.id}`];
    await host.docker([
      "create",
      `--name=${name}`,
      ...labels,
      `--user=${uid}:${gid}`,
      "--read-only",
      "--tmpfs=/tmp",
      ...this.mounts(layer, spec.mounts),
      `--network=${first}`,
      `--network-alias=${HOSTS[layer]}`,
      this.imageOf(layer),
      ...spec.command,
    ]);
    for (const network of others) await host.docker(["network", "connect", `--alias=${HOSTS[layer]}`, network, name]);
    if (joined && address !== undefined)
      await host.docker(["network", "connect", `--ip=${address}`, joined.network, name]);
    await host.docker(["start", name]);
  }

  /** Asked as its engine would ask, but four times a second. */
  async ready(layer: Layer): Promise<void> {
    const [kind, ...test] = this.spec(layer).healthcheck.test;
    const words = kind === "CMD" ? test : ["sh", "-c", ...test];
    while (!(await this.args.host.try(["exec", this.client(layer), ...words])).ok) await sleep(250);
  }
}
