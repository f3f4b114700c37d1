// Teku's beacon node: https://docs.teku.consensys.io/reference/cli

import { httpAnswers } from "../healthcheck";
import { official } from "../images";
import { dialledOf } from "../peers";
import {
  type BeaconContext,
  type BeaconModule,
  type ContainerSpec,
  identityFile,
  JWT_FILE,
  PATHS,
  type Preparation,
} from "../spec";
import { TEKU_FOLDER, TEKU_TMP, tekuEnvironment } from "../teku";
import { since } from "../versions";

const API_PORT = 5051;
const METRICS_PORT = 8008;
/** Below the lower bound Teku dials, and it takes callers until the upper one; by default these are 64 and 100. */
const DIALLED = { number: 64, share: 0.64 };

function prepare(): readonly Preparation[] {
  return [
    {
      name: "teku-folders",
      image: "tools",
      entrypoint: ["sh", "-c"],
      command: [`umask 077; mkdir -p ${TEKU_TMP}`],
      mounts: [{ volume: "chain", readOnly: false }],
    },
  ];
}

function render(context: BeaconContext): ContainerSpec {
  const { chain, ports, advertised, start, peers } = context;
  const bootnodes = chain.bootnodes.beacon;
  const command = [
    // Of a network that it does not know by name Teku has no bootnodes of its own.
    `--network=${PATHS.genesis}/config.yaml`,
    `--genesis-state=${PATHS.genesis}/genesis.ssz`,
    `--data-path=${TEKU_FOLDER}`,
    ...(start.kind === "checkpoint"
      ? // It appends a path to the URL as it is.
        [`--checkpoint-sync-url=${start.url.replace(/\/+$/, "")}`]
      : ["--ignore-weak-subjectivity-period-enabled=true"]),
    `--ee-endpoint=${context.engine}`,
    `--ee-jwt-secret-file=${JWT_FILE}`,
    ...(bootnodes.length === 0 ? [] : [`--p2p-discovery-bootnodes=${bootnodes.join(",")}`]),
    // The documented flag wants the key as libp2p wraps it; this one takes it as it is.
    `--Xp2p-private-key-file-secp256k1=${identityFile("beacon")}`,
    `--p2p-port=${ports.beacon}`,
    `--p2p-udp-port=${ports.beacon}`,
    // Before, it had QUIC as an experiment that was off, with another flag.
    ...since(context.version, "26.7.0", `--p2p-quic-port=${ports.quic}`),
    ...(advertised.beacon === undefined ? [] : [`--p2p-advertised-ip=${advertised.beacon}`]),
    ...(context.privateNetwork ? ["--p2p-discovery-site-local-addresses-enabled=true"] : []),
    `--p2p-peer-lower-bound=${dialledOf(peers, DIALLED)}`,
    `--p2p-peer-upper-bound=${peers}`,
    "--rest-api-enabled=true",
    "--rest-api-interface=0.0.0.0",
    `--rest-api-port=${API_PORT}`,
    // By default it answers those alone that call it localhost.
    "--rest-api-host-allowlist=*",
    // A validator client asks for this when it looks for a second signer.
    "--beacon-liveness-tracking-enabled=true",
    ...(context.metrics
      ? [
          "--metrics-enabled=true",
          "--metrics-interface=0.0.0.0",
          `--metrics-port=${METRICS_PORT}`,
          "--metrics-host-allowlist=*",
        ]
      : []),
    ...(context.feeRecipient === undefined
      ? []
      : [`--validators-proposer-default-fee-recipient=${context.feeRecipient}`]),
    // Logs go to Docker, which rotates them.
    "--log-destination=CONSOLE",
    "--log-color-enabled=false",
    ...context.extraArgs,
  ];
  return {
    layer: "beacon",
    client: "teku",
    entrypoint: undefined,
    command,
    env: tekuEnvironment(context.memory),
    mounts: [
      { volume: "chain", readOnly: false },
      { volume: "genesis", readOnly: true },
      { volume: "identity", readOnly: true },
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

export const teku: BeaconModule = {
  images: { official: official("teku"), local: undefined },
  leastMemory: 2048,
  // DiscoveryConfig.java of https://github.com/Consensys/teku, 26.8.0
  peers: { total: 100, dialled: DIALLED },
  apiPort: API_PORT,
  dialsBootnodesOnce: false,
  prepare,
  render,
};
