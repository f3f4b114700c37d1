// Everything on the host that belongs to one chain alone: a volume for the bundle's files, one for the JWT secret,
// and one for each client.

import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ChainFacts } from "../chain/facts";
import type { Layer, VolumeRole } from "../clients/spec";
import type { Owner, Role } from "./names";
import { generationVolume } from "./volumes";

export interface GenerationDataArgs {
  readonly owner: Owner;
  readonly chain: ChainFacts;
  readonly layers: readonly Layer[];
}

const chainRole = (layer: Layer): Role => `${layer}-chain`;

/** The volumes are all there is of a chain that has ended; `fillGeneration` makes those of the others ready. */
export class GenerationData extends pulumi.ComponentResource {
  readonly genesis: docker.Volume;
  readonly jwt: docker.Volume;
  readonly chains: Readonly<Partial<Record<Layer, docker.Volume>>>;
  /** What the names of its children begin with. */
  readonly label: string;

  /** @param name the node's; the generation is added to the name of every child. */
  constructor(name: string, { owner, chain, layers }: GenerationDataArgs, opts: pulumi.ComponentResourceOptions) {
    const label = `${name}-${chain.generation}`;
    super("ephemery:index:GenerationData", label, {}, opts);
    this.label = label;
    const volume = (role: Role): docker.Volume =>
      generationVolume(`${label}-${role}`, { owner, role, generation: chain.generation }, { parent: this });
    this.genesis = volume("genesis");
    this.jwt = volume("jwt");
    this.chains = Object.fromEntries(layers.map((layer) => [layer, volume(chainRole(layer))]));
    this.registerOutputs({ generation: chain.generation });
  }

  /** Names of the volumes that a layer can see. */
  volumesOf(layer: Layer): Readonly<Partial<Record<VolumeRole, pulumi.Output<string>>>> {
    const chain = this.chains[layer];
    return { genesis: this.genesis.name, jwt: this.jwt.name, ...(chain ? { chain: chain.name } : {}) };
  }
}
