// A rehearsal with a node on it that is a test's own: real clients, a seed beside them, and what is asked of them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { tagOf } from "../../chain/iteration";
import { LAYERS, type Layer } from "../../clients/spec";
import { dockerName, type Owner } from "../../components/names";
import { readDeployment, readDetails } from "../../operations/deployment";
import type { HostChannel } from "../../operations/host/channel";
import { whileListening } from "../../operations/host/client-events";
import { PROFILES, type ProfileName } from "../../rehearsal/profile";
import { releasesFolder } from "../../rehearsal/store";
import { nodeValidators, REHEARSAL_BEACON_ARGS } from "../../rehearsal/topology";
import {
  type Answer,
  begin,
  ephemery,
  freePort,
  giveMnemonic,
  joining,
  type OwnStack,
  ownStack,
  succeed,
} from "./ephemery";
import { evidence } from "./evidence";
import { freeSubnet, host, incarnation, objectsWith, type Place, place, sweep } from "./machine";
import { type Report, statusOf } from "./status";

export interface RehearsedOptions {
  /** Of the stack; its rehearsal has the same. Digits are added. */
  readonly what: string;
  /** `electra-fast` where it is not said. */
  readonly profile?: ProfileName;
  /** Seconds of a slot, where not the profile's. */
  readonly slot?: number;
  /** Seconds from an execution genesis to slot 0. */
  readonly delay?: number;
  /** Seconds from one execution genesis to the next. */
  readonly period: number;
  /** Seconds from the start of the rehearsal to slot 0 of its first chain. */
  readonly lead?: number;
  /** Where seed and node run, if not on the machine's own engine. */
  readonly engine?: HostChannel;
  /** Settings in the place of the usual ones, once the rehearsal is there. */
  readonly config?: (rehearsal: Place) => Readonly<Record<string, unknown>>;
}

/** Milliseconds between two looks: each is a process of its own, and takes from the clients. */
const PAUSE = 5_000;

export type Chain = NonNullable<Report["chain"]>;

export class Rehearsed {
  private readonly watchers: (() => Promise<void>)[] = [];
  private readonly ending = new AbortController();

  constructor(
    private readonly place: Place,
    readonly node: OwnStack,
    readonly config: Readonly<Record<string, unknown>>,
    /** How many validators the node has. */
    readonly validators: number,
    private readonly engine: HostChannel,
  ) {}

  owner: Owner = { host: "", stack: "", id: "" };

  get name(): string {
    return this.place.name;
  }

  get folder(): string {
    return this.place.folder;
  }

  /** The Docker name of one of the node's clients. */
  client(layer: Layer): string {
    return dockerName(this.owner, layer);
  }

  async up(...args: string[]): Promise<void> {
    await succeed(["up", "--stack", this.name, "--yes", ...args]);
    this.owner = (await readDeployment(this.node.stack)).owner ?? this.owner;
  }

  /** Publishes the next chain. */
  async release(): Promise<void> {
    await succeed(["rehearse", "release", "--name", this.name]);
  }

  /** Numbers of those that are published. */
  iterations(): number[] {
    return readdirSync(releasesFolder(this.name)).flatMap((tag) => Number(/^ephemery-(\d+)$/.exec(tag)?.[1] ?? []));
  }

