// The situations clients are rendered in by tests: one fixed chain, and a setting at a time.

import type { ChainFacts } from "../../chain/facts";
import type { Start } from "../../chain/start";
import { renderNode } from "../../clients/node";
import type { ContainerSpec, Layer } from "../../clients/spec";
import { INTEGRATED } from "../../config/keys";
import { parseValues } from "../../config/parse";
import { CHAIN, EXTERNAL_BEACON, EXTERNAL_EXECUTION, settingsOf, VALIDATORS } from "./node";

export interface Situation {
  readonly config?: Readonly<Record<string, string>>;
  readonly without?: readonly string[];
  readonly chain?: ChainFacts;
  readonly start?: Start;
  readonly doppelgangerProtection?: boolean;
}

export const BASE = { ...VALIDATORS, publicAddress: "203.0.113.7" };

export const SITUATIONS: Readonly<Record<string, Situation>> = {
  "No public address": { without: ["publicAddress"] },
  "Other ports for peers": {
    config: { executionP2pPort: "31303", beaconP2pPort: "19000", beaconQuicPort: "19001" },
  },
  "A chain without bootnodes": { chain: { ...CHAIN, bootnodes: { execution: [], beacon: [] } } },
  "A start from a checkpoint": {
    start: { kind: "checkpoint", url: "https://checkpoint.example", epoch: 100 },
  },
  "No metrics": { config: { metrics: "false" } },
  "Everything published": {
    config: { exposeRpc: "127.0.0.1:8545", exposeWebSocket: "127.0.0.1:8546", exposeBeaconApi: "10.0.0.1:3000" },
  },
  "No validators": { without: Object.keys(VALIDATORS) },
  "Many validators": { config: { validatorCount: "300" } },
  "Graffiti of more than one word": { config: { graffiti: "a node's own" } },
  "A start with doppelganger protection": { doppelgangerProtection: true },
  "An execution client that somebody else runs": { config: EXTERNAL_EXECUTION },
  "Beacon nodes to fall back on": { config: { beaconNodes: '["http://192.0.2.7:5052","https://beacon.example.org"]' } },
  "Beacon nodes of others alone": { config: EXTERNAL_BEACON, without: ["publicAddress"] },
  "A large host": { config: { hostMemory: "64000" } },
  "Memory and peers by hand": {
    config: {
      executionMemory: "1500",
      executionPeers: "5",
      beaconMemory: "2500",
      beaconPeers: "6",
      validatorMemory: "600",
    },
  },
  "Further arguments": {
    config: {
      executionExtraArgs: '["--verbosity=4"]',
      beaconExtraArgs: '["--debug-level=debug"]',
      validatorExtraArgs: '["--debug-level=trace"]',
    },
  },
};

/** Validators that run inside of a beacon node are in its container, and are nobody else's. */
export function placeOf(layer: Layer, client: string): { layer: Layer; clients: Readonly<Record<string, string>> } {
  const inside = layer === "validator" && client === INTEGRATED;
  return {
    layer: inside ? "beacon" : layer,
    clients: { [`${layer}Client`]: client, ...(inside ? { beaconClient: client } : {}) },
  };
}

/** The container of a client in a situation; undefined: there is none then, or it can't be. */
export function specOf(layer: Layer, client: string, situation: Situation): ContainerSpec | undefined {
  const { without = [], config = {}, chain = CHAIN, doppelgangerProtection = false } = situation;
  const kept = Object.entries(BASE).filter(([key]) => !without.includes(key));
  const place = placeOf(layer, client);
  const values = { ...place.clients, ...Object.fromEntries(kept), ...config };
  if (isRefused(values)) return undefined;
  return renderNode({
    settings: settingsOf(values),
    chain,
    start: situation.start ?? { kind: "genesis", reason: "the chain is at epoch 0" },
    hostMemory: 8000,
    doppelgangerProtection,
  })[place.layer];
}

function isRefused(values: Readonly<Record<string, string>>): boolean {
  try {
    parseValues(values, "test");
    return false;
  } catch {
    return true;
  }
}
