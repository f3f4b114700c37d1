// Nimbus' beacon node: https://nimbus.guide/options.html

import { httpAnswers } from "../healthcheck";
import { official } from "../images";
import { netKeyScript } from "../nimbus-identity";
import { type BeaconContext, type BeaconModule, type ContainerSpec, JWT_FILE, PATHS, type Preparation } from "../spec";

const API_PORT = 5052;
const METRICS_PORT = 8008;
const PROGRAM = "/home/user/nimbus_beacon_node";
/** Nimbus insists on mode 0700, which a volume's root need not have. */
const FOLDER = `${PATHS.chain}/nimbus`;
const NET_KEY = `${FOLDER}/netkey.json`;
const SYNCED = `${FOLDER}/synced`;

function prepare(): readonly Preparation[] {
  return [
    {
      name: "nimbus-identity",
      image: "tools",
      entrypoint: ["sh", "-c"],
      command: [["set -eu", "umask 077", `mkdir -p ${FOLDER}`, ...netKeyScript(NET_KEY)].join("; ")],
      mounts: [
        { volume: "chain", readOnly: false },
        { volume: "identity", readOnly: true },
      ],
    },
  ];
}

/**
 * A checkpoint is fetched by a run of its own before the first start. The flag that would make the node itself fetch
 * one asks the provider for light client data since genesis, which hardly any has. The URL is the script's $0.
 */
function fetchFirst(url: string): readonly string[] {
  const fetched = `${PROGRAM} trustedNodeSync --network=${PATHS.genesis} --data-dir=${FOLDER} --backfill=false "$0"`;
  return [
    "/bin/bash",
    "-c",
    `[ -e ${SYNCED} ] || { ${fetched} && touch ${SYNCED}; } && exec ${PROGRAM} "$@"`,
    `--trusted-node-url=${url}`,
  ];
}

function render(context: BeaconContext): ContainerSpec {
  const { chain, ports, advertised, start } = context;
  const command = [
    "--non-interactive=true",
    "--status-bar=false",
    // A folder with the bundle's files, by the names they have.
    `--network=${PATHS.genesis}`,
    `--data-dir=${FOLDER}`,
    "--history=prune",
    `--el=${context.engine}`,
    `--jwt-secret=${JWT_FILE}`,
    // One flag for each, beside those of the bundle. Mainnet's belong to mainnet's name and are never used here.
    ...chain.bootnodes.beacon.map((enr) => `--bootstrap-node=${enr}`),
    `--netkey-file=${NET_KEY}`,
    "--insecure-netkey-password=true",
    `--tcp-port=${ports.beacon}`,
    `--udp-port=${ports.beacon}`,
    // `none` instead of the default, which looks for a router to open a port on.
    ...(advertised.beacon === undefined
      ? ["--nat=none", "--enr-auto-update=true"]
      : [`--nat=extip:${advertised.beacon}`, "--enr-auto-update=false"]),
    `--max-peers=${context.peers}`,
    // It has no validators of its own to protect.
    "--doppelganger-detection=false",
    "--rest=true",
    "--rest-address=0.0.0.0",
    `--rest-port=${API_PORT}`,
    ...(context.metrics ? ["--metrics=true", "--metrics-address=0.0.0.0", `--metrics-port=${METRICS_PORT}`] : []),
    ...(context.feeRecipient === undefined ? [] : [`--suggested-fee-recipient=${context.feeRecipient}`]),
    ...context.extraArgs,
  ];
  return {
    layer: "beacon",
    client: "nimbus",
    entrypoint: start.kind === "checkpoint" ? fetchFirst(start.url) : undefined,
    command,
    env: {},
    mounts: [
      { volume: "chain", readOnly: false },
      { volume: "genesis", readOnly: true },
      { volume: "jwt", readOnly: true },
    ],
    tmpfs: ["/tmp"],
    // It has no QUIC.
    p2pPorts: [
      { port: ports.beacon, protocol: "tcp" },
      { port: ports.beacon, protocol: "udp" },
    ],
    endpoints: [{ port: API_PORT, published: context.api }],
    metrics: context.metrics ? { port: METRICS_PORT, path: "/metrics" } : undefined,
    healthcheck: {
      test: httpAnswers("/bin/bash", API_PORT, "/eth/v1/beacon/genesis", chain.genesisValidatorsRoot),
    },
    // The image's own.
    stop: { signal: "SIGINT", graceSeconds: 30 },
    memory: context.memory,
  };
}

export const nimbus: BeaconModule = {
  images: { official: official("nimbus-beacon"), local: undefined },
  // maxPeers in beacon_chain/conf.nim of https://github.com/status-im/nimbus-eth2
  peers: { total: 160, dialled: undefined },
  apiPort: API_PORT,
  dialsBootnodesOnce: false,
  prepare,
  render,
};
