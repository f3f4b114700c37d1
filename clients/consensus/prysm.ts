// Prysm's beacon-chain: https://prysm.offchainlabs.com/docs/configure-prysm/command-line-options/

import type { ChainFacts } from "../../chain/facts";
import { httpAnswers } from "../healthcheck";
import { official } from "../images";
import { PRYSM_CONFIG, PRYSM_SHELL } from "../prysm";
import { type BeaconContext, type BeaconModule, type ContainerSpec, identityFile, JWT_FILE, PATHS } from "../spec";

const API_PORT = 3500;
const METRICS_PORT = 8080;

/** Where its images have the program: cmd/beacon-chain/BUILD.bazel of https://github.com/OffchainLabs/prysm */
const PROGRAM = "/beacon-chain";

/**
 * By itself Prysm starts from the last justified block and fetches from its peers what came after. In the first epoch
 * that is genesis, nothing is fetched, and every block on top of those it already holds is taken for invalid, its peers
 * for bad: until that epoch's end it is told to start from its head. Later that would do harm. With a head of the
 * current epoch it takes itself for synced, and its validators go on from there; a head that is in no other node's chain
 * then stays its head over all further starts (both seen with v7.1.2; Start in beacon-chain/sync/initial-sync/service.go).
 */
function starting({ genesisTime, slotsPerEpoch, secondsPerSlot }: ChainFacts): readonly string[] {
  const end = genesisTime + Math.ceil(slotsPerEpoch * secondsPerSlot);
  const script = `[ "$(date +%s)" -ge ${end} ] || set -- --sync-from=head "$@"; exec ${PROGRAM} "$@"`;
  return [PRYSM_SHELL, "-c", script, "prysm"];
}

function render(context: BeaconContext): ContainerSpec {
  const { chain, ports, advertised, start } = context;
  const bootnodes = chain.bootnodes.beacon;
  const command = [
    "--accept-terms-of-use",
    `--datadir=${PATHS.chain}`,
    `--chain-config-file=${PRYSM_CONFIG}`,
    `--genesis-state=${PATHS.genesis}/genesis.ssz`,
    "--contract-deployment-block=0",
    ...(start.kind === "checkpoint"
      ? [`--checkpoint-sync-url=${start.url}`, `--genesis-beacon-api-url=${start.url}`]
      : []),
    `--execution-endpoint=${context.engine}`,
    `--jwt-secret=${JWT_FILE}`,
    // One flag for each: a list in one flag is read as one bad record. None at all would mean mainnet's.
    ...(bootnodes.length === 0 ? ["--bootstrap-node="] : bootnodes.map((enr) => `--bootstrap-node=${enr}`)),
    `--p2p-priv-key=${identityFile("beacon")}`,
    // The key is fixed by the flag above. This one has the number of the node's metadata kept as well: if it began
    // anew at each start, peers would take every ping for a bad answer, and ban the node after a few (seen with v7.1.2;
    // saveSequenceNumberIfNeeded in beacon-chain/p2p/subnets.go. From fulu on it is kept without).
    "--p2p-static-id",
    `--p2p-tcp-port=${ports.beacon}`,
    `--p2p-udp-port=${ports.beacon}`,
    `--p2p-quic-port=${ports.quic}`,
    // Of the container's addresses Prysm would listen on one alone, and not always on that of the peers' network.
    "--p2p-local-ip=0.0.0.0",
    ...(advertised.beacon === undefined ? [] : [`--p2p-host-ip=${advertised.beacon}`]),
    `--p2p-max-peers=${context.peers}`,
    // Ephemery has few nodes; the defaults of 3 and 6 leave a young chain waiting for peers it does not need.
    "--min-sync-peers=1",
    "--minimum-peers-per-subnet=1",
    "--http-host=0.0.0.0",
    `--http-port=${API_PORT}`,
    "--rpc-host=127.0.0.1",
    `--monitoring-host=${context.metrics ? "0.0.0.0" : "127.0.0.1"}`,
    `--monitoring-port=${METRICS_PORT}`,
    ...(context.feeRecipient === undefined ? [] : [`--suggested-fee-recipient=${context.feeRecipient}`]),
    ...context.extraArgs,
  ];
  return {
    layer: "beacon",
    client: "prysm",
    entrypoint: starting(chain),
    command,
    env: {},
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
      test: httpAnswers(PRYSM_SHELL, API_PORT, "/eth/v1/beacon/genesis", chain.genesisValidatorsRoot),
    },
    stop: { signal: "SIGTERM", graceSeconds: 30 },
    memory: context.memory,
  };
}

export const prysm: BeaconModule = {
  images: {
    official: official("prysm-beacon"),
    local: "ephemery.local/prysm-beacon-chain:v7.1.2-1",
  },
  // P2PMaxPeers in cmd/flags.go of https://github.com/OffchainLabs/prysm
  peers: { total: 70, dialled: undefined },
  apiPort: API_PORT,
  dialsBootnodesOnce: true,
  prepare: () => [],
  render,
};
