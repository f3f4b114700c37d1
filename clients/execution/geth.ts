// geth: https://geth.ethereum.org/docs/fundamentals/command-line-options

import { rpcAnswers } from "../healthcheck";
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
const GENESIS = `${PATHS.genesis}/genesis.json`;

function prepare(): readonly Preparation[] {
  return [
    {
      name: "init",
      image: "client",
      entrypoint: undefined,
      command: ["init", `--datadir=${PATHS.chain}`, GENESIS],
      mounts: [
        { volume: "chain", readOnly: false },
        { volume: "genesis", readOnly: true },
      ],
    },
  ];
}

function render(context: ExecutionContext): ContainerSpec {
  const { chain, ports, advertised } = context;
  const command = [
    `--datadir=${PATHS.chain}`,
    // The chain is young: replaying its blocks is sure, while a snap sync needs peers that serve its pivot.
    "--syncmode=full",
    `--cache=${context.cache}`,
    `--port=${ports.execution}`,
    `--discovery.port=${ports.execution}`,
    `--nodekey=${identityFile("execution")}`,
    ...(advertised.execution === undefined ? [] : [`--nat=extip:${advertised.execution}`]),
    `--maxpeers=${context.peers}`,
    // An empty value keeps geth from its built-in mainnet bootnodes.
    `--bootnodes=${chain.bootnodes.execution.join(",")}`,
    "--authrpc.addr=0.0.0.0",
    `--authrpc.port=${ENGINE_PORT}`,
    "--authrpc.vhosts=*",
    `--authrpc.jwtsecret=${JWT_FILE}`,
    "--http",
    "--http.addr=0.0.0.0",
    `--http.port=${RPC_PORT}`,
    "--http.vhosts=*",
    "--http.api=eth,net,web3,txpool",
    "--ws",
    "--ws.addr=0.0.0.0",
    `--ws.port=${WEBSOCKET_PORT}`,
    "--ws.origins=*",
    "--ws.api=eth,net,web3",
    ...(context.metrics ? ["--metrics", "--metrics.addr=0.0.0.0", `--metrics.port=${METRICS_PORT}`] : []),
    ...context.extraArgs,
  ];
  return {
    layer: "execution",
    client: "geth",
    entrypoint: undefined,
    command,
    env: {},
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
    healthcheck: { test: rpcAnswers(RPC_PORT, "eth_chainId", `"0x${chain.chainId.toString(16)}"`) },
    // SIGTERM flushes the database; the provider's own default would be a kill after 0 s.
    stop: { signal: "SIGTERM", graceSeconds: 60 },
    memory: context.memory,
  };
}

export const geth: ExecutionModule = {
  images: { official: official("geth"), local: "ephemery.local/geth:v1.16.7-1" },
  // https://github.com/ethereum/go-ethereum/blob/master/node/defaults.go
  peers: { total: 50, dialled: undefined },
  prepare,
  render,
};
