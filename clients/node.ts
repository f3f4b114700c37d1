// From settings, chain and decisions to the containers of a node.

import type { ChainFacts } from "../chain/facts";
import type { Start } from "../chain/start";
import { EXTERNAL, INTEGRATED } from "../config/keys";
import { Problem } from "../config/problem";
import type { Settings } from "../config/settings";
import { type Sizing, sizingOf } from "../config/sizing";
import type { ImageOrigin } from "../toolchain/origin";
import { beaconClients } from "./consensus";
import { executionClients } from "./execution";
import type { Running } from "./forks";
import { beaconPeers, executionPeers } from "./peers";
import {
  type BeaconModule,
  type ClientContext,
  type ClientImages,
  type ClientModule,
  type ContainerSpec,
  ENGINE_PORT,
  type ExecutionModule,
  HOSTS,
  type IntegratedValidators,
  LAYERS,
  type Layer,
  type NodeContext,
  type Preparation,
  type Signer,
  type ValidatorModule,
  type ValidatorSettings,
} from "./spec";
import { toolsImages } from "./tools";
import { validatorClients } from "./validator";
import { versionOf } from "./versions";
import { isWrapper, unwrapped } from "./wrappers";

/** The client of each layer that has a container of its own. */
function modulesOf({ execution, beacon, validator, validators }: Settings) {
  return {
    execution: execution.client === EXTERNAL ? undefined : executionClients[execution.client],
    beacon: beacon.client === EXTERNAL ? undefined : beaconClients[beacon.client],
    validator:
      validators.count === 0 || validator.client === INTEGRATED ? undefined : validatorClients[validator.client],
  };
}

function moduleOf(settings: Settings, layer: Layer): Pick<ClientModule<never>, "images" | "leastMemory" | "prepare"> {
  const module = modulesOf(settings)[layer];
  if (!module) throw new Error(`the node has no container for the layer ${layer}`);
  return module;
}

