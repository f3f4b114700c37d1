// Looks at a deployed node: its containers through Docker, its clients through tunnels.

import { z } from "zod";
import { HOSTS, LAYERS, type Layer, RPC_PORT } from "../../clients/spec";
import { Problem } from "../../config/problem";
import type { Deployment } from "../deployment";
import { HostChannel } from "../host/channel";
import { Tunnel, within } from "../host/tunnel";
import { noNode } from "../no-node";
import { BeaconApi } from "./beacon-api";
import { countDuties } from "./duties";
import { ExecutionApi } from "./execution-api";
import { judge, type SeenContainer } from "./judge";
import { type ReportInput, reportOf, type SeenNode, type SeenValidators, type StatusReport } from "./report";

export interface LookInput extends Omit<ReportInput, "record"> {
  readonly stack: string;
  readonly deployment: Deployment;
  /** Base URL of the Beacon API that shows how the node is: its own beacon node's, or as a container on `apiNetwork` dials it. */
  readonly beaconApi: string;
  /** Digest or id of the image each container should run, by the container's name; none: it is not looked at. */
  readonly images?: Readonly<Record<string, string>>;
  /** Milliseconds for each thing the engine is asked: one that hangs is told of while a monitor still waits. A minute by default. */
  readonly patience?: number;
}

/** Milliseconds that counting duties of a long chain may take in one look. */
const COUNTING_BUDGET = 5_000;

const PATIENCE = 60_000;

const inspectSchema = z.object({
  Running: z.boolean(),
  Health: z.object({ Status: z.string() }).nullish(),
});

/** What was asked for, or undefined where it did not answer. */
async function attempt<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch {
    return undefined;
  }
}

/** Id of an image on the host; undefined: it is not there any more, which stops no container that runs it. */
async function imageId(host: HostChannel, image: string): Promise<string | undefined> {
  const result = await host.try(["image", "inspect", "--format", "{{.Id}}", image]);
  return result.ok ? result.stdout.trim() : undefined;
}

/** @param image digest or id of the image it should run; undefined: nobody knows. */
async function containerOf(
  host: HostChannel,
  name: string,
  image: string | undefined,
): Promise<SeenContainer | undefined> {
  const format = "{{.Image}} {{json .State}}";
  const [result, wanted] = await Promise.all([
    host.try(["inspect", "--type=container", "--format", format, name]),
    image === undefined ? undefined : imageId(host, image),
  ]);
  if (!result.ok) {
    if (/no such/i.test(result.stderr)) return undefined;
    throw new Problem(
      "docker-unreachable",
      `The Docker Engine at ${host.uri} does not answer: ${result.timedOut ? "it takes too long" : result.stderr}`,
      result.timedOut
        ? "It hangs, as docs/troubleshooting.md#docker-unreachable tells: restart it (`systemctl restart docker`), then look again."
        : "Start it, then look again.",
    );
  }
  const [runs = ""] = result.stdout.split(" ", 1);
  const state = inspectSchema.parse(JSON.parse(result.stdout.slice(`${runs} `.length)));
  return {
    name,
    running: state.Running,
    health: state.Health?.Status ?? "none",
    otherImage: wanted === undefined || wanted === runs ? undefined : { runs, wanted },
  };
}

async function clockOffsetOf(host: HostChannel): Promise<number | undefined> {
  const before = Date.now();
  const text = await attempt(() => host.docker(["info", "--format", "{{.SystemTime}}"]));
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : Math.round((time - (before + Date.now()) / 2) / 100) / 10;
}

/** What has to be deployed for a node to be there. */
type Deployed = {
  readonly [Key in "record" | "owner" | "containers" | "apiNetwork" | "tools" | "host"]: NonNullable<Deployment[Key]>;
};

function deployed({ stack, deployment }: LookInput): Deployed {
  const { record, owner, containers, apiNetwork, tools, host } = deployment;
  if (record && owner && containers && apiNetwork !== undefined && tools !== undefined && host)
    return { record, owner, containers, apiNetwork, tools, host };
  throw noNode(stack);
}

/** @throws Problem when the node can't be looked at: nothing deployed, or Docker does not answer. */
export async function look(input: LookInput): Promise<StatusReport> {
  const node = deployed(input);
  const seen = await seeNode(node, input);
  return reportOf(seen, judge(seen), { ...input, record: node.record });
}

