// The usual way through a reset, as a plain baseline: what a script by cron does that polls, stops, wipes, downloads,
// initialises and starts, as the retention.sh of the network's own scripts
// (https://github.com/ephemery-testnet/ephemery-scripts). Same clients, same arguments, same rehearsal.

import { setTimeout as sleep } from "node:timers/promises";
import { ReleaseCache } from "../chain/release/cache";
import { resolveRelease, type VerifiedRelease } from "../chain/release/resolve";
import { genesisFiles } from "../clients/genesis-files";
import { imagesOf, preparationsOf, renderNode } from "../clients/node";
import { type ContainerSpec, HOSTS, LAYERS, type Layer, PATHS, USERS, type VolumeRole } from "../clients/spec";
import { dockerName, type Role } from "../components/names";
import type { Settings } from "../config/settings";
import { deliver } from "../operations/host/deliver";
import { loadStackFile } from "../operations/stack-file";
import { host } from "../test/support/machine";
import type { Rehearsed } from "../test/support/rehearsed";
import { imageOriginOf } from "../toolchain/origin";

/** Seconds between two runs of the script: its cron line's. */
const POLL = 300;

export interface UsualWay {
  /** Seconds from the old chain's end to the validator client that is ready. */
  readonly sinceEnd: number;
  /** Seconds from the first client that was told to stop to the same. */
  readonly down: number;
}

const seconds = (): number => Date.now() / 1000;

class UsualNode {
  private release: VerifiedRelease | undefined;
  private specs: ReturnType<typeof renderNode> = {};

  constructor(
    private readonly on: Rehearsed,
    private readonly settings: Settings,
    private readonly images: Readonly<Record<Layer | "tools", string>>,
    /** Whose volumes it has. */
    private readonly generation: string,
  ) {}

  private volume(layer: Layer, role: VolumeRole): string {
    const kept: Partial<Record<VolumeRole, Role>> = { identity: "identity", keys: "keys" };
    const name = kept[role];
    if (name !== undefined) return dockerName(this.on.owner, name);
    return dockerName(this.on.owner, role === "chain" ? `${layer}-chain` : role, this.generation);
  }

  private mounts(layer: Layer, mounts: ContainerSpec["mounts"]): string[] {
    return mounts.map(
      ({ volume, readOnly }) => `--volume=${this.volume(layer, volume)}:${PATHS[volume]}${readOnly ? ":ro" : ""}`,
    );
  }

  async stop(): Promise<void> {
    for (const layer of LAYERS) {
      await host.docker(["stop", "--time=60", this.on.client(layer)]);
      await host.docker(["rm", this.on.client(layer)]);
    }
  }

  async wipe(): Promise<void> {
    for (const layer of LAYERS) {
      const { uid, gid } = USERS[layer];
      const script = `rm -rf /v/* && chown ${uid}:${gid} /v`;
      const volume = `--volume=${this.volume(layer, "chain")}:/v`;
      await host.docker(["run", "--rm", volume, this.images.tools, "sh", "-c", script]);
    }
  }

  async download(iteration: number, cache: string): Promise<void> {
    const { releaseSources: sources } = this.settings;
    this.release = await resolveRelease(iteration, { sources, clock: undefined, cache: new ReleaseCache(cache) });
    const { owner } = this.on;
    await deliver(
      host,
      {
        what: "The download",
        owner,
        job: "download",
        image: this.images.tools,
        volume: this.volume("beacon", "genesis"),
        folder: ".",
        uid: 0,
        gid: 0,
        mode: "0444",
      },
      genesisFiles(this.release.bundle.files),
    );
  }

  private get facts() {
    if (!this.release) throw new Error("nothing was downloaded");
    return this.release.facts;
  }

  async init(): Promise<void> {
    const preparations = preparationsOf(this.settings, this.facts);
    for (const layer of LAYERS) {
      const { uid, gid } = USERS[layer];
      for (const { image, entrypoint = [], command, mounts } of preparations[layer] ?? []) {
        const [program, ...before] = entrypoint;
        const options = ["--rm", "--network=none", `--user=${uid}:${gid}`, ...this.mounts(layer, mounts)];
        const start = program === undefined ? [] : [`--entrypoint=${program}`];
        const from = image === "tools" ? this.images.tools : this.images[layer];
        await host.docker(["run", ...options, ...start, from, ...before, ...command]);
      }
    }
  }

  /** All at once, as services of a machine start. */
  async start(): Promise<void> {
    this.specs = renderNode({
      settings: this.settings,
      chain: this.facts,
      start: { kind: "genesis", reason: "the usual way" },
      hostMemory: Math.floor(Number(await host.docker(["info", "--format", "{{.MemTotal}}"])) / 2 ** 20),
      doppelgangerProtection: false,
    });
    await Promise.all(LAYERS.map((layer) => this.startOne(layer, this.specs[layer])));
  }

  private async startOne(layer: Layer, spec: ContainerSpec | undefined): Promise<void> {
    if (!spec) throw new Error(`no container for the layer ${layer}`);
    const { uid, gid } = USERS[layer];
    const address = layer === "validator" ? undefined : this.settings.joined?.[layer];
    const [first, ...others] = ["api", "engine", "metrics"].map((what) => dockerName(this.on.owner, `${what}-network`));
    const name = this.on.client(layer);
    const labels = [`--label=ephemery.stack=${this.on.name}`, `--label=ephemery.id=${this.on.owner.id}`];
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
      this.images[layer],
      ...spec.command,
    ]);
    for (const network of others) await host.docker(["network", "connect", `--alias=${HOSTS[layer]}`, network, name]);
    const { p2pNetwork } = this.on.config;
    if (address !== undefined) await host.docker(["network", "connect", `--ip=${address}`, String(p2pNetwork), name]);
    await host.docker(["start", name]);
  }

  /** Asked as its engine would ask, but four times a second. */
  async ready(): Promise<void> {
    for (const layer of LAYERS) {
      const [kind, ...test] = this.specs[layer]?.healthcheck.test ?? [];
      const words = kind === "CMD" ? test : ["sh", "-c", ...test];
      while (!(await host.try(["exec", this.on.client(layer), ...words])).ok) await sleep(250);
    }
  }
}

/**
 * One reset of a node that no schedule carries any more. Its script happens to run when half of its interval has passed
 * since the old chain's end, as it does on average.
 */
export async function usualWay(on: Rehearsed, cache: string): Promise<UsualWay> {
  const { iteration, nextResetTime, generation } = await on.chain();
  const settings = await loadStackFile(on.name);
  const images = imagesOf(settings, await imageOriginOf("rehearsal", "auto"));
  const node = new UsualNode(on, settings, images, generation);
  await on.release();
  await sleep(Math.max(0, (nextResetTime + POLL / 2) * 1000 - Date.now()));
  const stopped = seconds();
  await node.stop();
  await node.wipe();
  await node.download(iteration + 1, cache);
  await node.init();
  await node.start();
  await node.ready();
  const ready = seconds();
  return { sinceEnd: ready - nextResetTime, down: ready - stopped };
}
