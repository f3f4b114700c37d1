// Grandine's beacon node: https://docs.grandine.io/cli_options.html
// Validators run inside of it, or in any validator client that works with its Beacon API.

import type { ChainFacts } from "../../chain/facts";
import { httpAnswers } from "../healthcheck";
import { official } from "../images";
import {
  type BeaconContext,
  type BeaconModule,
  type ContainerSpec,
  type Interchange,
  identityFile,
  JWT_FILE,
  KEYSTORES,
  PASSWORD_FILE,
  PATHS,
  type Preparation,
  slashingFolder,
  type ToolRun,
  type ValidatorSettings,
} from "../spec";

const API_PORT = 5052;
const METRICS_PORT = 5054;
/** Beside what another client may have left in the volume. */
const FOLDER = `${PATHS.chain}/grandine`;
const NETWORK_FOLDER = `${FOLDER}/network`;

/** Beside it the slashing protection's folder is not moved by any flag: with validators, the data folder is among the keys. */
const STORE = `${FOLDER}/beacon`;
const OWN = "grandine";
const signingFolder = (chain: ChainFacts): string => `${slashingFolder(chain)}/${OWN}`;

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

/** File by file: with the folder, a bundle without bootstrap_nodes.txt would be an error. */
const NETWORK = [
  "--network=custom",
  `--configuration-file=${PATHS.genesis}/config.yaml`,
  `--genesis-state-file=${PATHS.genesis}/genesis.ssz`,
];

const signing = ({ graffiti, doppelgangerProtection }: ValidatorSettings): string[] => [
  `--keystore-dir=${KEYSTORES}`,
  `--keystore-password-file=${PASSWORD_FILE}`,
  ...(graffiti === "" ? [] : [`--graffiti=${graffiti}`]),
  // Beside --track-liveness, which is given anyway.
  ...(doppelgangerProtection ? ["--detect-doppelgangers"] : []),
];

/** The folder of its slashing protection is the validators' and, by their group, its own. */
function prepareSigning(chain: ChainFacts): readonly Preparation[] {
  const folder = signingFolder(chain);
  return [
    {
      name: "grandine-signing",
      image: "tools",
      entrypoint: ["sh", "-c"],
      command: [
        `umask 007; mkdir -p ${folder} && chmod g+rx ${PATHS.keys}/slashing ${slashingFolder(chain)} && chmod 2770 ${folder}`,
      ],
      mounts: [{ volume: "keys", readOnly: false }],
      as: "validator",
    },
  ];
}

/** @see https://github.com/grandinetech/grandine/blob/develop/grandine/src/commands.rs */
const interchangeRun = (chain: ChainFacts, command: "export" | "import", file: string): ToolRun => ({
  entrypoint: undefined,
  command: [
    // The options stand before the command.
    ...NETWORK,
    `--data-dir=${signingFolder(chain)}`,
    "--store-directory=/tmp/grandine",
    // Without it, what goes wrong early is tried again for ever.
    "--features=InhibitApplicationRestart",
    "interchange",
    command,
    file,
  ],
});

const interchange: Interchange = {
  // In a folder by the name that config.yaml gives to the network.
  database: [`${OWN}/*/validator`],
  place: [`mkdir -p ${OWN} && chmod 2770 ${OWN}`],
  exported: (chain, file) => interchangeRun(chain, "export", file),
  imported: (chain, file) => interchangeRun(chain, "import", file),
};

function render(context: BeaconContext): ContainerSpec {
  const { chain, ports, advertised, start, validators } = context;
  const address = advertised.beacon;
  const bootnodes = chain.bootnodes.beacon;
  const command = [
    ...NETWORK,
    "--deposit-contract-starting-block=0",
    `--data-dir=${validators ? signingFolder(chain) : FOLDER}`,
    `--store-directory=${STORE}`,
    // By default in a folder by the name that config.yaml gives to the network.
    `--network-dir=${NETWORK_FOLDER}`,
    ...(start.kind === "checkpoint" ? [`--checkpoint-sync-url=${start.url}`] : []),
    `--eth1-rpc-urls=${context.engine}`,
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
    ...(validators ? signing(validators) : []),
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
      ...(validators ? [{ volume: "keys" as const, readOnly: false }] : []),
    ],
    ...(validators ? { groups: ["validator" as const] } : {}),
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
  // runtime/src/defaults.rs of https://github.com/grandinetech/grandine, 2.0.0
  peers: { total: 200, dialled: undefined },
  apiPort: API_PORT,
  dialsBootnodesOnce: false,
  validators: {
    slashingDatabase: `${OWN}/*/validator/slashing_protection.sqlite`,
    interchange,
    prepare: prepareSigning,
  },
  prepare,
  render,
};
