// What can be known to go wrong before anything is begun: the engine, the ports, the disk.

import { statfs } from "node:fs/promises";
import { nextResetTime } from "../chain/facts";
import type { DeploymentRecord } from "../chain/plan";
import { LABELS, type Owner } from "../components/names";
import { Problem } from "../config/problem";
import { isScheduled, type Settings, scheduleHost } from "../config/settings";
import { run } from "../toolchain/run";
import type { Deployment } from "./deployment";
import { assertEngine, isOfThisMachine } from "./docker-engine";
import { HostChannel } from "./host/channel";
import { readyHere, readyThere, runsElsewhere } from "./schedule/install";

/** GiB the databases of one chain grow to; on the public network by ethereum-package's volume sizes. */
const GENERATION_GIB = { ephemery: 6, rehearsal: 0.5 } as const;
/** Chains a host may have at once: one that ended and is not proved to be over, one that runs, one that is staged. */
const GENERATIONS = 3;
const IMAGES_GIB = 2;
const NOBODY = "65534:65534";

interface WantedPort {
  readonly key: string;
  readonly port: number;
  readonly protocol: "tcp" | "udp";
}

/** Ports the node publishes on the host; on a network it joined it publishes none. */
function wantedPorts({ joined, host, expose }: Settings): WantedPort[] {
  if (joined) return [];
  const { execution, beacon, quic } = host.ports;
  const wanted: WantedPort[] = [
    { key: "executionP2pPort", port: execution, protocol: "tcp" },
    { key: "executionP2pPort", port: execution, protocol: "udp" },
    { key: "beaconP2pPort", port: beacon, protocol: "tcp" },
    { key: "beaconP2pPort", port: beacon, protocol: "udp" },
    { key: "beaconQuicPort", port: quic, protocol: "udp" },
  ];
  const published = { exposeRpc: expose.rpc, exposeWebSocket: expose.webSocket, exposeBeaconApi: expose.beaconApi };
  for (const [key, endpoint] of Object.entries(published)) {
    if (endpoint) wanted.push({ key, port: endpoint.port, protocol: "tcp" });
  }
  return wanted;
}

/** A stack by the labels of its objects. Where its id is not known, its name alone has to do. */
type Labelled = Pick<Owner, "stack"> & { readonly id: string | undefined };

/** Ports that containers publish, as `the container name` by `port/protocol`: the stack's own, and those of others. */
async function published(
  host: HostChannel,
  { stack, id }: Labelled,
): Promise<Record<"own" | "others", Map<string, string>>> {
  const format = `{{.Names}}\t{{.Label "${LABELS.stack}"}}\t{{.Label "${LABELS.id}"}}\t{{.Ports}}`;
  const taken = { own: new Map<string, string>(), others: new Map<string, string>() };
  for (const line of (await host.docker(["ps", "--format", format])).split("\n")) {
    const [name = "", ownStack = "", ownId = "", ports = ""] = line.split("\t");
    const isOwn = ownStack === stack && ownId === (id ?? ownId);
    const holds = isOwn ? taken.own : taken.others;
    for (const match of ports.matchAll(/:(\d+)(?:-(\d+))?->[^/]*\/(tcp|udp)/g)) {
      const [, first = "0", last = first, protocol = "tcp"] = match;
      for (let port = Number(first); port <= Number(last); port++)
        holds.set(`${port}/${protocol}`, `the container ${name}`);
    }
  }
  return taken;
}

/** Programs of this machine that listen, as `name (process n)` by `port/protocol`. */
async function listeningHere(): Promise<Map<string, string>> {
  const result = await run("ss", ["-H", "-l", "-n", "-t", "-u", "-p"]);
  const taken = new Map<string, string>();
  for (const line of result.ok ? result.stdout.split("\n") : []) {
    const [protocol = "", , , , local = ""] = line.split(/\s+/);
    const [, program = "a program", pid = "?"] = /users:\(\("([^"]+)",pid=(\d+)/.exec(line) ?? [];
    taken.set(`${local.slice(local.lastIndexOf(":") + 1)}/${protocol}`, `${program} (process ${pid})`);
  }
  return taken;
}

async function assertPorts(host: HostChannel, settings: Settings, own: Labelled): Promise<void> {
  const wanted = wantedPorts(settings);
  if (wanted.length === 0) return;
  const here = isOfThisMachine(host.uri) ? await listeningHere() : new Map<string, string>();
  const byContainers = await published(host, own);
  // Docker listens on the host for the containers it publishes, and to a user who isn't root as nobody in particular.
  const programs = [...here].filter(([port]) => !byContainers.own.has(port));
  const taken = new Map([...programs, ...byContainers.others]);
  const clashes = wanted.flatMap(({ key, port, protocol }) => {
    const holder = taken.get(`${port}/${protocol}`);
    return holder === undefined ? [] : [`  ephemery:${key}: ${port}/${protocol} is taken by ${holder}`];
  });
  if (clashes.length === 0) return;
  throw new Problem(
    "port-taken",
    `Ports the node needs are taken on the host:\n${clashes.join("\n")}`,
    "Free them, or set those keys to other ports.",
  );
}

