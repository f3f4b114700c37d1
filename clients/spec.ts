// What every client is reduced to: one container, and what has to be done before
// it starts. Pure data; components/ makes Docker resources of it.

import type { ChainFacts } from "../chain/facts";
import type { Start } from "../chain/start";
import type { HostEndpoint } from "../config/settings";

/** The three layers, in the order they start in; they stop in the reverse one. */
export const LAYERS = ["execution", "beacon", "validator"] as const;
export type Layer = (typeof LAYERS)[number];

/**
 * The volumes a container can see.
 * - `genesis`: the bundle's files, read-only, of one generation
 * - `jwt`: the JWT secret of one generation
 * - `chain`: this layer's own data of one generation
 * - `identity`: the node keys, kept over resets and destroy
 * - `keys`: keystores, their password and slashing protection, kept likewise
 */
export type VolumeRole = "genesis" | "jwt" | "chain" | "identity" | "keys";

/** Where each volume is mounted, in every container. */
export const PATHS = {
  genesis: "/genesis",
  jwt: "/jwt",
  chain: "/data",
  identity: "/identity",
  keys: "/keys",
} as const satisfies Record<VolumeRole, string>;

export const JWT_FILE = `${PATHS.jwt}/jwt.hex`;
/** 64 hex digits, a secp256k1 private key. */
export const identityFile = (layer: "execution" | "beacon"): string => `${PATHS.identity}/${layer}.key`;
export const KEYSTORES = `${PATHS.keys}/keystores`;
export const PASSWORD_FILE = `${PATHS.keys}/password.txt`;
/** Slashing protection belongs to one chain and is kept with the keys. */
export const slashingFolder = (chain: ChainFacts): string => `${PATHS.keys}/slashing/${chain.genesisValidatorsRoot}`;

/** Host name of a layer on the node's networks. */
export const HOSTS = { execution: "execution", beacon: "beacon", validator: "validator" } as const satisfies Record<
  Layer,
  string
>;

/**
 * User and group of each layer's process. The JWT secret is readable by the group
 * that execution client and beacon node share and the validator client does not.
 */
export const USERS = {
  execution: { uid: 10_001, gid: 10_000 },
  beacon: { uid: 10_002, gid: 10_000 },
  validator: { uid: 10_003, gid: 10_003 },
} as const satisfies Record<Layer, { uid: number; gid: number }>;

export interface Mount {
  readonly volume: VolumeRole;
  readonly readOnly: boolean;
}

/** A port peers reach from outside, the same inside the container and on the host. */
export interface P2pPort {
  readonly port: number;
  readonly protocol: "tcp" | "udp";
}

/** An API that can be published on the host when a setting says so. */
export interface Endpoint {
  readonly port: number;
  /** Published there; undefined: only on the node's networks. */
  readonly published: HostEndpoint | undefined;
}

export interface Healthcheck {
  /** Docker's form: CMD or CMD-SHELL first. Uses only what the client's image has. */
  readonly test: readonly string[];
}

/** A run of an image on the node's volumes, as the layer's user, before the container starts. It must be repeatable. */
export interface Preparation {
  readonly name: string;
  /** `client`: the client's own image; `tools`: busybox. */
  readonly image: "client" | "tools";
  readonly entrypoint: readonly string[] | undefined;
  readonly command: readonly string[];
  readonly mounts: readonly Mount[];
}

export interface ContainerSpec {
  readonly layer: Layer;
  readonly client: string;
  readonly entrypoint: readonly string[] | undefined;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  /** Writable places in an otherwise read-only root. */
  readonly tmpfs: readonly string[];
  readonly p2pPorts: readonly P2pPort[];
  readonly endpoints: readonly Endpoint[];
  readonly metrics: { readonly port: number; readonly path: string } | undefined;
  readonly healthcheck: Healthcheck;
  readonly stop: { readonly signal: string; readonly graceSeconds: number };
  /** MiB. */
  readonly memory: number;
}

/** What every client of a node is rendered from. */
export interface NodeContext {
  readonly chain: ChainFacts;
  /** Address peers reach the node's containers at; undefined: the client finds out. */
  readonly advertised: { readonly execution: string | undefined; readonly beacon: string | undefined };
  readonly ports: { readonly execution: number; readonly beacon: number; readonly quic: number };
  /** Whether peers have private addresses, as on a rehearsal's network. */
  readonly privateNetwork: boolean;
  readonly metrics: boolean;
}

/** What the one client is rendered from, beside the node. */
export interface ClientContext {
  /** The client's version; undefined: not known, and taken for the pinned one. */
  readonly version: string | undefined;
  readonly extraArgs: readonly string[];
  /** MiB. */
  readonly memory: number;
}

export interface ExecutionContext extends NodeContext, ClientContext {
  /** MiB. */
  readonly cache: number;
  readonly peers: number;
  readonly rpc: HostEndpoint | undefined;
  readonly webSocket: HostEndpoint | undefined;
}

export interface BeaconContext extends NodeContext, ClientContext {
  readonly peers: number;
  readonly start: Start;
  readonly feeRecipient: string | undefined;
  readonly api: HostEndpoint | undefined;
}

export interface ValidatorContext extends NodeContext, ClientContext {
  /** Base URLs of the Beacon APIs it works with. */
  readonly beaconApis: readonly string[];
  readonly feeRecipient: string;
  readonly graffiti: string;
  readonly count: number;
  readonly doppelgangerProtection: boolean;
}

/** Names of the images a client can run from. */
export interface ClientImages {
  /** On the public network, and wherever registries can be reached. */
  readonly official: string;
  /** Built on this machine; undefined: it can't be built from packages. */
  readonly local: string | undefined;
}

/** A client in one layer. */
export interface ClientModule<Context> {
  readonly images: ClientImages;
  /** MiB it gets where the sizing table would give it less: what its runtime takes before it has done anything. */
  readonly leastMemory?: number;
  /**
   * Jobs before its container's first start in a generation, in order. A job that has succeeded is not done again
   * under its name, so no two clients of a layer have one of the same name.
   */
  prepare(chain: ChainFacts): readonly Preparation[];
  render(context: Context): ContainerSpec;
}

/** A beacon node, with what others need to know of it. */
export interface BeaconModule extends ClientModule<BeaconContext> {
  /** Where its Beacon API listens. */
  readonly apiPort: number;
  /** Whether it dials the bundle's bootnodes when it starts and never again: one that starts before they do stays alone. */
  readonly dialsBootnodesOnce: boolean;
}

/** A validator client, with what others need to know of it. */
export interface ValidatorModule extends ClientModule<ValidatorContext> {
  /** Its slashing protection within the chain's folder: there once it has run. */
  readonly slashingDatabase: string;
}

/** Ports of the execution layer, the same for every client. */
export const ENGINE_PORT = 8551;
export const RPC_PORT = 8545;
export const WEBSOCKET_PORT = 8546;
