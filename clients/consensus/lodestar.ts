// Lodestar's beacon node: https://chainsafe.github.io/lodestar/run/beacon-management/beacon-cli

import { httpAnswers } from "../healthcheck";
import { official } from "../images";
import { LODESTAR_FOLDER, lodestarEnvironment } from "../lodestar";
import {
  type BeaconContext,
  type BeaconModule,
  type ContainerSpec,
  identityFile,
  JWT_FILE,
  PATHS,
  type Preparation,
} from "../spec";
import { since } from "../versions";

const API_PORT = 9596;
const METRICS_PORT = 8008;
const PEER_ID = `${LODESTAR_FOLDER}/peer-id.json`;

/**
 * Lodestar wants the public key and the peer id beside the private key, and takes new ones where the three don't agree.
 * Its image has what computes them. The peer id is base58 of a multihash that begins with a zero byte, so with a 1.
 */
const IDENTITY_SCRIPT = [
  'const fs = require("node:fs"), crypto = require("node:crypto");',
  `const key = Buffer.from(fs.readFileSync("${identityFile("beacon")}", "utf8").trim(), "hex");`,
  'const ecdh = crypto.createECDH("secp256k1"); ecdh.setPrivateKey(key);',
  // As libp2p's protobuf: key type secp256k1, then the bytes.
  "const wrapped = (bytes) => Buffer.concat([Buffer.from([8, 2, 18, bytes.length]), bytes]);",
  'const publicKey = wrapped(ecdh.getPublicKey(null, "compressed"));',
  'let number = BigInt("0x" + Buffer.concat([Buffer.from([publicKey.length]), publicKey]).toString("hex")), id = "";',
  'const digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";',
  "for (; number > 0n; number /= 58n) id = digits[Number(number % 58n)] + id;",
  'const base64 = (bytes) => bytes.toString("base64");',
  'const text = JSON.stringify({ id: "1" + id, pubKey: base64(publicKey), privKey: base64(wrapped(key)) });',
  `fs.mkdirSync("${LODESTAR_FOLDER}", { recursive: true, mode: 0o700 });`,
  `fs.writeFileSync("${PEER_ID}.part", text, { mode: 0o600 });`,
  `fs.renameSync("${PEER_ID}.part", "${PEER_ID}");`,
].join("\n");

function prepare(): readonly Preparation[] {
  return [
    {
      name: "lodestar-identity",
      image: "client",
      entrypoint: ["node", "-e"],
      command: [IDENTITY_SCRIPT],
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
    "beacon",
    `--dataDir=${LODESTAR_FOLDER}`,
    `--paramsFile=${PATHS.genesis}/config.yaml`,
    `--genesisStateFile=${PATHS.genesis}/genesis.ssz`,
    ...(start.kind === "checkpoint" ? [`--checkpointSyncUrl=${start.url}`] : []),
    `--execution.urls=${context.engine}`,
    `--jwtSecret=${JWT_FILE}`,
    ...(bootnodes.length === 0 ? [] : [`--bootnodes=${bootnodes.join(",")}`]),
    // Ephemery's bootnodes are beacon nodes too; without this they are asked for peers alone.
    "--network.connectToDiscv5Bootnodes",
    "--persistNetworkIdentity",
    "--listenAddress=0.0.0.0",
    `--port=${ports.beacon}`,
    `--discoveryPort=${ports.beacon}`,
    // Before, QUIC was off by default, or not there.
    ...since(context.version, "1.42.0", `--quicPort=${ports.quic}`),
    ...(address === undefined
      ? []
      : [
          // Without it an address that is not the container's own is dropped from the ENR.
          "--nat",
          `--enr.ip=${address}`,
          `--enr.tcp=${ports.beacon}`,
          `--enr.udp=${ports.beacon}`,
          ...since(context.version, "1.42.0", `--enr.quic=${ports.quic}`),
        ]),
    `--targetPeers=${context.peers}`,
    "--rest",
    "--rest.address=0.0.0.0",
    `--rest.port=${API_PORT}`,
    ...(context.metrics ? ["--metrics", "--metrics.address=0.0.0.0", `--metrics.port=${METRICS_PORT}`] : []),
    ...(context.feeRecipient === undefined ? [] : [`--suggestedFeeRecipient=${context.feeRecipient}`]),
    // Logs go to Docker, which rotates them.
    "--logFile=none",
    ...context.extraArgs,
  ];
  return {
    layer: "beacon",
    client: "lodestar",
    entrypoint: undefined,
    command,
    env: lodestarEnvironment(context.memory),
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

export const lodestar: BeaconModule = {
  images: { official: official("lodestar"), local: undefined },
  leastMemory: 2048,
  // network/options of https://www.npmjs.com/package/@lodestar/beacon-node, 1.44
  peers: { total: 200, dialled: undefined },
  apiPort: API_PORT,
  dialsBootnodesOnce: false,
  prepare,
  render,
};
