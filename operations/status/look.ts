// Looks at a deployed node: its containers through Docker, its clients through tunnels.

import { z } from "zod";
import { type ChainFacts, epochAt, nextResetTime, slotAt } from "../../chain/facts";
import type { DeploymentRecord } from "../../chain/plan";
import { HOSTS, LAYERS, type Layer, RPC_PORT } from "../../clients/spec";
import { Problem, toProblem } from "../../config/problem";
import type { Deployment } from "../deployment";
import { HostChannel } from "../host/channel";
import { Tunnel, within } from "../host/tunnel";
import { noNode } from "../no-node";
import type { LastReset } from "../reset/journal";
import { BeaconApi } from "./beacon-api";
import { countDuties, type DutyReport } from "./duties";
import { ExecutionApi } from "./execution-api";
import { judge, type SeenContainer } from "./judge";
import type { Peers, StatusReport } from "./report";

export interface LookInput {
  readonly stack: string;
  readonly network: string;
  readonly deployment: Deployment;
  readonly clients: Readonly<Record<Layer, string>>;
  /** Base URL of the Beacon API that shows how the node is: its own beacon node's, or as a container on `apiNetwork` dials it. */
  readonly beaconApi: string;
  /** Public keys of the validators; empty without any. */
  readonly pubkeys: readonly string[];
  /** Digest or id of the image each container should run, by the container's name; none: it is not looked at. */
  readonly images?: Readonly<Record<string, string>>;
  /** Newest release tag of the sources that this machine has verified. */
  readonly seenTag: string | undefined;
  /** What this machine's journal has of the last reset. */
  readonly lastReset?: LastReset | undefined;
  /** What starts the stack's resets. */
  readonly schedule?: StatusReport["schedule"];
  /** Milliseconds for each thing the engine is asked: one that hangs is told of while a monitor still waits. A minute by default. */
  readonly patience?: number;
}

/** Milliseconds that counting duties of a long chain may take in one look. */
const COUNTING_BUDGET = 5_000;
const NO_PEERS: Peers = { in: null, out: null, total: null };

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

async function clockOffset(host: HostChannel): Promise<number | null> {
  const before = Date.now();
  const text = await attempt(() => host.docker(["info", "--format", "{{.SystemTime}}"]));
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? null : Math.round((time - (before + Date.now()) / 2) / 100) / 10;
}

/** Where a node is between two resets. */
function resetState({ active, previous, next }: DeploymentRecord, now: number): StatusReport["reset"]["state"] {
  if (now >= nextResetTime(active)) return "due";
  if (previous) return "settling";
  return next ? "staged" : "running";
}

/** The last reset, and what the chain says of the duties since. */
function lastOf(
  last: LastReset | undefined,
  chain: ChainFacts,
  duties: DutyReport | undefined,
): StatusReport["reset"]["last"] {
  if (!last) return null;
  // Of what was before the counts begin nobody knows.
  const since = last.generation === chain.generation && duties?.countedFrom === 0 ? duties : undefined;
  return {
    ...last,
    firstDutySlot: since?.firstDutySlot ?? null,
    missedDuties: since ? since.missed + since.missedProposals : null,
  };
}

