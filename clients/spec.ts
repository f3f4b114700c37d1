// What every client is reduced to: one container, and what has to be done before
// it starts. Pure data; components/ makes Docker resources of it.

import type { ChainFacts } from "../chain/facts";
import type { Start } from "../chain/start";
import type { HostEndpoint } from "../config/settings";
import type { ImageName } from "./images";
import type { PeerDefaults } from "./peers";

/** The three layers, in the order they start in; they stop in the reverse one. */
export const LAYERS = ["execution", "beacon", "validator"] as const;
export type Layer = (typeof LAYERS)[number];

/** What a layer's client is called. */
export const LAYER_NAMES: Readonly<Record<Layer, string>> = {
  execution: "execution client",
  beacon: "beacon node",
  validator: "validator client",
};

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
  /** Whose user it runs as, where that is not its own layer's. */
  readonly as?: Layer;
}

/** A run of a client's image on a database of slashing protection whose client does not run. */
export interface ToolRun {
  /** Another image than the client's own, where that has no such command. */
  readonly image?: ImageName;
  readonly entrypoint: readonly string[] | undefined;
  readonly command: readonly string[];
}

/**
 * Slashing protection out of a client and into one, as a file of EIP-3076. Both need the key volume writable, and
 * neither a key nor a password.
 */
export interface Interchange {
  /**
   * What the database is made of, within the chain's folder, as patterns of a shell. It is set aside before an
   * import: several clients look at the lowest epoch they know, and an older history below would leave a gap.
   */
  readonly database: readonly string[];
  /** Lines of a shell script that make the place for an import, in the chain's folder. */
  readonly place?: readonly string[];
  /** Writes the file. */
  exported(chain: ChainFacts, file: string): ToolRun;
  /** What it prints where nothing was ever signed, beside that it fails. */
  readonly nothing?: RegExp;
  /** Reads it into a new database. */
  imported(chain: ChainFacts, file: string): ToolRun;
  /** What it prints where it failed and says by its exit code that it did not. */
  readonly failed?: RegExp;
}

/** What signs with the validators' keys. */
export interface Signer {
  /** Its slashing protection within the chain's folder, as a pattern of a shell: there once it has run. */
  readonly slashingDatabase: string;
  readonly interchange: Interchange;
}

export interface ContainerSpec {
  readonly layer: Layer;
  readonly client: string;
  readonly entrypoint: readonly string[] | undefined;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  /** Groups of other layers it is in, beside its own. */
  readonly groups?: readonly Layer[];
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
  /** Peers it aims at. */
  readonly peers: number;
  readonly rpc: HostEndpoint | undefined;
  readonly webSocket: HostEndpoint | undefined;
}

export interface BeaconContext extends NodeContext, ClientContext {
  /** URL of the execution client's engine API. */
  readonly engine: string;
  /** Peers it aims at. */
  readonly peers: number;
  readonly start: Start;
  readonly feeRecipient: string | undefined;
  readonly api: HostEndpoint | undefined;
  /** Those that run inside of it. */
  readonly validators: ValidatorSettings | undefined;
}

export interface ValidatorSettings {
  readonly feeRecipient: string;
  readonly graffiti: string;
  readonly count: number;
  readonly doppelgangerProtection: boolean;
}

export interface ValidatorContext extends NodeContext, ClientContext, ValidatorSettings {
  /** Base URLs of the Beacon APIs it works with. */
  readonly beaconApis: readonly string[];
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

/** A client with peers. */
export interface PeeringModule<Context> extends ClientModule<Context> {
  readonly peers: PeerDefaults;
}

export type ExecutionModule = PeeringModule<ExecutionContext>;

/** A beacon node, with what others need to know of it. */
export interface BeaconModule extends PeeringModule<BeaconContext> {
  /** Where its Beacon API listens. */
  readonly apiPort: number;
  /** Whether it dials the bundle's bootnodes when it starts and never again: one that starts before they do stays alone. */
  readonly dialsBootnodesOnce: boolean;
  /** Validators that can run inside of it. */
  readonly validators?: IntegratedValidators;
}

/** Validators inside of a beacon node. */
export interface IntegratedValidators extends Signer {
  /** Beside those of the beacon node, and run again for other keys. */
  prepare(chain: ChainFacts): readonly Preparation[];
}

/** A validator client, with what others need to know of it. */
export interface ValidatorModule extends ClientModule<ValidatorContext>, Signer {}

/** Ports of the execution layer, the same for every client. */
export const ENGINE_PORT = 8551;
export const RPC_PORT = 8545;
export const WEBSOCKET_PORT = 8546;
