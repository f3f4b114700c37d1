// A node: networks, identity, keys, the data of a generation, and the clients on it.

import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { type ChainFacts, nextResetTime } from "../chain/facts";
import type { DeploymentRecord, Plan } from "../chain/plan";
import { imagesOf, layersOf, preparationsOf, renderNode, signingLayer } from "../clients/node";
import type { ContainerSpec, Layer } from "../clients/spec";
import type { Settings } from "../config/settings";
import type { ImageOrigin } from "../toolchain/origin";
import { clientContainer } from "./client-container";
import { type Decisions, decide } from "./decisions";
import { gate } from "./gate";
import { GenerationData } from "./generation-data";
import { fillGeneration } from "./generation-jobs";
import { NodeIdentity } from "./identity";
import { dockerName, type Owner } from "./names";
import { Networks } from "./networks";
import { proof } from "./proof";
import { protection } from "./protection";
import { servedChain } from "./served-chain";
import { untilHealthy } from "./until-healthy";
import { ValidatorKeys } from "./validator-keys";

export interface EphemeryNodeArgs {
  /** In names and labels of all that the node has on its host. */
  readonly owner: Owner;
  /** The stack's configuration, checked. */
  readonly settings: Settings;
  /** The chains that are to be on the host after this update. */
  readonly plan: Plan;
  /** Whether images come from their registries, or are those that set-up made for rehearsals. */
  readonly images: ImageOrigin;
  /**
   * Whether nothing of the node has run yet. Then no client has to wait for what another one needs: there is none that
   * would be stopped for it.
   */
  readonly first: boolean;
}

/**
 * A node on one Docker host: its networks, the volumes that outlive every chain (keys, node identity), volumes and jobs of
 * each generation of the plan, and one container per layer behind a gate. The gate opens when all that can fail has
 * succeeded, so that a job that fails leaves the clients that run untouched.
 */
export class EphemeryNode extends pulumi.ComponentResource {
  /** The plan that was carried out. It hangs on all that it takes, so that it does not advance in an update that fails. */
  readonly record: pulumi.Output<DeploymentRecord>;
  /** Name of each container, by layer. */
  readonly containers: Readonly<Partial<Record<Layer, string>>>;
  /** The validators: how many from which index, and a digest over their public keys. */
  readonly validators: pulumi.Output<{ count: number; start: number; digest: string }>;
  /** Fingerprint of the node keys. */
  readonly identity: pulumi.Output<string>;
  /** Image of probes. */
  readonly tools: pulumi.Output<string>;
  /** The network probes join to reach the Beacon API. */
  readonly apiNetwork: pulumi.Output<string>;

