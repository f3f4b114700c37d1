// The settings of a stack as the rest of the code reads them: grouped, parsed, trusted.

import { createHash } from "node:crypto";
import type { Values } from "./keys";

export interface ClientSettings<Name extends string> {
  readonly client: Name;
  readonly image: string | undefined;
  readonly extraArgs: readonly string[];
  /** MiB; undefined: the sizing table decides. */
  readonly memory: number | undefined;
  /** undefined: the sizing table decides. */
  readonly peers: number | undefined;
}

/** An address of the host something is published on. */
export interface HostEndpoint {
  readonly address: string;
  readonly port: number;
}

export interface Settings {
  readonly stack: string;
  readonly network: Values["network"];
  readonly releaseSources: readonly string[];
  readonly checkpointProviders: readonly string[];
  /** A Docker network that exists already, with fixed addresses on it. */
  readonly joined:
    | { readonly network: string; readonly execution: string | undefined; readonly beacon: string | undefined }
    | undefined;
  readonly host: {
    readonly uri: string;
    readonly name: string;
    readonly publicAddress: string | undefined;
    /** MiB; undefined: what Docker reports. */
    readonly memory: number | undefined;
    readonly ports: { readonly execution: number; readonly beacon: number; readonly quic: number };
  };
  readonly execution: ClientSettings<Values["executionClient"]>;
  readonly beacon: ClientSettings<Values["beaconClient"]>;
  readonly validator: ClientSettings<Values["validatorClient"]>;
  /** Of an external execution client that a beacon node of this stack works with. */
  readonly engine: { readonly endpoint: string; readonly jwtDigest: string } | undefined;
  /** Beacon APIs of nodes that somebody else runs, for the validator client. */
  readonly beaconNodes: readonly string[];
  readonly validators: {
    readonly count: number;
    readonly start: number;
    /** Present whenever count is above 0. */
    readonly feeRecipient: string | undefined;
    readonly graffiti: string;
    /** Changes with the mnemonic that was given; of 128 bits or more, so that nothing leads back from it. */
    readonly mnemonicDigest: string | undefined;
  };
  readonly metrics: boolean;
  readonly expose: {
    readonly rpc: HostEndpoint | undefined;
    readonly webSocket: HostEndpoint | undefined;
    readonly beaconApi: HostEndpoint | undefined;
  };
  readonly resets: {
    readonly schedule: Values["resetSchedule"];
    /** The clone on the node's host, where the resets are run there; undefined: by the machine that runs Pulumi. */
    readonly folderOnHost: string | undefined;
    /** Seconds. */
    readonly jitter: number;
    /** Seconds. */
    readonly hookTimeout: number;
  };
  readonly id: string | undefined;
  readonly images: Values["images"];
}

function endpoint(text: string | undefined): HostEndpoint | undefined {
  if (text === undefined) return undefined;
  const [address = "", port = ""] = text.split(":");
  return { address, port: Number(port) };
}

/** Tells one secret from another; of 128 bits or more, so that nothing leads back from it. */
const digestOf = (secret: string): string =>
  createHash("sha256").update(`ephemery:${secret}`).digest("hex").slice(0, 16);

/** However it was written. */
export const jwtDigits = (secret: string): string => secret.trim().replace(/^0x/, "").toLowerCase();

/** Groups parsed values; nothing is checked here, `parseValues` has done so. */
export function toSettings(values: Values, stack: string): Settings {
  return {
    stack,
    network: values.network,
    releaseSources: values.releaseSources,
    checkpointProviders: values.checkpointProviders,
    joined:
      values.p2pNetwork === undefined
        ? undefined
        : { network: values.p2pNetwork, execution: values.executionP2pAddress, beacon: values.beaconP2pAddress },
    host: {
      uri: values.dockerHost,
      name: values.hostName,
      publicAddress: values.publicAddress,
      memory: values.hostMemory,
      ports: { execution: values.executionP2pPort, beacon: values.beaconP2pPort, quic: values.beaconQuicPort },
    },
    execution: {
      client: values.executionClient,
      image: values.executionImage,
      extraArgs: values.executionExtraArgs,
      memory: values.executionMemory,
      peers: values.executionPeers,
    },
    beacon: {
      client: values.beaconClient,
      image: values.beaconImage,
      extraArgs: values.beaconExtraArgs,
      memory: values.beaconMemory,
      peers: values.beaconPeers,
    },
    validator: {
      client: values.validatorClient,
      image: values.validatorImage,
      extraArgs: values.validatorExtraArgs,
      memory: values.validatorMemory,
      peers: undefined,
    },
    engine:
      values.executionEndpoint === undefined || values.executionJwtSecret === undefined
        ? undefined
        : { endpoint: values.executionEndpoint, jwtDigest: digestOf(jwtDigits(values.executionJwtSecret)) },
    beaconNodes: values.beaconNodes,
    validators: {
      count: values.validatorCount,
      start: values.validatorStart,
      feeRecipient: values.feeRecipient,
      graffiti: values.graffiti,
      mnemonicDigest: values.mnemonic === undefined ? undefined : digestOf(values.mnemonic.trim()),
    },
    metrics: values.metrics,
    expose: {
      rpc: endpoint(values.exposeRpc),
      webSocket: endpoint(values.exposeWebSocket),
      beaconApi: endpoint(values.exposeBeaconApi),
    },
    resets: {
      schedule: values.resetSchedule,
      folderOnHost: values.resetScheduleOn === "host" ? values.resetScheduleFolder : undefined,
      jitter: values.resetJitter,
      hookTimeout: values.hookTimeout,
    },
    id: values.id,
    images: values.images,
  };
}

/** Whether something is to start the resets: a rehearsal comes and goes, and has nothing unless it is asked for. */
export const isScheduled = ({ network, resets: { schedule } }: Pick<Settings, "network" | "resets">): boolean =>
  schedule !== "none" && !(schedule === "auto" && network === "rehearsal");

/** The node's own host, where it runs the resets. */
export interface ScheduleHost {
  /** Over ssh. */
  readonly uri: string;
  /** The clone on it. */
  readonly folder: string;
}

export const scheduleHost = ({ host, resets }: Pick<Settings, "host" | "resets">): ScheduleHost | undefined =>
  resets.folderOnHost === undefined ? undefined : { uri: host.uri, folder: resets.folderOnHost };
