// The networks of a node: one to meet peers on, three that reach nothing outside.

import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { named } from "./named";
import type { Owner } from "./names";

export interface NetworksArgs {
  readonly owner: Owner;
  /** An existing network to meet peers on, instead of one of the node's own. */
  readonly joined: string | undefined;
}

/** A changed network would take every container on it down with it. */
const FROZEN = ["labels", "driver", "internal", "ipamConfigs", "options"];

/** Engine API, client APIs and metrics have a network each, so that a container reaches only what it has to. */
export class Networks extends pulumi.ComponentResource {
  /** Names of the networks. */
  readonly p2p: pulumi.Output<string>;
  readonly engine: pulumi.Output<string>;
  readonly api: pulumi.Output<string>;
  readonly metrics: pulumi.Output<string>;

  constructor(name: string, args: NetworksArgs, opts: pulumi.ComponentResourceOptions) {
    super("ephemery:index:Networks", name, {}, opts);
    const network = (role: "p2p" | "engine" | "api" | "metrics"): pulumi.Output<string> =>
      new docker.Network(
        `${name}-${role}`,
        { ...named(args.owner, `${role}-network`), driver: "bridge", internal: role !== "p2p" },
        { parent: this, ignoreChanges: FROZEN, deleteBeforeReplace: true },
      ).name;
    this.p2p = args.joined === undefined ? network("p2p") : pulumi.output(args.joined);
    this.engine = network("engine");
    this.api = network("api");
    this.metrics = network("metrics");
    this.registerOutputs({ p2p: this.p2p, engine: this.engine, api: this.api, metrics: this.metrics });
  }
}
