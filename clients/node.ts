// From settings, chain and decisions to the containers of a node.

import type { ChainFacts } from "../chain/facts";
import type { Start } from "../chain/start";
import { Problem } from "../config/problem";
import type { Settings } from "../config/settings";
import { sizingOf } from "../config/sizing";
import type { ImageOrigin } from "../toolchain/origin";
import { beaconClients } from "./consensus";
import { executionClients } from "./execution";
import type { Running } from "./forks";
import { type ClientImages, type ContainerSpec, HOSTS, type Layer, type Preparation } from "./spec";
import { toolsImages } from "./tools";
import { validatorClients } from "./validator";
import { versionOf } from "./versions";
import { isWrapper, unwrapped } from "./wrappers";

/** The layers a node has: no validators, no validator client. */
export function layersOf(settings: Settings): readonly Layer[] {
  return settings.validators.count > 0 ? ["execution", "beacon", "validator"] : ["execution", "beacon"];
}

function modules(settings: Settings) {
  return {
    execution: executionClients[settings.execution.client],
    beacon: beaconClients[settings.beacon.client],
    validator: validatorClients[settings.validator.client],
  };
}

function imageOf(layer: Layer | "tools", client: string, images: ClientImages, origin: ImageOrigin): string {
  if (origin === "official") return images.official;
  if (images.local !== undefined) return images.local;
  throw new Problem(
    "config",
    `The ${layer} client ${client} has no image that can be built on this machine, and registries can't be reached.`,
    `Choose another client for rehearsals here, or name an image that is there with ephemery:${layer}Image.`,
  );
}

/** The image a client goes by as far as can be told beforehand: its setting's, or the pinned one. */
function nominalImage(settings: Settings, layer: Layer, origin: ImageOrigin): string {
  const { images } = modules(settings)[layer];
  return settings[layer].image ?? (origin === "local" ? images.local : undefined) ?? images.official;
}

/** The clients of the node with the versions their images have. */
export function runningOf(settings: Settings, origin: ImageOrigin): readonly (Running & { readonly image: string })[] {
  return layersOf(settings).map((layer) => {
    const image = nominalImage(settings, layer, origin);
    return { layer, client: settings[layer].client, version: versionOf(image), image };
  });
}

/** Image of each layer of the node, and of its jobs. */
export function imagesOf(settings: Settings, origin: ImageOrigin): Readonly<Record<Layer | "tools", string>> {
  const known = modules(settings);
  const of = (layer: Layer): string => {
    const { client, image } = settings[layer];
    return image ?? imageOf(layer, client, known[layer].images, origin);
  };
  return {
    tools: imageOf("tools", "tools", toolsImages, origin),
    execution: of("execution"),
    beacon: of("beacon"),
    // Without validators there is no such client, and no reason to object to it.
    validator: settings.validators.count > 0 ? of("validator") : "",
  };
}

/** What each client of the node needs done before its first start on a chain. */
export function preparationsOf(
  settings: Settings,
  chain: ChainFacts,
): Readonly<Partial<Record<Layer, readonly Preparation[]>>> {
  const known = modules(settings);
  const of = (layer: Layer): readonly Preparation[] => {
    const { client, image } = settings[layer];
    const jobs = known[layer].prepare(chain);
    return isWrapper(image) ? jobs.map((job) => (job.image === "client" ? unwrapped(layer, client, job) : job)) : jobs;
  };
  return Object.fromEntries(layersOf(settings).map((layer) => [layer, of(layer)]));
}

export interface RenderInput {
  readonly settings: Settings;
  readonly chain: ChainFacts;
  readonly start: Start;
  /** MiB. */
  readonly hostMemory: number;
  readonly doppelgangerProtection: boolean;
}

/** The container of each layer of the node. */
export function renderNode(input: RenderInput): Readonly<Partial<Record<Layer, ContainerSpec>>> {
  const { settings, chain, start } = input;
  const { joined, host, validators, expose } = settings;
  const known = modules(settings);
  const sizing = sizingOf(host.memory ?? input.hostMemory, validators.count);
  const memoryOf = (layer: Layer): number =>
    settings[layer].memory ?? Math.max(sizing[layer].memory, known[layer].leastMemory ?? 0);
  const node = {
    chain,
    advertised: joined
      ? { execution: joined.execution, beacon: joined.beacon }
      : { execution: host.publicAddress, beacon: host.publicAddress },
    ports: host.ports,
    privateNetwork: joined !== undefined,
    metrics: settings.metrics,
  };
  const versionIn = (layer: Layer): string | undefined => versionOf(settings[layer].image ?? "");
  const containers: Partial<Record<Layer, ContainerSpec>> = {
    execution: known.execution.render({
      ...node,
      version: versionIn("execution"),
      extraArgs: settings.execution.extraArgs,
      memory: memoryOf("execution"),
      cache: sizing.execution.cache,
      peers: settings.execution.peers ?? sizing.execution.peers,
      rpc: expose.rpc,
      webSocket: expose.webSocket,
    }),
    beacon: known.beacon.render({
      ...node,
      version: versionIn("beacon"),
      extraArgs: settings.beacon.extraArgs,
      memory: memoryOf("beacon"),
      peers: settings.beacon.peers ?? sizing.beacon.peers,
      start,
      feeRecipient: validators.feeRecipient,
      api: expose.beaconApi,
    }),
  };
  if (validators.count > 0 && validators.feeRecipient !== undefined) {
    containers.validator = known.validator.render({
      ...node,
      version: versionIn("validator"),
      extraArgs: settings.validator.extraArgs,
      memory: memoryOf("validator"),
      beaconApis: [`http://${HOSTS.beacon}:${known.beacon.apiPort}`],
      feeRecipient: validators.feeRecipient,
      graffiti: validators.graffiti,
      count: validators.count,
      doppelgangerProtection: input.doppelgangerProtection,
    });
  }
  const own = (spec: ContainerSpec): ContainerSpec =>
    isWrapper(settings[spec.layer].image) ? unwrapped(spec.layer, spec.client, spec) : spec;
  return Object.fromEntries(Object.entries(containers).map(([layer, spec]) => [layer, own(spec)]));
}

/** Where the node's validator client has its slashing protection, within the chain's folder. */
export function slashingDatabase(settings: Settings): string {
  return modules(settings).validator.slashingDatabase;
}

/** Port of the Beacon API of the node's beacon node. */
export function beaconApiPort(settings: Settings): number {
  return modules(settings).beacon.apiPort;
}