/** What a probe on a host runs as, and from: an image that is there already. */
export interface Prober {
  readonly owner: Owner;
  readonly image: string;
}

/** GiB that are free where Docker keeps its data, seen from here. */
async function freeHere(host: HostChannel): Promise<number | undefined> {
  if (!isOfThisMachine(host.uri)) return undefined;
  const root = await host.docker(["info", "--format", "{{.DockerRootDir}}"]);
  try {
    const { bavail, bsize } = await statfs(root);
    return (bavail * bsize) / 2 ** 30;
  } catch {
    return undefined; // an engine in a virtual machine, as on a Mac
  }
}

/** The same, seen from within: a container's own file system is where Docker keeps all of them. */
async function freeThere(host: HostChannel, { owner, image }: Prober): Promise<number | undefined> {
  const command = ["df", "-Pk", "/"];
  const shot = { owner, role: "probe", image, network: "none", mounts: [], user: NOBODY, command } as const;
  const text = await host.oneShot("A look at the disk", shot);
  const kib = Number(text.split("\n")[1]?.split(/\s+/)[3]);
  return Number.isNaN(kib) ? undefined : kib / 2 ** 20;
}

/**
 * @param needed GiB.
 * @param prober undefined: a host that can't be seen from here has room.
 */
async function assertSpace(host: HostChannel, needed: number, prober?: Prober): Promise<void> {
  const free = (await freeHere(host)) ?? (prober && (await freeThere(host, prober)));
  if (free === undefined || free >= needed) return;
  throw new Problem(
    "disk-full",
    `The disk of ${host.uri} has ${free.toFixed(1)} GiB free; a node needs ${needed} GiB.`,
    "Free space (`docker system df` shows what Docker uses), then try again.",
  );
}

/**
 * Looks at the host before the data of another chain is put on it: there has to be room for what is not there yet. When
 * the chain that runs has ended, for no more than the one that is put there: to stay would be worse than a full disk.
 *
 * @param now unix seconds.
 * @throws Problem `docker-missing`, `docker-unreachable`, `docker-too-old` or `disk-full`.
 */
export async function preflightStage(
  { host: { uri }, network }: Pick<Settings, "host" | "network">,
  record: DeploymentRecord,
  now: number,
  prober: Prober | undefined,
): Promise<void> {
  const host = new HostChannel(uri);
  await assertEngine(host);
  const there = [record.active, record.previous, record.next].filter((chain) => chain !== undefined).length;
  const chains = now >= nextResetTime(record.active) ? 1 : Math.max(1, GENERATIONS - there);
  await assertSpace(host, chains * GENERATION_GIB[network], prober);
}

/**
 * Looks at the host before an `up`. Space is looked at before a node's first start, and for a chain that comes beside
 * the one that runs (`preflightStage`): otherwise it is the node's own.
 * Ports always are, for settings may ask for others: the engine would find out when the old container is gone.
 *
 * @param id the stack's, in the labels of its objects; undefined where no state can be asked yet.
 * @throws Problem `docker-missing`, `docker-unreachable`, `docker-too-old`, `port-taken` or `disk-full`.
 */
export async function preflight(settings: Settings, id?: string): Promise<void> {
  const host = new HostChannel(settings.host.uri);
  await assertEngine(host);
  const own: Labelled = { stack: settings.stack, id };
  await assertPorts(host, settings, own);
  const labels = [`${LABELS.stack}=${own.stack}`, ...(id === undefined ? [] : [`${LABELS.id}=${id}`])];
  const mine = await host.docker(["ps", "--quiet", ...labels.flatMap((label) => ["--filter", `label=${label}`])]);
  if (mine !== "") return;
  await assertSpace(host, GENERATIONS * GENERATION_GIB[settings.network] + IMAGES_GIB);
}

/**
 * Looks at the machine that runs the resets, before each `up`. A clone or settings on the node's host that are not the
 * same any more would want another node, and would be held back at the next reset; a run of this machine's would not
 * reach the node with a key that somebody has to open, nor the state with one of this shell's: all with nobody awake.
 *
 * @param deployment what the stack's state has of its schedule.
 * @throws Problem `schedule` that lists everything that is missing.
 */
export async function preflightSchedule(settings: Settings, deployment: Partial<Deployment> = {}): Promise<void> {
  if (!isScheduled(settings)) return;
  const { stack, resets } = settings;
  const host = scheduleHost(settings);
  if (host) await readyThere(resets.schedule, stack, host);
  else if (!(await runsElsewhere(deployment))) await readyHere(resets.schedule, stack, settings.host.uri);
}
