// What `status` says of a node that is well, for tests of what follows from it.

import type { StatusReport } from "../../operations/status/report";

export const WELL: StatusReport = {
  stack: "mynode",
  healthy: true,
  chain: {
    network: "rehearsal",
    iteration: 7,
    chainId: 39_438_007,
    generation: "7-0123abcd",
    genesisValidatorsRoot: `0x${"1".repeat(64)}`,
    genesisTime: 1_000_000,
    nextResetTime: 1_014_400,
    slot: 71,
    epoch: 2,
    clockOffset: 0,
  },
  execution: null,
  beacon: {
    client: "prysm",
    version: null,
    headSlot: 70,
    finalizedEpoch: 0,
    syncing: false,
    optimistic: false,
    peers: { in: 0, out: 1, total: 1 },
    enr: null,
  },
  validators: {
    configured: 4,
    active: 4,
    pending: 0,
    attested: 8,
    missed: 0,
    proposed: 0,
    missedProposals: 0,
    countedFrom: 0,
    countedThrough: 0,
    uncounted: null,
  },
  release: { seen: null, verified: null, staged: null },
  reset: { state: "running", last: null },
  schedule: null,
  problem: null,
};
