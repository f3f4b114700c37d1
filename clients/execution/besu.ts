// Besu: https://besu.hyperledger.org/public-networks/reference/cli/options

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

const METRICS_PORT = 9545;
/** By default 60 % of its 25 peers may be callers; for the rest it dials. */
const DIALLED = { number: 10, share: 0.5 };
const TEMPORARY = `${PATHS.chain}/tmp`;

/** Share of the container's memory that is the heap, where Besu keeps its caches; RocksDB, threads and code live beside it. */
const HEAP_SHARE = 0.5;

/** Java does not make its folder for temporary files. */
function prepare(): readonly Preparation[] {
  return [
    {
      name: "besu-folders",
      image: "tools",
      entrypoint: ["sh", "-c"],
      command: [`umask 077; mkdir -p ${TEMPORARY}`],
      mounts: [{ volume: "chain", readOnly: false }],
    },
  ];
}

function javaOptions(memory: number): string {
  return [
    `-Xmx${Math.floor(memory * HEAP_SHARE)}m`,
    // A node without heap answers nothing and does not end either; a container that ends is started again.
    "-XX:+ExitOnOutOfMemoryError",
    // RocksDB's library is unpacked and loaded from there, and the flight recorder that the start script turns on
    // keeps its files there. /tmp is small, in memory, and nothing in it may be loaded.
    `-Djava.io.tmpdir=${TEMPORARY}`,
  ].join(" ");
}

function render(context: ExecutionContext): ContainerSpec {
  const { chain, ports, advertised } = context;
  const bootnodes = chain.bootnodes.execution;
  const command = [
    `--data-path=${PATHS.chain}`,
    // Not besu.json: it reads geth's form too, and of the genesis files this one alone is checked by its hash.
    `--genesis-file=${PATHS.genesis}/genesis.json`,
    // The chain is young: replaying its blocks is sure, while a snap sync needs peers that serve its pivot.
    "--sync-mode=FULL",
    `--p2p-port=${ports.execution}`,
    `--node-private-key-file=${identityFile("execution")}`,
    // By itself it would take the address it has in Docker for the one that peers reach.
    ...(advertised.execution === undefined ? [] : [`--p2p-host=${advertised.execution}`, "--nat-method=NONE"]),
    `--max-peers=${context.peers}`,
    // A node whose peers are mostly callers sees what they let it see.
    "--remote-connections-limit-enabled=true",
    `--remote-connections-max-percentage=${Math.floor((1 - DIALLED.share) * 100)}`,
    // With a genesis file of one's own there are no built-in ones.
    ...(bootnodes.length === 0 ? [] : [`--bootnodes=${bootnodes.join(",")}`]),
    "--engine-rpc-enabled=true",
    `--engine-rpc-port=${ENGINE_PORT}`,
    "--engine-host-allowlist=*",
    `--engine-jwt-secret=${JWT_FILE}`,
    "--host-allowlist=*",
    "--rpc-http-enabled=true",
    // The engine API's address, too.
    "--rpc-http-host=0.0.0.0",
    `--rpc-http-port=${RPC_PORT}`,
    "--rpc-http-api=ETH,NET,WEB3,TXPOOL",
    "--rpc-ws-enabled=true",
    "--rpc-ws-host=0.0.0.0",
    `--rpc-ws-port=${WEBSOCKET_PORT}`,
    "--rpc-ws-api=ETH,NET,WEB3",
    ...(context.metrics ? ["--metrics-enabled=true", "--metrics-host=0.0.0.0", `--metrics-port=${METRICS_PORT}`] : []),
    ...context.extraArgs,
  ];
  return {
    layer: "execution",
    client: "besu",
    // The image's own script is for root, and hands its arguments to another shell.
    entrypoint: ["/opt/besu/bin/besu"],
    command,
    env: { JAVA_OPTS: javaOptions(context.memory) },
    mounts: [
      { volume: "chain", readOnly: false },
      { volume: "genesis", readOnly: true },
      { volume: "identity", readOnly: true },
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
    stop: { signal: "SIGTERM", graceSeconds: 60 },
    memory: context.memory,
  };
}

export const besu: ExecutionModule = {
  images: { official: official("besu"), local: undefined },
  // DefaultCommandValues.java and RlpxConfiguration.java of https://github.com/besu-eth/besu, 26.8.0
  peers: { total: 25, dialled: DIALLED },
  prepare,
  render,
};