/** @throws Problem when the node can't be looked at: nothing deployed, or Docker does not answer. */
export async function look(input: LookInput): Promise<StatusReport> {
  const { stack, deployment, pubkeys } = input;
  const { record, owner, containers, apiNetwork, tools, host: where } = deployment;
  if (!record || !owner || !containers || apiNetwork === undefined || tools === undefined || !where) {
    throw noNode(stack);
  }
  const chain = record.active;
  const host = new HostChannel(where.uri, input.patience ?? PATIENCE);
  const layers = LAYERS.filter((layer) => containers[layer] !== undefined);
  const found = await Promise.all(
    layers.map(async (layer) => {
      const name = containers[layer] ?? "";
      return [layer, await containerOf(host, name, input.images?.[name])] as const;
    }),
  );
  const seenContainers: Partial<Record<Layer, SeenContainer>> = {};
  for (const [layer, container] of found) if (container) seenContainers[layer] = container;

  const tunnel = (layer: Layer, url: string): Tunnel => {
    const container = containers[layer];
    const network = container === undefined ? apiNetwork : within(container);
    return new Tunnel(host, { owner, image: tools, network, url });
  };
  const executionTunnel = layers.includes("execution")
    ? tunnel("execution", `http://${HOSTS.execution}:${RPC_PORT}`)
    : undefined;
  const beaconTunnel = tunnel("beacon", input.beaconApi);
  try {
    const [execution, beacon, offset] = await Promise.all([
      executionTunnel && attempt(() => lookAtExecution(new ExecutionApi(executionTunnel))),
      attempt(() => lookAtBeacon(new BeaconApi(beaconTunnel))),
      clockOffset(host),
    ]);
    const now = Math.floor(Date.now() / 1000);
    const counted =
      beacon && pubkeys.length > 0 && !beacon.syncing.is_syncing
        ? await attempt(() => lookAtValidators(new BeaconApi(beaconTunnel), input, beacon.syncing.head_slot, now))
        : undefined;
    const finding = judge({
      stack,
      now,
      chain,
      layers,
      containers: seenContainers,
      execution,
      beacon: beacon && {
        root: beacon.genesis.genesis_validators_root,
        headSlot: beacon.syncing.head_slot,
        syncing: beacon.syncing.is_syncing,
        executionOffline: beacon.syncing.el_offline ?? false,
        peers: beacon.peers && beacon.peers.in + beacon.peers.out,
      },
    });
    return {
      stack,
      healthy: finding === undefined,
      chain: {
        network: input.network,
        iteration: chain.iteration,
        chainId: chain.chainId,
        generation: chain.generation,
        genesisValidatorsRoot: chain.genesisValidatorsRoot,
        genesisTime: chain.genesisTime,
        nextResetTime: nextResetTime(chain),
        slot: slotAt(chain, now),
        epoch: epochAt(chain, now),
        clockOffset: offset,
      },
      execution: {
        client: input.clients.execution,
        version: execution?.version ?? null,
        block: execution?.block ?? null,
        syncing: execution?.syncing ?? null,
        peers: { ...NO_PEERS, total: execution?.peers ?? null },
      },
      beacon: {
        client: input.clients.beacon,
        version: beacon?.version ?? null,
        headSlot: beacon?.syncing.head_slot ?? null,
        finalizedEpoch: beacon?.finalizedEpoch ?? null,
        syncing: beacon?.syncing.is_syncing ?? null,
        optimistic: beacon?.syncing.is_optimistic ?? null,
        peers: beacon?.peers ? { ...beacon.peers, total: beacon.peers.in + beacon.peers.out } : NO_PEERS,
        enr: beacon?.enr ?? null,
      },
      validators: {
        configured: pubkeys.length,
        active: counted?.active ?? null,
        pending: counted?.pending ?? null,
        attested: counted?.duties?.attested ?? null,
        missed: counted?.duties?.missed ?? null,
        proposed: counted?.duties?.proposed ?? null,
        missedProposals: counted?.duties?.missedProposals ?? null,
        countedFrom: counted?.duties?.countedFrom ?? null,
        countedThrough: counted?.duties?.countedThrough ?? null,
        uncounted: counted?.uncounted ?? null,
      },
      release: {
        seen: input.seenTag ?? chain.release.tag,
        verified: chain.release.tag,
        staged: record.next?.generation ?? null,
      },
      reset: { state: resetState(record, now), last: lastOf(input.lastReset, chain, counted?.duties) },
      schedule: input.schedule ?? null,
      problem: finding ?? null,
    };
  } finally {
    executionTunnel?.close();
    beaconTunnel.close();
  }
}

async function lookAtExecution(api: ExecutionApi) {
  // One after the other: they share a connection.
  const chainId = await api.chainId();
  const genesisHash = await api.genesisHash();
  const version = await attempt(api.version);
  const block = await attempt(api.block);
  const syncing = await attempt(() => api.syncing());
  const peers = await attempt(api.peers);
  return { chainId, genesisHash, version, block, syncing, peers };
}

async function lookAtBeacon(api: BeaconApi) {
  const genesis = await api.genesis();
  const syncing = await api.syncing();
  const version = await attempt(api.version);
  const finalizedEpoch = await attempt(api.finalizedEpoch);
  const peers = await attempt(() => api.peers());
  const enr = (await attempt(api.identity))?.enr;
  return { genesis, syncing, version, finalizedEpoch, peers, enr };
}

interface SeenValidators {
  readonly active: number;
  readonly pending: number;
  readonly duties?: DutyReport;
  /** Why they could not be counted. */
  readonly uncounted?: string;
}

async function lookAtValidators(
  api: BeaconApi,
  input: LookInput,
  headSlot: number,
  now: number,
): Promise<SeenValidators> {
  const { deployment, pubkeys } = input;
  const { record, owner, validators } = deployment;
  if (!record || !owner) throw toProblem("not deployed");
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
    digest: validators?.digest ?? "",
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
