// Nimbus' validator client: https://nimbus.guide/validator-client-options.html

import type { ChainFacts } from "../../chain/facts";
import { httpAnswers } from "../healthcheck";
import { official } from "../images";
import {
  type ContainerSpec,
  type Interchange,
  KEYSTORES,
  PASSWORD_FILE,
  PATHS,
  type Preparation,
  slashingFolder,
  type ToolRun,
  type ValidatorContext,
  type ValidatorModule,
} from "../spec";

const METRICS_PORT = 8108;
const OWN = "nimbus";
const FOLDER = `${PATHS.chain}/nimbus`;
const SECRETS_FOLDER = `${FOLDER}/secrets`;
const validatorsFolder = (chain: ChainFacts): string => `${slashingFolder(chain)}/${OWN}`;

/**
 * Nimbus keeps slashing protection among the keystores: a folder for each key, and elsewhere a password file for each.
 * It opens keystores for writing and insists on mode 0600, so they are copies. They are made anew each time: keys that
 * were taken out of the range are gone, the slashing protection stays.
 */
function prepare(chain: ChainFacts): readonly Preparation[] {
  const folder = validatorsFolder(chain);
  const script = [
    "set -eu",
    "umask 077",
    `mkdir -p ${folder}`,
    `rm -rf ${folder}/0x* ${SECRETS_FOLDER}`,
    `mkdir -p ${SECRETS_FOLDER}`,
    `cd ${KEYSTORES}`,
    `for file in keystore-0x*.json; do key=\${file#keystore-}; key=\${key%.json}; mkdir ${folder}/$key; cat $file > ${folder}/$key/keystore.json; cat ${PASSWORD_FILE} > ${SECRETS_FOLDER}/$key; done`,
  ].join("; ");
  return [
    {
      name: "nimbus-keystores",
      image: "tools",
      entrypoint: ["sh", "-c"],
      command: [script],
      mounts: [
        { volume: "chain", readOnly: false },
        { volume: "keys", readOnly: false },
      ],
    },
  ];
}

function render(context: ValidatorContext): ContainerSpec {
  const command = [
    "--non-interactive=true",
    `--data-dir=${FOLDER}`,
    `--validators-dir=${validatorsFolder(context.chain)}`,
    `--secrets-dir=${SECRETS_FOLDER}`,
    // The network's configuration it takes from the beacon node.
    ...context.beaconApis.map((url) => `--beacon-node=${url}`),
    `--suggested-fee-recipient=${context.feeRecipient}`,
    ...(context.graffiti === "" ? [] : [`--graffiti=${context.graffiti}`]),
    // On by default, where it would cost each chain its first epochs.
    `--doppelganger-detection=${context.doppelgangerProtection}`,
    // The healthcheck reads the metrics; without `metrics` they are served to the container alone.
    "--metrics=true",
    `--metrics-address=${context.metrics ? "0.0.0.0" : "127.0.0.1"}`,
    `--metrics-port=${METRICS_PORT}`,
    ...context.extraArgs,
  ];
  return {
    layer: "validator",
    client: "nimbus",
    entrypoint: undefined,
    command,
    env: {},
    mounts: [
      { volume: "chain", readOnly: false },
      { volume: "keys", readOnly: false },
    ],
    tmpfs: ["/tmp"],
    p2pPorts: [],
    endpoints: [],
    metrics: context.metrics ? { port: METRICS_PORT, path: "/metrics" } : undefined,
    healthcheck: { test: httpAnswers("/bin/bash", METRICS_PORT, "/metrics", "validator_client_") },
    // The image's own.
    stop: { signal: "SIGINT", graceSeconds: 60 },
    memory: context.memory,
  };
}

/** @see https://nimbus.guide/migration.html; the image of the validator client has no such command. */
const slashingdb = (chain: ChainFacts, command: "export" | "import", file: string): ToolRun => ({
  image: "nimbus-beacon",
  entrypoint: ["/home/user/nimbus_beacon_node"],
  command: ["slashingdb", command, file, "--data-dir=/tmp/nimbus", `--validators-dir=${validatorsFolder(chain)}`],
});

const interchange: Interchange = {
  database: [`${OWN}/slashing_protection.sqlite3*`],
  place: [`mkdir -p -m 0700 ${OWN}`],
  exported: (chain, file) => slashingdb(chain, "export", file),
  imported: (chain, file) => slashingdb(chain, "import", file),
};

export const nimbus: ValidatorModule = {
  images: { official: official("nimbus-validator"), local: undefined },
  slashingDatabase: `${OWN}/slashing_protection.sqlite3`,
  interchange,
  prepare,
  render,
};
