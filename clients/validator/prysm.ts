// Prysm's validator: https://prysm.offchainlabs.com/docs/configure-prysm/command-line-options/

import { dirname } from "node:path/posix";
import type { ChainFacts } from "../../chain/facts";
import { httpAnswers } from "../healthcheck";
import { official } from "../images";
import { PRYSM_CONFIG, PRYSM_SHELL } from "../prysm";
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

const METRICS_PORT = 8081;
/** Prysm signs from a wallet of its own, made from the keystores; it can be made again at any time. */
const WALLET = `${PATHS.chain}/wallet`;

function prepare(chain: ChainFacts): readonly Preparation[] {
  return [
    {
      name: "folders",
      image: "tools",
      entrypoint: ["sh", "-c"],
      // A wallet only ever gains accounts by an import; a new one has the keys of now and no others.
      command: [`umask 077; mkdir -p ${slashingFolder(chain)} && rm -rf ${WALLET}`],
      mounts: [
        { volume: "chain", readOnly: false },
        { volume: "keys", readOnly: false },
      ],
    },
    {
      name: "import",
      image: "client",
      entrypoint: undefined,
      command: [
        "accounts",
        "import",
        "--accept-terms-of-use",
        `--keys-dir=${KEYSTORES}`,
        `--wallet-dir=${WALLET}`,
        `--wallet-password-file=${PASSWORD_FILE}`,
        `--account-password-file=${PASSWORD_FILE}`,
      ],
      mounts: [
        { volume: "chain", readOnly: false },
        { volume: "keys", readOnly: true },
      ],
    },
  ];
}

function render(context: ValidatorContext): ContainerSpec {
  const command = [
    "--accept-terms-of-use",
    `--datadir=${slashingFolder(context.chain)}`,
    `--chain-config-file=${PRYSM_CONFIG}`,
    `--wallet-dir=${WALLET}`,
    `--wallet-password-file=${PASSWORD_FILE}`,
    // REST instead of gRPC: it works with every beacon node.
    "--enable-beacon-rest-api",
    `--beacon-rest-api-provider=${context.beaconApis.join(",")}`,
    `--suggested-fee-recipient=${context.feeRecipient}`,
    ...(context.graffiti === "" ? [] : [`--graffiti=${context.graffiti}`]),
    ...(context.doppelgangerProtection ? ["--enable-doppelganger"] : []),
    // A series for each key and each metric is too much for the scraper from some hundred keys on.
    ...(context.count > 256 ? ["--disable-account-metrics"] : []),
    `--monitoring-host=${context.metrics ? "0.0.0.0" : "127.0.0.1"}`,
    `--monitoring-port=${METRICS_PORT}`,
    ...context.extraArgs,
  ];
  return {
    layer: "validator",
    client: "prysm",
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
    healthcheck: { test: httpAnswers(PRYSM_SHELL, METRICS_PORT, "/healthz", "HTTP/1.0 200") },
    stop: { signal: "SIGTERM", graceSeconds: 60 },
    memory: context.memory,
  };
}

/** @see https://github.com/OffchainLabs/prysm/tree/develop/cmd/validator/slashing-protection */
const history = (chain: ChainFacts, ...words: readonly string[]): ToolRun => ({
  entrypoint: undefined,
  command: [
    "slashing-protection-history",
    words[0] ?? "",
    "--accept-terms-of-use",
    `--datadir=${slashingFolder(chain)}`,
    ...words.slice(1),
  ],
});

const interchange: Interchange = {
  database: ["validator.db"],
  // Without a file it finds nothing to import into.
  place: ["umask 077; : > validator.db"],
  // The file's name is Prysm's own choice.
  exported: (chain, file) => history(chain, "export", `--slashing-protection-export-dir=${dirname(file)}`),
  nothing: /No slashing protection data/i,
  imported: (chain, file) => history(chain, "import", `--slashing-protection-json-file=${file}`),
};

export const prysm: ValidatorModule = {
  images: { official: official("prysm-validator"), local: "ephemery.local/prysm-validator:v7.1.2-1" },
  slashingDatabase: "validator.db",
  interchange,
  prepare,
  render,
};
