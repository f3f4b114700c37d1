// Grandine's beacon node: https://docs.grandine.io/cli_options.html
// Its validators would run inside of it; here any validator client works with its Beacon API.

import { httpAnswers } from "../healthcheck";
import { official } from "../images";
import {
  type BeaconContext,
  type BeaconModule,
  type ContainerSpec,
  ENGINE_PORT,
  HOSTS,
  identityFile,
  JWT_FILE,
  PATHS,
  type Preparation,
} from "../spec";

const API_PORT = 5052;
const METRICS_PORT = 5054;
/** Beside what another client may have left in the volume. */
const FOLDER = `${PATHS.chain}/grandine`;
const NETWORK_FOLDER = `${FOLDER}/network`;

/** Every version reads its node key as 32 raw bytes, and the newer ones then write it as text: a copy. */
function prepare(): readonly Preparation[] {
  const key = `${NETWORK_FOLDER}/key`;
  return [
    {
      name: "grandine-identity",
      image: "tools",
      entrypoint: ["sh", "-c"],
      command: [
        `umask 077; mkdir -p ${NETWORK_FOLDER} && xxd -r -p ${identityFile("beacon")} > ${key}.part && mv ${key}.part ${key}`,
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
  const bootnodes = chain.bootnodes.beacon;
  const command = [
    // File by file: with the folder, a bundle without bootstrap_nodes.txt would be an error.
    "--network=custom",
    `--configuration-file=${PATHS.genesis}/config.yaml`,
    `--genesis-state-file=${PATHS.genesis}/genesis.ssz`,
    "--deposit-contract-starting-block=0",
    `--data-dir=${FOLDER}`,
    // By default in a folder by the name that config.yaml gives to the network.
    `--network-dir=${NETWORK_FOLDER}`,
    ...(start.kind === "checkpoint" ? [`--checkpoint-sync-url=${start.url}`] : []),
    `--eth1-rpc-urls=http://${HOSTS.execution}:${ENGINE_PORT}`,
    `--jwt-secret=${JWT_FILE}`,
    ...(bootnodes.length === 0 ? [] : [`--boot-nodes=${bootnodes.join(",")}`]),
    `--libp2p-port=${ports.beacon}`,
    `--discovery-port=${ports.beacon}`,
    `--quic-port=${ports.quic}`,
    ...(address === undefined
      ? []
      : [
          `--enr-address=${address}`,
          `--enr-tcp-port=${ports.beacon}`,
          `--enr-udp-port=${ports.beacon}`,
          `--enr-quic-port=${ports.quic}`,
        ]),
    "--disable-upnp",
    ...(context.privateNetwork ? ["--enable-private-discovery"] : []),
    `--target-peers=${context.peers}`,
    // Until something is final, Prysm and Grandine name different roots for it, and Grandine would refuse Prysm's peers.
    "--features=DisableFinalizedRootCheck",
    "--http-address=0.0.0.0",
    `--http-port=${API_PORT}`,
    // A validator client asks for this when it looks for a second signer.
    "--track-liveness",
    ...(context.metrics ? ["--metrics", "--metrics-address=0.0.0.0", `--metrics-port=${METRICS_PORT}`] : []),
    ...(context.feeRecipient === undefined ? [] : [`--suggested-fee-recipient=${context.feeRecipient}`]),
    ...context.extraArgs,
  ];
  return {
    layer: "beacon",
    client: "grandine",
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

export const grandine: BeaconModule = {
  images: { official: official("grandine"), local: undefined },
  apiPort: API_PORT,
  dialsBootnodesOnce: false,
  prepare,
  render,
};
