// Teku's validator client: https://docs.teku.consensys.io/reference/cli/subcommands/validator-client

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
import { TEKU_FOLDER, TEKU_TMP, tekuEnvironment } from "../teku";

const METRICS_PORT = 8008;
const OWN = "teku";
const validatorFolder = (chain: ChainFacts): string => `${slashingFolder(chain)}/${OWN}`;

function prepare(chain: ChainFacts): readonly Preparation[] {
  return [
    {
      name: "teku-folders",
      image: "tools",
      entrypoint: ["sh", "-c"],
      command: [`umask 077; mkdir -p ${TEKU_TMP} ${validatorFolder(chain)}`],
      mounts: [
        { volume: "chain", readOnly: false },
        { volume: "keys", readOnly: false },
      ],
    },
  ];
}

function render(context: ValidatorContext): ContainerSpec {
  const command = [
    "validator-client",
    // From the file and not from the beacon node, which need not serve every value that Teku asks for.
    `--network=${PATHS.genesis}/config.yaml`,
    `--data-path=${TEKU_FOLDER}`,
    `--data-validator-path=${validatorFolder(context.chain)}`,
    `--validator-keys=${KEYSTORES}:${PASSWORD_FILE}`,
    // A lock beside a keystore outlives a process that was killed, and the next one would not start.
    "--validators-keystore-locking-enabled=false",
    `--beacon-node-api-endpoint=${context.beaconApis.join(",")}`,
    `--validators-proposer-default-fee-recipient=${context.feeRecipient}`,
    ...(context.graffiti === "" ? [] : [`--validators-graffiti=${context.graffiti}`]),
    ...(context.doppelgangerProtection ? ["--doppelganger-detection-enabled=true"] : []),
    // The healthcheck reads the metrics; without `metrics` they are served to the container alone.
    "--metrics-enabled=true",
    `--metrics-interface=${context.metrics ? "0.0.0.0" : "127.0.0.1"}`,
    `--metrics-port=${METRICS_PORT}`,
    // By default it answers those alone that call it localhost.
    ...(context.metrics ? ["--metrics-host-allowlist=*"] : []),
    "--log-destination=CONSOLE",
    "--log-color-enabled=false",
    ...context.extraArgs,
  ];
  return {
    layer: "validator",
    client: "teku",
    entrypoint: undefined,
    command,
    env: tekuEnvironment(context.memory),
    mounts: [
      { volume: "chain", readOnly: false },
      { volume: "genesis", readOnly: true },
      { volume: "keys", readOnly: false },
    ],
    tmpfs: ["/tmp"],
    p2pPorts: [],
    endpoints: [],
    metrics: context.metrics ? { port: METRICS_PORT, path: "/metrics" } : undefined,
    healthcheck: { test: httpAnswers("/bin/bash", METRICS_PORT, "/metrics", "validator_local_validator_count") },
    stop: { signal: "SIGTERM", graceSeconds: 60 },
    memory: context.memory,
  };
}

/** @see https://docs.teku.consensys.io/reference/cli/subcommands/slashing-protection */
const protection = (chain: ChainFacts, ...words: readonly string[]): ToolRun => ({
  entrypoint: undefined,
  command: [
    "slashing-protection",
    words[0] ?? "",
    `--data-validator-path=${validatorFolder(chain)}`,
    ...words.slice(1),
  ],
});

const interchange: Interchange = {
  database: [`${OWN}/slashprotection`],
  exported: (chain, file) => protection(chain, "export", `--to=${file}`),
  imported: (chain, file) => protection(chain, "import", `--from=${file}`),
  failed: /errors found during import|different validators signing root/i,
};

export const teku: ValidatorModule = {
  images: { official: official("teku"), local: undefined },
  leastMemory: 1024,
  slashingDatabase: `${OWN}/slashprotection`,
  interchange,
  prepare,
  render,
};
