// Reth: https://reth.rs/cli/reth/node

import { rpcAnswersBy } from "../healthcheck";
import { official } from "../images";
import { dialledOf } from "../peers";
import {
  type ContainerSpec,
  ENGINE_PORT,
  type ExecutionContext,
  type ExecutionModule,
  identityFile,
  JWT_FILE,
  PATHS,
  RPC_PORT,
  WEBSOCKET_PORT,
} from "../spec";

const METRICS_PORT = 6060;
/** By default it dials 100 and takes 30 callers. */
const DIALLED = { number: 100, share: 100 / 130 };

function render(context: ExecutionContext): ContainerSpec {
  const { chain, ports, advertised } = context;
  const bootnodes = chain.bootnodes.execution;
  const dialled = dialledOf(context.peers, DIALLED);
  const command = [
    "node",
    // It makes the database of this genesis at its first start, and replays the blocks from there.
    `--chain=${PATHS.genesis}/genesis.json`,
    `--datadir=${PATHS.chain}`,
    `--engine.cross-block-cache-size=${context.cache}`,
    `--port=${ports.execution}`,
    `--discovery.port=${ports.execution}`,
    // Both protocols on one socket; on its own default it would need a port more.
    `--discovery.v5.port=${ports.execution}`,
    `--p2p-secret-key=${identityFile("execution")}`,
    ...(advertised.execution === undefined ? [] : [`--nat=extip:${advertised.execution}`]),
    // Told a total alone, it dials a third of it: fewer than it dials by itself.
    `--max-outbound-peers=${dialled}`,
    `--max-inbound-peers=${context.peers - dialled}`,
    // None at all would mean mainnet's, and an empty list is refused.
    bootnodes.length === 0 ? "--disable-discovery" : `--bootnodes=${bootnodes.join(",")}`,
    "--authrpc.addr=0.0.0.0",
    `--authrpc.port=${ENGINE_PORT}`,
    `--authrpc.jwtsecret=${JWT_FILE}`,
    "--http",
    "--http.addr=0.0.0.0",
    `--http.port=${RPC_PORT}`,
    "--http.api=eth,net,web3,txpool",
    "--ws",
    "--ws.addr=0.0.0.0",
    `--ws.port=${WEBSOCKET_PORT}`,
    "--ws.origins=*",
    "--ws.api=eth,net,web3",
    "--ipcdisable",
    // Logs go to Docker, which rotates them.
    "--log.file.max-files=0",
    "--color=never",
    ...(context.metrics ? [`--metrics=0.0.0.0:${METRICS_PORT}`] : []),
    ...context.extraArgs,
  ];
  return {
    layer: "execution",
    client: "reth",
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
    metrics: context.metrics ? { port: METRICS_PORT, path: "/metrics" } : undefined,
    healthcheck: { test: rpcAnswersBy("/bin/bash", RPC_PORT, "eth_chainId", `"0x${chain.chainId.toString(16)}"`) },
    stop: { signal: "SIGINT", graceSeconds: 60 },
    memory: context.memory,
  };
}

export const reth: ExecutionModule = {
  images: { official: official("reth"), local: undefined },
  // https://github.com/paradigmxyz/reth/blob/main/crates/net/network-types/src/peers/config.rs
  peers: { total: 130, dialled: DIALLED },
  prepare: () => [],
  render,
};