/** The layers a node has: no validators, no validator client; and none that somebody else runs. */
export function layersOf(settings: Settings): readonly Layer[] {
  const known = modulesOf(settings);
  return LAYERS.filter((layer) => known[layer] !== undefined);
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
  const { images } = moduleOf(settings, layer);
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
export function imagesOf(
  settings: Settings,
  origin: ImageOrigin,
): Readonly<Partial<Record<Layer, string>> & { tools: string }> {
  const of = (layer: Layer): string => {
    const { client, image } = settings[layer];
    return image ?? imageOf(layer, client, moduleOf(settings, layer).images, origin);
  };
  return {
    tools: imageOf("tools", "tools", toolsImages, origin),
    ...Object.fromEntries(layersOf(settings).map((layer) => [layer, of(layer)])),
  };
}

/** What each client of the node needs done before its first start on a chain. */
export function preparationsOf(
  settings: Settings,
  chain: ChainFacts,
): Readonly<Partial<Record<Layer, readonly Preparation[]>>> {
  const of = (layer: Layer): readonly Preparation[] => {
    const { client, image } = settings[layer];
    const inside = layer === "beacon" ? integrated(settings) : undefined;
    const jobs = [...moduleOf(settings, layer).prepare(chain), ...(inside?.prepare(chain) ?? [])];
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
  const known = modulesOf(input.settings);
  const specs = [
    known.execution && renderExecution(known.execution, input),
    known.beacon && renderBeacon(known.beacon, input),
    known.validator && renderValidator(known.validator, input),
  ].filter((spec) => spec !== undefined);
  const own = (spec: ContainerSpec): ContainerSpec =>
    isWrapper(input.settings[spec.layer].image) ? unwrapped(spec.layer, spec.client, spec) : spec;
  return Object.fromEntries(specs.map((spec) => [spec.layer, own(spec)]));
}

const sizingFor = ({ settings: { host, validators }, hostMemory }: RenderInput): Sizing =>
  sizingOf(host.memory ?? hostMemory, validators.count);

/** What every client is rendered from, and what the one of a layer has of its own. */
function contextOf(layer: Layer, input: RenderInput): NodeContext & ClientContext {
  const { settings, chain } = input;
  const { joined, host } = settings;
  const { image, extraArgs, memory } = settings[layer];
  return {
    chain,
    advertised: joined
      ? { execution: joined.execution, beacon: joined.beacon }
      : { execution: host.publicAddress, beacon: host.publicAddress },
    ports: host.ports,
    privateNetwork: joined !== undefined,
    metrics: settings.metrics,
    version: versionOf(image ?? ""),
    extraArgs,
    memory: memory ?? Math.max(sizingFor(input)[layer].memory, moduleOf(settings, layer).leastMemory ?? 0),
  };
}

function renderExecution(client: ExecutionModule, input: RenderInput): ContainerSpec {
  const { execution, expose } = input.settings;
  const sizing = sizingFor(input);
  return client.render({
    ...contextOf("execution", input),
    cache: sizing.execution.cache,
    peers: execution.peers ?? executionPeers(client.peers, sizing),
    rpc: expose.rpc,
    webSocket: expose.webSocket,
  });
}

function renderBeacon(client: BeaconModule, input: RenderInput): ContainerSpec {
  const { beacon, validators, engine, expose } = input.settings;
  const inside = integrated(input.settings) ? validatorsOf(input) : undefined;
  const context = contextOf("beacon", input);
  const sizing = sizingFor(input);
  return client.render({
    ...context,
    memory: beacon.memory ?? context.memory + (inside ? sizing.validator.memory : 0),
    validators: inside,
    engine: engine?.endpoint ?? `http://${HOSTS.execution}:${ENGINE_PORT}`,
    peers: beacon.peers ?? beaconPeers(client.peers, sizing),
    start: input.start,
    feeRecipient: validators.feeRecipient,
    api: expose.beaconApi,
  });
}

/** undefined: there are none. */
function validatorsOf({ settings, doppelgangerProtection }: RenderInput): ValidatorSettings | undefined {
  const { count, feeRecipient, graffiti } = settings.validators;
  return count === 0 || feeRecipient === undefined
    ? undefined
    : { count, feeRecipient, graffiti, doppelgangerProtection };
}

function renderValidator(client: ValidatorModule, input: RenderInput): ContainerSpec | undefined {
  const validators = validatorsOf(input);
  return (
    validators &&
    client.render({
      ...contextOf("validator", input),
      ...validators,
      beaconApis: beaconApisOf(input.settings),
    })
  );
}

/** Base URLs of the Beacon APIs a validator client works with, the node's own first. */
export function beaconApisOf(settings: Settings): readonly string[] {
  const { beacon } = modulesOf(settings);
  return [...(beacon ? [`http://${HOSTS.beacon}:${beacon.apiPort}`] : []), ...settings.beaconNodes];
}

/** The Beacon API that shows how the node is: its own or, where it has none, the first of those it works with. */
export function beaconApiOf(settings: Settings): string {
  const [first] = beaconApisOf(settings);
  if (first === undefined) throw new Error("a node has a beacon node, or works with one");
  return first;
}

/** Whether the node's beacon node dials the bundle's bootnodes when it starts, and never again. */
export const dialsBootnodesOnce = (settings: Settings): boolean =>
  modulesOf(settings).beacon?.dialsBootnodesOnce ?? false;

/** The validators that run inside of the node's beacon node. */
function integrated(settings: Settings): IntegratedValidators | undefined {
  const { validator, validators } = settings;
  return validators.count > 0 && validator.client === INTEGRATED ? modulesOf(settings).beacon?.validators : undefined;
}

/** The layer whose container signs with the validators' keys; undefined: there are no validators. */
export const signingLayer = (settings: Settings): Layer | undefined =>
  settings.validators.count === 0 ? undefined : integrated(settings) ? "beacon" : "validator";

/** What signs with the validators' keys, by its name in the settings. */
export function signerOf(client: Settings["validator"]["client"]): Signer {
  const signer = client === INTEGRATED ? beaconClients[client].validators : validatorClients[client];
  if (!signer) throw new Error(`${client} does not sign`);
  return signer;
}
