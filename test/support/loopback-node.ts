// A node that can be looked at without an engine: its clients are servers on loopback, its containers what docker-here
// tells of them.

import type { ChainFacts } from "../../chain/facts";
import type { Deployment } from "../../operations/deployment";
import { type BeaconChain, type Checkpoint, dutiesAnswer } from "./beacon";
import type { DockerHere, Told } from "./docker-here";
import { type Answer, type Asked, type LocalServer, serve } from "./http";
import { CHAIN } from "./node";

export const SLOT = 41;
const now = Math.floor(Date.now() / 1000);
/** Slots of ten minutes, so that none begins during a test. */
export const facts: ChainFacts = {
  ...CHAIN,
  secondsPerSlot: 600,
  slotsPerEpoch: 8,
  genesisTime: now - SLOT * 600 - 300,
  executionGenesisTime: now - SLOT * 600 - 900,
};

const OWNER = { host: "local", stack: "test", id: "0badcafe" };
export const nameOf = (layer: string): string => `ephemery-local-test-0badcafe-${layer}`;
export const deployment: Deployment = {
  record: { active: facts },
  owner: OWNER,
  containers: { execution: nameOf("execution"), beacon: nameOf("beacon"), validator: nameOf("validator") },
  apiNetwork: nameOf("api-network"),
  tools: "sha256:f00",
  host: { name: "local", uri: "unix:///nowhere" },
  validators: { count: 3, start: 0, digest: "d1" },
};

const chain: BeaconChain = {
  slotsPerEpoch: facts.slotsPerEpoch,
  headSlot: SLOT,
  clockEpoch: 5,
  validators: ["active_ongoing", "active_ongoing", "pending_queued"].map((status, index) => ({
    pubkey: `0xkey${index}`,
    status,
  })),
  proposer: () => 1,
  block: (slot) => (slot === 7 ? undefined : 1),
  attestsAt: (epoch) => epoch * facts.slotsPerEpoch + 1,
  attested: (epoch) => epoch !== 2,
};

/** The record of EIP-778's example. */
export const ENR =
  "enr:-IS4QHCYrYZbAKWCBRlAy5zzaDZXJBGkcnh4MHcBFZntXNFrdvJjX04jRzjzCBOonrkTfj499SZuOh8R33Ls8RRcy5wBgmlkgnY0gmlwhH8AAAGJc2VjcDI1NmsxoQPKY0yuDUmstAHYpMa2_oxVtw0RW_QAdpzBQA8yWM0xOIN1ZHCCdl8";

/** Path to answer; the beacon node's fixed part. */
const beacon: Record<string, unknown> = {
  "/eth/v1/beacon/genesis": {
    genesis_time: String(facts.genesisTime),
    genesis_validators_root: facts.genesisValidatorsRoot,
    genesis_fork_version: "0x1000101b",
  },
  "/eth/v1/node/syncing": {
    head_slot: String(SLOT),
    sync_distance: "0",
    is_syncing: false,
    is_optimistic: false,
    el_offline: false,
  },
  "/eth/v1/node/identity": { peer_id: "1", enr: ENR, p2p_addresses: [], discovery_addresses: [] },
  "/eth/v1/node/version": { version: "Prysm/v7.1.2 (linux amd64)" },
  "/eth/v1/beacon/states/head/finality_checkpoints": {
    previous_justified: { epoch: "3", root: "0x" },
    current_justified: { epoch: "4", root: "0x" },
    finalized: { epoch: "3", root: "0x" },
  },
  "/eth/v1/node/peers?state=connected": [
    { peer_id: "1", state: "connected", direction: "inbound" },
    { peer_id: "2", state: "connected", direction: "outbound" },
    { peer_id: "3", state: "connected", direction: "outbound" },
    { peer_id: "4", state: "disconnected", direction: "inbound" },
  ],
};

const execution: Record<string, unknown> = {
  eth_chainId: `0x${(39_438_166).toString(16)}`,
  eth_getBlockByNumber: { number: "0x0", hash: facts.genesisBlockHash, transactions: [] },
  web3_clientVersion: "Geth/v1.16.7-stable/linux-amd64/go1.25.5",
  eth_blockNumber: "0x28",
  eth_syncing: false,
  net_peerCount: "0x3",
};

/** What a test changes; "silent" cuts the connection. */
export interface Change {
  readonly beacon?: Record<string, unknown> | "silent";
  readonly execution?: Record<string, unknown> | "silent";
  readonly duties?: "refused";
  readonly checkpoint?: Checkpoint;
}

/** What every client here runs. */
export const IMAGE = `sha256:${"1".repeat(64)}`;

/** What docker says of a container. */
export const state = (layer: string, running = true, health = "healthy", image = IMAGE): Told => ({
  when: `{{json .State}} ${nameOf(layer)}`,
  stdout: `${image} ${JSON.stringify({ Status: "running", Running: running, Health: { Status: health, FailingStreak: 0, Log: [] } })}\n`,
});
export const clock: Told = { when: "{{.SystemTime}}", stdout: `${new Date().toISOString()}\n` };
export const CONTAINERS = ["execution", "beacon", "validator"].map((layer) => state(layer));

export class LoopbackNode {
  changed: Change = {};
  private servers: readonly LocalServer[] = [];

  /** @param beaconPort the one of the client's Beacon API: Prysm's, where it is not said. */
  async start(docker: DockerHere, beaconPort = 3500): Promise<void> {
    const [beaconNode, executionClient] = await Promise.all([
      serve((asked) => this.asBeacon(asked)),
      serve((asked) => this.asExecution(asked)),
    ]);
    this.servers = [beaconNode, executionClient];
    docker.reach({ [`127.0.0.1:${beaconPort}`]: beaconNode.port, "127.0.0.1:8545": executionClient.port });
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
  }

  private asBeacon(asked: Asked): Answer {
    const change = this.changed.beacon ?? {};
    if (change === "silent") return { cut: true };
    const content = { ...beacon, ...change }[asked.url];
    if (content !== undefined) return { body: { data: content } };
    if (this.changed.duties && /duties|rewards|liveness/.test(asked.url))
      return { status: 501, body: { code: 501, message: "not implemented" } };
    const { checkpoint } = this.changed;
    return dutiesAnswer(checkpoint ? { ...chain, checkpoint } : chain, asked) ?? { status: 500 };
  }

  private asExecution({ body }: Asked): Answer {
    const change = this.changed.execution ?? {};
    if (change === "silent") return { cut: true };
    const { id, method }: { id: number; method: string } = JSON.parse(body);
    const result = { ...execution, ...change }[method];
    const error = { code: -32601, message: `the method ${method} does not exist/is not available` };
    return { body: { jsonrpc: "2.0", id, ...(result === undefined ? { error } : { result }) } };
  }
}
