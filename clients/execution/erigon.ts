// Erigon: https://docs.erigon.tech/fundamentals/configuring-erigon

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

/** MiB of a batch of blocks in memory; a larger one than its own default brings nothing. */
const LARGEST_BATCH = 512;
/** Share of the container's memory from which Go collects garbage harder; mapped files are not in it. */
const GO_SHARE = 0.8;

function prepare(): readonly Preparation[] {
  return [
    {
      name: "erigon-init",
      image: "client",
      entrypoint: undefined,
      command: ["init", `--datadir=${PATHS.chain}`, `${PATHS.genesis}/genesis.json`],
      mounts: [
        { volume: "chain", readOnly: false },
        { volume: "genesis", readOnly: true },
      ],
    },
  ];
}

function render(context: ExecutionContext): ContainerSpec {
  const { chain, ports, advertised } = context;
  const bootnodes = chain.bootnodes.execution;
  const command = [
    `--datadir=${PATHS.chain}`,
    // No --chain: the one of the database. The network id alone is not taken from there.
    `--networkid=${chain.chainId}`,
    // It keeps every block of a chain this short. Fixed with the first start.
    "--prune.mode=full",
    // Else it runs a consensus client of its own.
    "--externalcl",
    // Nobody has snapshots of this chain; with it goes its BitTorrent port.
    "--no-downloader",
    `--batchSize=${Math.min(context.cache, LARGEST_BATCH)}M`,
    `--port=${ports.execution}`,
    // The bundle's bootnodes are of the older protocol, which is off by default.
    "--discovery.v4=true",
    `--nodekey=${identityFile("execution")}`,
    ...(advertised.execution === undefined ? [] : [`--nat=extip:${advertised.execution}`]),
    `--maxpeers=${context.peers}`,
    // Built-in ones belong to a genesis hash, which is not this one.
    ...(bootnodes.length === 0 ? [] : [`--bootnodes=${bootnodes.join(",")}`]),
    "--authrpc.addr=0.0.0.0",
    `--authrpc.port=${ENGINE_PORT}`,
    "--authrpc.vhosts=*",
    `--authrpc.jwtsecret=${JWT_FILE}`,
    "--http",
    // The WebSocket's address, too, and its APIs.
    "--http.addr=0.0.0.0",
    `--http.port=${RPC_PORT}`,
    "--http.vhosts=*",
    "--http.api=eth,net,web3,txpool",
    "--ws",
    `--ws.port=${WEBSOCKET_PORT}`,
    // Logs go to Docker, which rotates them.
    "--log.dir.disable",
    ...(context.metrics ? ["--metrics", "--metrics.addr=0.0.0.0", `--metrics.port=${METRICS_PORT}`] : []),
    ...context.extraArgs,
  ];
  return {
    layer: "execution",
    client: "erigon",
    entrypoint: undefined,
    command,
    env: { GOMEMLIMIT: `${Math.floor(context.memory * GO_SHARE)}MiB` },
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
    metrics: context.metrics ? { port: METRICS_PORT, path: "/debug/metrics/prometheus" } : undefined,
    healthcheck: { test: rpcAnswersBy("/bin/bash", RPC_PORT, "eth_chainId", `"0x${chain.chainId.toString(16)}"`) },
    stop: { signal: "SIGINT", graceSeconds: 60 },
    memory: context.memory,
  };
}

export const erigon: ExecutionModule = {
  images: { official: official("erigon"), local: undefined },
  // https://docs.erigon.tech, the help of 3.3: --maxpeers
  peers: { total: 32, dialled: undefined },
  prepare,
  render,
};