/** What there is to see of a node, and nothing made of it yet. */
async function seeNode(node: Deployed, input: LookInput): Promise<SeenNode> {
  const { record, containers } = node;
  const host = new HostChannel(node.host.uri, input.patience ?? PATIENCE);
  const layers = LAYERS.filter((layer) => containers[layer] !== undefined);
  const seen = { stack: input.stack, chain: record.active, layers, containers: await seeContainers(host, node, input) };
  const tunnel = (layer: Layer, url: string): Tunnel => {
    const container = containers[layer];
    const network = container === undefined ? node.apiNetwork : within(container);
    return new Tunnel(host, { owner: node.owner, image: node.tools, network, url });
  };
  const executionTunnel = layers.includes("execution")
    ? tunnel("execution", `http://${HOSTS.execution}:${RPC_PORT}`)
    : undefined;
  const beaconTunnel = tunnel("beacon", input.beaconApi);
  const beaconApi = new BeaconApi(beaconTunnel);
  try {
    const [execution, beacon, clockOffset] = await Promise.all([
      executionTunnel && attempt(() => seeExecution(new ExecutionApi(executionTunnel))),
      attempt(() => seeBeacon(beaconApi)),
      clockOffsetOf(host),
    ]);
    const now = Math.floor(Date.now() / 1000);
    const validators =
      beacon && input.pubkeys.length > 0 && !beacon.syncing
        ? await attempt(() => seeValidators(beaconApi, node, input, beacon.headSlot, now))
        : undefined;
    return { ...seen, now, clockOffset, execution, beacon, validators };
  } finally {
    executionTunnel?.close();
    beaconTunnel.close();
  }
}

async function seeContainers(
  host: HostChannel,
  { containers }: Deployed,
  { images }: LookInput,
): Promise<SeenNode["containers"]> {
  const seen: Partial<Record<Layer, SeenContainer>> = {};
  await Promise.all(
    LAYERS.map(async (layer) => {
      const name = containers[layer];
      const container = name === undefined ? undefined : await containerOf(host, name, images?.[name]);
      if (container) seen[layer] = container;
    }),
  );
  return seen;
}

async function seeExecution(api: ExecutionApi): Promise<NonNullable<SeenNode["execution"]>> {
  // One after the other: they share a connection.
  const chainId = await api.chainId();
  const genesisHash = await api.genesisHash();
  const version = await attempt(api.version);
  const block = await attempt(api.block);
  const syncing = await attempt(() => api.syncing());
  const peers = await attempt(api.peers);
  return { chainId, genesisHash, version, block, syncing, peers };
}

async function seeBeacon(api: BeaconApi): Promise<NonNullable<SeenNode["beacon"]>> {
  const { genesis_validators_root: root } = await api.genesis();
  const { head_slot: headSlot, is_syncing: syncing, is_optimistic: optimistic, el_offline } = await api.syncing();
  const version = await attempt(api.version);
  const finalizedEpoch = await attempt(api.finalizedEpoch);
  const connected = await attempt(() => api.peers());
  const peers = connected && { ...connected, total: connected.in + connected.out };
  const enr = (await attempt(api.identity))?.enr;
  return {
    root,
    headSlot,
    syncing,
    optimistic,
    executionOffline: el_offline ?? false,
    version,
    finalizedEpoch,
    peers,
    enr,
  };
}

async function seeValidators(
  api: BeaconApi,
  { record, owner }: Deployed,
  { deployment, pubkeys }: LookInput,
  headSlot: number,
  now: number,
): Promise<SeenValidators> {
  const known = await api.validators(pubkeys);
  const active = known.filter(({ status }) => status.startsWith("active"));
  // Deposits that the chain has not taken in yet are pending as well.
  const pending = pubkeys.length - known.length + known.filter(({ status }) => status.startsWith("pending")).length;
  const counting = {
    api,
    chain: record.active,
    now,
    headSlot,
    validators: active.map(({ index, validator }) => ({
      pubkey: validator.pubkey,
      index,
      activation: validator.activation_epoch,
    })),
    key: `${owner.stack}-${owner.id}-${record.active.generation}`,
    digest: deployment.validators?.digest ?? "",
    budget: COUNTING_BUDGET,
  };
  const seen = { active: active.length, pending };
  if (active.length === 0) return seen;
  try {
    return { ...seen, duties: await countDuties(counting) };
  } catch (error) {
    return { ...seen, uncounted: error instanceof Error ? error.message : String(error) };
  }
}