  /** @param name the host's: it is in the name of every child, so that another host is another set of resources. */
  constructor(name: string, args: EphemeryNodeArgs, opts: pulumi.ComponentResourceOptions) {
    super("ephemery:index:EphemeryNode", name, {}, opts);
    const { owner, settings, plan } = args;
    const chain = plan.active;
    const layers = layersOf(settings);
    const { uri } = settings.host;
    const signing = signingLayer(settings);

    const { image, pulled } = pull(name, imagesOf(settings, args.images), ["tools", ...layers], { parent: this });
    const common = { owner, uri, toolsImage: image("tools") };

    const networks = new Networks(name, { owner, joined: settings.joined?.network }, { parent: this });
    const identity = new NodeIdentity(name, common, { parent: this });
    const keys =
      settings.validators.count > 0
        ? new ValidatorKeys(name, { ...common, ...settings.validators, shared: signing === "beacon" }, { parent: this })
        : undefined;
    const kept = { identity: identity.volume.name, ...(keys ? { keys: keys.volume.name } : {}) };
    const keptReady = [identity, ...(keys ? [keys] : [])];
    const keptFor = (layer: Layer): pulumi.Resource[] => [
      ...(layer === "validator" ? [] : [identity]),
      ...(keys && layer === signing ? [keys] : []),
    ];

    const generation = (of: ChainFacts) => ({ owner, chain: of, layers });
    const fill = (of: ChainFacts) => {
      const data = new GenerationData(name, generation(of), { parent: this });
      const filled = fillGeneration(data, {
        ...common,
        ...generation(of),
        releaseSources: settings.releaseSources,
        kept,
        preparations: preparationsOf(settings, of),
        image,
        fillers: { identity, ...(keys ? { keys } : {}) },
        jwtDigest: settings.engine?.jwtDigest,
        keysDigest: keys?.digest,
      });
      return { data, ...filled };
    };
    const { data, ready, readyFor, jwtFingerprint } = fill(chain);
    const staged = plan.next && fill(plan.next);
    if (plan.previous) new GenerationData(name, generation(plan.previous), { parent: this });

    const decided = decide(
      name,
      {
        ...common,
        chain,
        checkpointProviders: layers.includes("beacon") ? settings.checkpointProviders : [],
        beaconClient: settings.beacon.client,
        network: networks.p2p,
      },
      { parent: this },
    );
    const { beaconNodes } = settings;
    const served = layers.includes("beacon")
      ? []
      : [servedChain(name, { ...common, chain, beaconNodes, network: networks.p2p }, { parent: this })];
    const guarded =
      keys &&
      signing &&
      protection(
        name,
        {
          ...common,
          chain,
          keys,
          genesis: data.genesis.name,
          signer: { client: settings.validator.client, layer: signing, image: image(signing) },
        },
        // Last of all before the gate: what signed before may be stopped by it.
        {
          parent: this,
          dependsOn: [
            ...keptReady,
            ...(args.first ? (readyFor[signing] ?? []) : [...pulled, ...ready, ...served, decided.job]),
          ],
        },
      );
    const render = (decisions: Decisions, doppelgangerProtection: boolean) =>
      renderNode({ settings, chain, ...decisions, doppelgangerProtection });
    // Apart, so that other keys are no change to the clients that have none.
    const specs = decided.decisions.apply((decisions) => render(decisions, false));
    const guardedSpecs = pulumi
      .all([decided.decisions, guarded?.on ?? false])
      .apply(([decisions, on]) => render(decisions, on));
    const opened = gate(`${name}-gate`, chain.generation, {
      parent: this,
      dependsOn: args.first
        ? served
        : [...pulled, ...ready, ...keptReady, decided.job, ...served, ...(guarded ? [guarded.job] : [])],
    });

    /** The clients, each followed by the job that ends when it is healthy. */
    const running: pulumi.CustomResource[] = [];
    for (const layer of layers) {
      const client = `${name}-${layer}`;
      const container = clientContainer(
        client,
        {
          layer,
          owner,
          generation: chain.generation,
          spec: (layer === signing ? guardedSpecs : specs).apply((all) => specOf(all, layer)),
          image: image(layer),
          gate: opened,
          volumes: { ...kept, ...data.volumesOf(layer) },
          networks: networksOf(layer, networks, settings),
          published: settings.joined === undefined,
          inputs: {
            ...(layer === "validator" ? {} : { jwt: jwtFingerprint }),
            ...(layer === signing && keys ? { keys: keys.digest } : {}),
          },
        },
        // Each layer starts when the one before it is healthy, and stops before that one does.
        { parent: this, dependsOn: [opened, ...keptFor(layer), ...(readyFor[layer] ?? []), ...running.slice(-2)] },
      );
      running.push(container, untilHealthy(client, { layer, owner, uri, container }, { parent: this }));
    }

    const apiNetwork = layers.includes("beacon") ? networks.api : networks.p2p;
    const proved =
      plan.settled &&
      proof(
        name,
        { ...common, chain, settings, layers, apiNetwork, pubkeys: keys?.pubkeys ?? [] },
        { parent: this, dependsOn: running },
      );
    const carriedOut = [...running, ...(staged?.ready ?? []), ...(proved ? [proved] : [])];
    this.record = pulumi.all(carriedOut.map(({ id }) => id)).apply(() => plan);
    this.containers = Object.fromEntries(layers.map((layer) => [layer, dockerName(owner, layer)]));
    const { count, start } = settings.validators;
    this.validators = pulumi.output(keys?.digest ?? "").apply((digest) => ({ count, start, digest }));
    this.identity = identity.fingerprint;
    this.tools = image("tools");
    this.apiNetwork = apiNetwork;
    this.registerOutputs({ generation: chain.generation, nextResetTime: nextResetTime(chain) });
  }
}

/**
 * Pulls each image once, before anything that runs is stopped. One with a digest goes by it; one with a tag alone
 * goes by the id it had when it was pulled, so that a moved tag changes nothing by itself.
 */
function pull<Name extends string>(
  name: string,
  references: Readonly<Partial<Record<Name, string>>>,
  wanted: readonly Name[],
  opts: pulumi.CustomResourceOptions,
): { image: (what: Name) => pulumi.Output<string>; pulled: readonly pulumi.Resource[] } {
  const pulled = new Map<string, docker.RemoteImage>();
  for (const what of wanted) {
    const reference = references[what];
    if (reference === undefined || pulled.has(reference)) continue;
    pulled.set(
      reference,
      new docker.RemoteImage(`${name}-image-${what}`, { name: reference, keepLocally: true }, opts),
    );
  }
  const image = (what: Name): pulumi.Output<string> => {
    const reference = references[what];
    const known = reference === undefined ? undefined : pulled.get(reference);
    if (!known || reference === undefined) throw new Error(`the image of ${what} is not pulled`);
    return known.imageId.apply((id) => (reference.includes("@sha256:") ? reference : id));
  };
  return { image, pulled: [...pulled.values()] };
}

function specOf(specs: Readonly<Partial<Record<Layer, ContainerSpec>>>, layer: Layer): ContainerSpec {
  const spec = specs[layer];
  if (!spec) throw new Error(`no container for the layer ${layer}`);
  return spec;
}

/** The validator client meets no peers and has no part in the engine API; to what others run, the p2p network leads. */
function networksOf(layer: Layer, networks: Networks, settings: Settings) {
  if (layer === "validator") {
    const outside = settings.beaconNodes.length > 0 ? { p2p: { name: networks.p2p, address: undefined } } : {};
    return { ...outside, internal: [networks.api, networks.metrics] };
  }
  return {
    p2p: { name: networks.p2p, address: settings.joined?.[layer] },
    internal: [networks.engine, networks.api, networks.metrics],
  };
}
