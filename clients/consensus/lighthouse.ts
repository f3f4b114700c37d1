// Lighthouse's beacon node: https://lighthouse-book.sigmaprime.io/help_bn.html

import { httpAnswers } from "../healthcheck";
import { official } from "../images";
import {
  type BeaconContext,
  type BeaconModule,
  type ContainerSpec,
  identityFile,
  JWT_FILE,
  PATHS,
  type Preparation,
} from "../spec";

const API_PORT = 5052;
const METRICS_PORT = 5054;
const NETWORK_FOLDER = `${PATHS.chain}/beacon/network`;

/** Lighthouse reads its node key as 32 raw bytes from its data folder, and nowhere else. */
function prepare(): readonly Preparation[] {
  return [
    {
      name: "identity",
      image: "tools",
      entrypoint: ["sh", "-c"],
      command: [
        `umask 077; mkdir -p ${NETWORK_FOLDER} && xxd -r -p ${identityFile("beacon")} > ${NETWORK_FOLDER}/key.part && mv ${NETWORK_FOLDER}/key.part ${NETWORK_FOLDER}/key`,
      ],
      mounts: [
        { volume: "chain", readOnly: false },
        { volume: "identity", readOnly: true },
      ],
    },
  ];
}

function render(context: BeaconContext): ContainerSpec {
  const { chain, ports, advertised, start } = context;
  const address = advertised.beacon;
  const command = [
    "lighthouse",
    "beacon_node",
    `--testnet-dir=${PATHS.genesis}`,
    `--datadir=${PATHS.chain}`,
    ...(start.kind === "checkpoint" ? [`--checkpoint-sync-url=${start.url}`] : ["--allow-insecure-genesis-sync"]),
    `--execution-endpoint=${context.engine}`,
    `--execution-jwt=${JWT_FILE}`,
    ...(chain.bootnodes.beacon.length === 0 ? [] : [`--boot-nodes=${chain.bootnodes.beacon.join(",")}`]),
    `--port=${ports.beacon}`,
    `--quic-port=${ports.quic}`,
    ...(address === undefined
      ? []
      : [
          `--enr-address=${address}`,
          `--enr-udp-port=${ports.beacon}`,
          `--enr-tcp-port=${ports.beacon}`,
          `--enr-quic-port=${ports.quic}`,
        ]),
    "--disable-upnp",
    ...(context.privateNetwork ? ["--enable-private-discovery"] : []),
    `--target-peers=${context.peers}`,
    "--http",
    "--http-address=0.0.0.0",
    `--http-port=${API_PORT}`,
    ...(context.metrics
      ? ["--metrics", "--metrics-address=0.0.0.0", `--metrics-port=${METRICS_PORT}`, "--validator-monitor-auto"]
      : []),
    ...(context.feeRecipient === undefined ? [] : [`--suggested-fee-recipient=${context.feeRecipient}`]),
    // Logs go to Docker, which rotates them.
    "--logfile-max-number=0",
    ...context.extraArgs,
  ];
  return {
    layer: "beacon",
    client: "lighthouse",
    // The image has no entrypoint; the program is the first word of the command.
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
      { port: ports.beacon, protocol: "tcp" },
      { port: ports.beacon, protocol: "udp" },
      { port: ports.quic, protocol: "udp" },
    ],
    endpoints: [{ port: API_PORT, published: context.api }],
    metrics: context.metrics ? { port: METRICS_PORT, path: "/metrics" } : undefined,
    healthcheck: {
      test: httpAnswers("/bin/bash", API_PORT, "/eth/v1/beacon/genesis", chain.genesisValidatorsRoot),
    },
    stop: { signal: "SIGTERM", graceSeconds: 30 },
    memory: context.memory,
  };
}

export const lighthouse: BeaconModule = {
  images: { official: official("lighthouse"), local: undefined },
  // DEFAULT_TARGET_PEERS in peer_manager/config.rs of https://github.com/sigp/lighthouse (#7877)
  peers: { total: 200, dialled: undefined },
  apiPort: API_PORT,
  dialsBootnodesOnce: false,
  prepare,
  render,
};
