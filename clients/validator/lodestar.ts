// Lodestar's validator client: https://chainsafe.github.io/lodestar/run/validator-management/validator-cli

import type { ChainFacts } from "../../chain/facts";
import { httpAnswers } from "../healthcheck";
import { official } from "../images";
import { LODESTAR_FOLDER, lodestarEnvironment } from "../lodestar";
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
const OWN = "lodestar";
const KEYS_FOLDER = `${LODESTAR_FOLDER}/keystores`;
const SECRETS_FOLDER = `${LODESTAR_FOLDER}/secrets`;
const databaseFolder = (chain: ChainFacts): string => `${slashingFolder(chain)}/${OWN}`;

/**
 * Lodestar loads a folder for each key and a password file for each. They are links, made anew each time: keys that
 * were taken out of the range are gone. They are not in the kept volume, where Lighthouse would find them.
 */
function prepare(chain: ChainFacts): readonly Preparation[] {
  const script = [
    "set -eu",
    "umask 077",
    `mkdir -p ${databaseFolder(chain)}`,
    `rm -rf ${KEYS_FOLDER} ${SECRETS_FOLDER} ${LODESTAR_FOLDER}/cache`,
    `mkdir -p ${KEYS_FOLDER} ${SECRETS_FOLDER}`,
    `cd ${KEYSTORES}`,
    `for file in keystore-0x*.json; do key=\${file#keystore-}; key=\${key%.json}; mkdir ${KEYS_FOLDER}/$key; ln -s ${KEYSTORES}/$file ${KEYS_FOLDER}/$key/voting-keystore.json; ln -s ${PASSWORD_FILE} ${SECRETS_FOLDER}/$key; done`,
  ].join("; ");
  return [
    {
      name: "lodestar-keystores",
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
    "validator",
    `--dataDir=${LODESTAR_FOLDER}`,
    `--paramsFile=${PATHS.genesis}/config.yaml`,
    `--keystoresDir=${KEYS_FOLDER}`,
    `--secretsDir=${SECRETS_FOLDER}`,
    `--validatorsDbDir=${databaseFolder(context.chain)}/validator-db`,
    // A lock beside a keystore outlives a process that was killed, and the next one would not start.
    "--force",
    // The keystores take next to no work to open; a pool of threads takes more memory than that is worth.
    "--disableKeystoresThreadPool",
    `--beaconNodes=${context.beaconApis.join(",")}`,
    `--suggestedFeeRecipient=${context.feeRecipient}`,
    ...(context.graffiti === "" ? [] : [`--graffiti=${context.graffiti}`]),
    ...(context.doppelgangerProtection ? ["--doppelgangerProtection"] : []),
    // The healthcheck reads the metrics; without `metrics` they are served to the container alone.
    "--metrics",
    `--metrics.address=${context.metrics ? "0.0.0.0" : "127.0.0.1"}`,
    `--metrics.port=${METRICS_PORT}`,
    "--logFile=none",
    ...context.extraArgs,
  ];
  return {
    layer: "validator",
    client: "lodestar",
    entrypoint: undefined,
    command,
    env: lodestarEnvironment(context.memory),
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

/** @see https://chainsafe.github.io/lodestar/run/validator-management/validator-cli */
const protection = (chain: ChainFacts, command: "export" | "import", ...words: readonly string[]): ToolRun => ({
  entrypoint: undefined,
  command: [
    "validator",
    "slashing-protection",
    command,
    "--dataDir=/tmp/lodestar",
    `--paramsFile=${PATHS.genesis}/config.yaml`,
    `--validatorsDbDir=${databaseFolder(chain)}/validator-db`,
    "--logFile=none",
    ...words,
  ],
});

const ASKED_PORT = 9596;
/** The official image's program. */
const PROGRAM = "/usr/app/packages/cli/bin/lodestar";

/**
 * The root that a new database is to have, the import asks a beacon node for, and there may be none: the one that
 * served the client before can be stopped with it. Here the answer is given beside it.
 */
const withGenesis = ({ genesisTime, genesisValidatorsRoot }: ChainFacts): string => {
  const data = {
    genesis_time: String(genesisTime),
    genesis_validators_root: genesisValidatorsRoot,
    genesis_fork_version: "0x00000000",
  };
  return [
    `const answer = ${JSON.stringify(JSON.stringify({ data }))};`,
    'const server = require("node:http").createServer((_, response) => {',
    '  response.setHeader("content-type", "application/json");',
    "  response.end(answer);",
    "});",
    `server.listen(${ASKED_PORT}, "127.0.0.1", () => {`,
    `  const words = ["${PROGRAM}", ...process.argv.slice(1)];`,
    '  const child = require("node:child_process").spawn(process.execPath, words, { stdio: "inherit" });',
    '  child.on("exit", (code) => process.exit(code ?? 1));',
    "});",
  ].join("\n");
};

const interchange: Interchange = {
  database: [`${OWN}/validator-db`],
  exported: (chain, file) => protection(chain, "export", `--file=${file}`),
  imported: (chain, file) => {
    const { command } = protection(chain, "import", `--file=${file}`, `--beaconNodes=http://127.0.0.1:${ASKED_PORT}`);
    return { entrypoint: ["node", "-e", withGenesis(chain)], command };
  },
};

export const lodestar: ValidatorModule = {
  images: { official: official("lodestar"), local: undefined },
  leastMemory: 1024,
  slashingDatabase: `${OWN}/validator-db`,
  interchange,
  prepare,
  render,
};