  /** The assets of one of them, by name. */
  assets(iteration: number): [string, Uint8Array][] {
    const folder = join(releasesFolder(this.name), tagOf(iteration));
    return readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]);
  }

  /**
   * Has the seed, or another stack, carried through its resets until the end.
   *
   * @returns ends it before that.
   */
  watch(stack: string = `${this.name}-seed`): () => Promise<void> {
    const { child, answer } = begin(["watch", "--stack", stack]);
    const end = async (): Promise<void> => {
      child.kill("SIGTERM");
      await answer;
    };
    this.watchers.push(end);
    return end;
  }

  /** One run, at once. */
  reset(...args: string[]): Promise<Answer> {
    return ephemery(["reset", "--stack", this.name, "--now", "--json", ...args]);
  }

  /** One run as a timer starts it, which waits for its moment. */
  scheduled(): Promise<Answer> {
    return ephemery(["reset", "--stack", this.name, "--scheduled"]);
  }

  status(): Promise<Report> {
    return statusOf(this.name);
  }

  async chain(): Promise<Chain> {
    const { chain } = await this.status();
    if (!chain) throw new Error("there is no chain");
    return chain;
  }

  /** @param mended called with each report that is not the awaited one, for what a person would do meanwhile. */
  async until(
    what: string,
    done: (report: Report) => boolean,
    seconds: number,
    mended?: (report: Report) => Promise<void>,
  ): Promise<Report> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const report = await this.status();
      if (done(report)) return report;
      await mended?.(report);
      if (Date.now() > deadline) {
        const why = await evidence([this.name, `${this.name}-seed`], this.engine);
        throw new Error(`${what}: not in ${seconds} s: ${JSON.stringify(report)}\n${why}`);
      }
      await sleep(PAUSE);
    }
  }

  /** Id and start time of each client. */
  incarnations(): Promise<string[]> {
    return Promise.all(LAYERS.map((layer) => incarnation(this.client(layer), this.engine)));
  }

  /** Seconds from the making of the seed's beacon node to its last start. */
  async seedStartedAfter(): Promise<number> {
    const filters = [`label=ephemery.stack=${this.name}-seed`, "label=ephemery.role=beacon"];
    const id = await this.engine.docker(["ps", "--quiet", ...filters.map((filter) => `--filter=${filter}`)]);
    const times = await this.engine.docker(["inspect", "--format", "{{.Created}} {{.State.StartedAt}}", id]);
    const [made = Number.NaN, started = Number.NaN] = times.split(" ").map(Date.parse);
    return (started - made) / 1000;
  }

  /** Layers whose containers run. */
  running(): Promise<Layer[]> {
    return layersWith(this.engine, `ephemery.id=${this.owner.id}`);
  }

  /**
   * Until the last of the node's clients has ended. By an event: a switch starts the next one sooner than it can be
   * asked for.
   */
  async untilDown(): Promise<void> {
    const { signal } = this.ending;
    let resolve: () => void = () => undefined;
    const down = new Promise<void>((done, fail) => {
      resolve = done;
      signal.addEventListener("abort", () => fail(new Error("the node was never down")));
    });
    await whileListening(
      this.engine,
      this.owner,
      () => down,
      ({ action, role }) => {
        if (action === "die" && role === "execution") resolve();
      },
    );
  }

  /** Layers of the seed whose containers run. */
  seedRunning(): Promise<Layer[]> {
    return layersWith(this.engine, `ephemery.stack=${this.name}-seed`);
  }

  /** The node's own volumes of a generation. */
  async volumesOf(generation: string): Promise<string[]> {
    const { volumes } = await objectsWith(`ephemery.generation=${generation}`, this.engine);
    return volumes.filter((name) => name.includes(`-${this.owner.id}-`));
  }

  /** What no reset and no fault may change. */
  async kept(): Promise<{ identity: string | undefined; pubkeys: readonly string[] }> {
    const { identity } = await readDeployment(this.node.stack);
    return { identity, pubkeys: (await readDetails(this.node.stack)).pubkeys };
  }

  /** That state and host agree, and nothing is left to do. */
  async expectNoChanges(...args: string[]): Promise<void> {
    const preview = ["preview", "--stack", this.name, "--non-interactive", "--expect-no-changes", ...args];
    const result = await this.node.stack.pulumi(preview);
    if (!result.ok) throw new Error(result.all);
  }

  /** Whatever came before, nothing is left; says so where the commands that see to it did not. */
  async end(): Promise<void> {
    // A test that waits in vain must not go on once the clients are taken down.
    this.ending.abort();
    await Promise.all(this.watchers.map((end) => end()));
    await ephemery(["destroy", "--stack", this.name, "--yes", "--purge-keys"]);
    // A rehearsal does not stop while something is on its network.
    await sweep(`ephemery.stack=${this.name}`, this.engine);
    const stopped = await ephemery(["rehearse", "stop", "--name", this.name]);
    await sweep(`ephemery.stack=${this.name}-seed`, this.engine);
    await sweep(`ephemery.rehearsal=${this.name}`, this.engine);
    await this.node.forget();
    this.place.dispose();
    if (stopped.code !== 0) throw new Error(`the rehearsal did not stop: ${stopped.stderr}`);
  }
}

/** Layers that have a running container with a label. */
async function layersWith(on: HostChannel, label: string): Promise<Layer[]> {
  const format = '{{.Label "ephemery.role"}}';
  const roles = (await on.docker(["ps", "--format", format, "--filter", `label=${label}`])).split("\n");
  return LAYERS.filter((layer) => roles.includes(layer));
}

/** Starts the rehearsal, and gives its node's stack a configuration; the node itself comes with `up`. */
export async function rehearsed(options: RehearsedOptions): Promise<Rehearsed> {
  const { what, period, slot, delay, lead, profile: name = "electra-fast", engine = host } = options;
  const where = place(what);
  const port = await freePort();
  const subnet = await freeSubnet(engine);
  const given = Object.entries({ slot, delay, lead }).flatMap(([key, value]) =>
    value ? [`--${key}`, `${value}`] : [],
  );
  const rehearse = ["rehearse", "start", "--name", where.name, "--profile", name, "--period", `${period}`];
  await succeed([...rehearse, ...given, "--docker-host", engine.uri, "--port", `${port}`, "--subnet", subnet]);
  const usual = PROFILES[name];
  const times = { period, delay: delay ?? usual.delay, secondsPerSlot: slot ?? usual.secondsPerSlot };
  const profile = { ...usual, ...times };
  const config = {
    dockerHost: engine.uri,
    ...joining({ rehearsal: where.name, port, subnet, profile }),
    // Only then it says why it lost a peer, which evidence.ts tells.
    beaconExtraArgs: [...REHEARSAL_BEACON_ARGS, "--verbosity=debug"],
    ...options.config?.(where),
  };
  const node = await ownStack(where.name, config);
  await giveMnemonic(node.stack);
  return new Rehearsed(where, node, config, nodeValidators({ profile }).count, engine);
}
