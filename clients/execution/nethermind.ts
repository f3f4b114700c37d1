// Nethermind: https://docs.nethermind.io/fundamentals/configuration

import { rpcAnswersBy } from "../healthcheck";
import { official } from "../images";
import {
  type ContainerSpec,
  ENGINE_PORT,
  type ExecutionContext,
  type ExecutionModule,
  identityFile,
  JWT_FILE,
  PATHS,
  type Preparation,
  RPC_PORT,
  WEBSOCKET_PORT,
} from "../spec";

const METRICS_PORT = 6060;
const NODE_KEY = `${PATHS.chain}/node.key`;

/** MiB that peers, transaction pool and network buffers take of the hint before the database has its share. */
const BESIDE_DATABASE = 128;
/** MiB for each peer: it reserves 1 MB of the hint for each, and does not start where too little is left of it. */
const EACH_PEER = 2;
/** MiB of changed state beyond which it warns that writing it down would delay attestations. */
const MOST_CHANGED_STATE = 1000;

/** Nethermind reads its node key as 32 raw bytes. */
function prepare(): readonly Preparation[] {
  return [
    {
      name: "nethermind-identity",
      image: "tools",
      entrypoint: ["sh", "-c"],
      command: [
        `umask 077; xxd -r -p ${identityFile("execution")} > ${NODE_KEY}.part && mv ${NODE_KEY}.part ${NODE_KEY}`,
      ],
      mounts: [
        { volume: "chain", readOnly: false },
        { volume: "identity", readOnly: true },
      ],
    },
  ];
}

/** Half of the cache is the database's, the other half the state's that is not written yet. */
function memoryOf({ cache, peers }: ExecutionContext): readonly string[] {
  const state = Math.floor(cache / 2);
  const hint = cache - state + BESIDE_DATABASE + EACH_PEER * peers;
  return [
    `--Init.MemoryHint=${hint * 1024 * 1024}`,
    `--Pruning.CacheMb=${state}`,
    // It does not start unless this is the smaller of the two.
    `--Pruning.DirtyCacheMb=${Math.min(Math.floor((state * 3) / 4), MOST_CHANGED_STATE)}`,
  ];
}

function render(context: ExecutionContext): ContainerSpec {
  const { chain, ports, advertised } = context;
  const bootnodes = chain.bootnodes.execution;
  const command = [
    // Anything else is one of its built-in networks; without the flag it is mainnet.
    "--config=none",
    `--data-dir=${PATHS.chain}`,
    // Its own default is the name of Reth's folder, where a node changes from one to the other within a chain.
    "--Init.BaseDbPath=nethermind_db",
    `--Init.ChainSpecPath=${PATHS.genesis}/chainspec.json`,
    // Of the genesis files genesis.json alone is checked by its hash. This holds the chain specification to it.
    `--Init.GenesisHash=${chain.genesisBlockHash}`,
    // The chain is young: replaying its blocks is sure, while a snap sync needs a pivot and peers that serve it.
    "--Sync.FastSync=false",
    "--Sync.SnapSync=false",
    ...memoryOf(context),
    `--Network.P2PPort=${ports.execution}`,
    `--Network.DiscoveryPort=${ports.execution}`,
    `--KeyStore.EnodeKeyFile=${NODE_KEY}`,
    ...(advertised.execution === undefined ? [] : [`--Network.ExternalIp=${advertised.execution}`]),
    `--Network.MaxActivePeers=${context.peers}`,
    // Peers whose addresses are near each other are otherwise taken for one.
    ...(context.privateNetwork
      ? ["--Network.FilterPeersBySameSubnet=false", "--Network.FilterDiscoveryNodesBySameSubnet=false"]
      : []),
    // In addition to those of the chain specification; mainnet's are in mainnet's.
    ...(bootnodes.length === 0 ? [] : [`--Network.Bootnodes=${bootnodes.join(",")}`]),
    "--JsonRpc.EngineHost=0.0.0.0",
    `--JsonRpc.EnginePort=${ENGINE_PORT}`,
    `--JsonRpc.JwtSecretFile=${JWT_FILE}`,
    "--JsonRpc.Enabled=true",
    "--JsonRpc.Host=0.0.0.0",
    `--JsonRpc.Port=${RPC_PORT}`,
    // eth_subscribe is a namespace of its own here.
    "--JsonRpc.EnabledModules=Eth,Subscribe,Net,Web3,TxPool",
    "--Init.WebSocketsEnabled=true",
    `--JsonRpc.WebSocketsPort=${WEBSOCKET_PORT}`,
    ...(context.metrics
      ? ["--Metrics.Enabled=true", "--Metrics.ExposeHost=0.0.0.0", `--Metrics.ExposePort=${METRICS_PORT}`]
      : []),
    ...context.extraArgs,
  ];
  return {
    layer: "execution",
    client: "nethermind",
    entrypoint: undefined,
    command,
    env: {},
    mounts: [
      { volume: "chain", readOnly: false },
      { volume: "genesis", readOnly: true },
      { volume: "jwt", readOnly: true },
    ],
    tmpfs: ["/tmp"],
    p2pPorts: [
      { port: ports.execution, protocol: "tcp" },
      { port: ports.execution, protocol: "udp" },
    ],
    endpoints: [
      { port: RPC_PORT, published: context.rpc },
      { port: WEBSOCKET_PORT, published: context.webSocket },
    ],
    metrics: context.metrics ? { port: METRICS_PORT, path: "/metrics" } : undefined,
    healthcheck: { test: rpcAnswersBy("/bin/bash", RPC_PORT, "eth_chainId", `"0x${chain.chainId.toString(16)}"`) },
    stop: { signal: "SIGINT", graceSeconds: 60 },
    memory: context.memory,
  };
}

export const nethermind: ExecutionModule = {
  images: { official: official("nethermind"), local: undefined },
  // https://docs.nethermind.io/fundamentals/configuration
  peers: { total: 50, dialled: undefined },
  prepare,
  render,
};
