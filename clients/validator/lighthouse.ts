// Lighthouse's validator client: https://lighthouse-book.sigmaprime.io/help_vc.html

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

const METRICS_PORT = 5064;

/**
 * Lighthouse keeps definitions and slashing protection in one folder. It is one of this chain,
 * and its definitions point to the keystores, which outlive it. The file names carry the public keys.
 */
function prepare(chain: ChainFacts): readonly Preparation[] {
  const folder = slashingFolder(chain);
  const script = [
    "set -eu",
    "umask 077",
    `mkdir -p ${folder}`,
    `cd ${KEYSTORES}`,
    `for file in keystore-0x*.json; do key=\${file#keystore-}; printf -- '- enabled: true\\n  voting_public_key: "%s"\\n  type: local_keystore\\n  voting_keystore_path: ${KEYSTORES}/%s\\n  voting_keystore_password_path: ${PASSWORD_FILE}\\n' "\${key%.json}" "$file"; done > ${folder}/validator_definitions.yml.part`,
    `mv ${folder}/validator_definitions.yml.part ${folder}/validator_definitions.yml`,
  ].join("; ");
  return [
    {
      name: "definitions",
      image: "tools",
      entrypoint: ["sh", "-c"],
      command: [script],
      mounts: [{ volume: "keys", readOnly: false }],
    },
  ];
}

function render(context: ValidatorContext): ContainerSpec {
  const command = [
    "lighthouse",
    "validator_client",
    `--testnet-dir=${PATHS.genesis}`,
    `--datadir=${PATHS.chain}`,
    `--validators-dir=${slashingFolder(context.chain)}`,
    // Needed where the keys were not imported by Lighthouse itself; it never overwrites what is there.
    "--init-slashing-protection",
    `--beacon-nodes=${context.beaconApis.join(",")}`,
    `--suggested-fee-recipient=${context.feeRecipient}`,
    ...(context.graffiti === "" ? [] : [`--graffiti=${context.graffiti}`]),
    ...(context.doppelgangerProtection ? ["--enable-doppelganger-protection"] : []),
    // The healthcheck reads the metrics; without `metrics` they are served to the container alone.
    "--metrics",
    `--metrics-address=${context.metrics ? "0.0.0.0" : "127.0.0.1"}`,
    `--metrics-port=${METRICS_PORT}`,
    "--logfile-max-number=0",
    ...context.extraArgs,
  ];
  return {
    layer: "validator",
    client: "lighthouse",
    entrypoint: undefined,
    command,
    env: {},
    mounts: [
      { volume: "chain", readOnly: false },
      { volume: "genesis", readOnly: true },
      { volume: "keys", readOnly: false },
    ],
    tmpfs: ["/tmp"],
    p2pPorts: [],
    endpoints: [],
    metrics: context.metrics ? { port: METRICS_PORT, path: "/metrics" } : undefined,
    healthcheck: { test: httpAnswers("/bin/bash", METRICS_PORT, "/metrics", "vc_") },
    stop: { signal: "SIGTERM", graceSeconds: 60 },
    memory: context.memory,
  };
}

/** @see https://github.com/sigp/lighthouse/blob/stable/account_manager/src/validator/slashing_protection.rs */
const protection = (chain: ChainFacts, ...words: readonly string[]): ToolRun => ({
  entrypoint: undefined,
  command: [
    "lighthouse",
    `--testnet-dir=${PATHS.genesis}`,
    "account",
    "validator",
    // Here and not before: it is an option of this very word.
    `--validators-dir=${slashingFolder(chain)}`,
    "slashing-protection",
    ...words,
  ],
});

const interchange: Interchange = {
  database: ["slashing_protection.sqlite*"],
  exported: (chain, file) => protection(chain, "export", file),
  imported: (chain, file) => protection(chain, "import", file),
};

export const lighthouse: ValidatorModule = {
  images: { official: official("lighthouse"), local: undefined },
  slashingDatabase: "slashing_protection.sqlite",
  interchange,
  prepare,
  render,
};
