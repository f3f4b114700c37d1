// The one object `ephemery status --json` prints. Others rely on it: fields are added, never renamed.
// Times are unix seconds; null is what is not known.

import { type ChainFacts, epochAt, nextResetTime, slotAt } from "../../chain/facts";
import type { DeploymentRecord } from "../../chain/plan";
import type { Layer } from "../../clients/spec";
import type { LastReset } from "../reset/journal";
import type { DutyReport } from "./duties";
import type { Finding, Seen, SeenBeacon, SeenExecution } from "./judge";

export interface Peers {
  readonly in: number | null;
  readonly out: number | null;
  readonly total: number | null;
}

export interface StatusReport {
  readonly stack: string;
  readonly healthy: boolean;
  readonly chain: {
    readonly network: string;
    readonly iteration: number;
    readonly chainId: number;
    readonly generation: string;
    readonly genesisValidatorsRoot: string;
    /** Slot 0. */
    readonly genesisTime: number;
    readonly nextResetTime: number;
    /** By the clock; negative before slot 0. */
    readonly slot: number;
    readonly epoch: number;
    /** Seconds the host's clock is ahead of this machine's. */
    readonly clockOffset: number | null;
  } | null;
  readonly execution: {
    readonly client: string;
    readonly version: string | null;
    readonly block: number | null;
    readonly syncing: boolean | null;
    readonly peers: Peers;
  } | null;
  readonly beacon: {
    readonly client: string;
    readonly version: string | null;
    readonly headSlot: number | null;
    readonly finalizedEpoch: number | null;
    readonly syncing: boolean | null;
    readonly optimistic: boolean | null;
    readonly peers: Peers;
    /** Its node record (EIP-778), by which others find it. */
    readonly enr: string | null;
  } | null;
  readonly validators: {
    readonly configured: number | null;
    readonly active: number | null;
    readonly pending: number | null;
    /** Since `countedFrom`; attestations on the chain, blocks that became part of it. */
    readonly attested: number | null;
    readonly missed: number | null;
    readonly proposed: number | null;
    readonly missedProposals: number | null;
    /** First epoch in the counts: 0, which is genesis, unless the beacon node has nothing from before it. */
    readonly countedFrom: number | null;
    /** Last epoch whose missed duties are in the counts. */
    readonly countedThrough: number | null;
    /** Why there are no counts, when the beacon node is in sync and still could not tell. */
    readonly uncounted: string | null;
  };
  readonly release: {
    /** Newest tag of the sources that this machine has verified. */
    readonly seen: string | null;
    /** Tag whose bundle passed every check and is deployed. */
    readonly verified: string | null;
    /** Generation that lies ready beside the running one. */
    readonly staged: string | null;
  };
  readonly reset: {
    /** `running`; `staged`: the next chain lies ready; `due`: the chain has ended; `settling`: the old chain's data is kept. */
    readonly state: "running" | "staged" | "due" | "settling" | null;
    /** The last one that runs of this machine carried out; null: none. */
    readonly last: {
      readonly generation: string;
      readonly stagedAt: number | null;
      readonly switchedAt: number;
      readonly settledAt: number | null;
      /** From the first client that was told to stop to the last one that was ready. */
      readonly nodeDownSeconds: number | null;
      /** Slot of the first attestation duty that was done on the chain; null when they are not counted from genesis. */
      readonly firstDutySlot: number | null;
      /** Attestations and blocks, as in `validators`. */
      readonly missedDuties: number | null;
      readonly outcome: "switched" | "settled" | "failed";
    } | null;
  };
  /** What starts the resets; null: no update has got as far as that. */
  readonly schedule: {
    /** `none`: nothing does, unless somebody has `watch` or a scheduler of their own running. */
    readonly runner: "systemd" | "cron" | "none";
    /** `runner`: on the machine that runs Pulumi; `host`: on the node's. */
    readonly on: "runner" | "host";
    /** Whether this machine has it now; null: it is the host's, and this machine is not the host, or could not be asked. */
    readonly installed: boolean | null;
    /** When a look here can next have something to do. */
    readonly nextLook: number | null;
    /** Runs here that failed in a row. */
    readonly failures: number | null;
  } | null;
  readonly problem: { readonly code: string; readonly text: string; readonly remedy: string } | null;
}

/** Whether validators are there to do duties; also where nobody could see it. Those the chain doesn't have do none. */
export function haveDuties({ configured, active }: StatusReport["validators"]): boolean {
  return configured !== 0 && active !== 0;
}

/** What is known of a node without looking at it. */
export interface ReportInput {
  readonly network: string;
  readonly record: DeploymentRecord;
  readonly clients: Readonly<Record<Layer, string>>;
  /** Public keys of the validators; empty without any. */
  readonly pubkeys: readonly string[];
  /** Newest release tag of the sources that this machine has verified. */
  readonly seenTag: string | undefined;
  /** What this machine's journal has of the last reset. */
  readonly lastReset?: LastReset | undefined;
  /** What starts the stack's resets. */
  readonly schedule?: StatusReport["schedule"];
}

export interface SeenValidators {
  readonly active: number;
  readonly pending: number;
  readonly duties?: DutyReport;
  /** Why they could not be counted. */
  readonly uncounted?: string;
}

/** What a look saw of a node: more than it is judged by. Undefined is what did not answer or is not told. */
export interface SeenNode extends Seen {
  /** Seconds the host's clock is ahead of this machine's. */
  readonly clockOffset: number | undefined;
  readonly execution:
    | (SeenExecution & {
        readonly version: string | undefined;
        readonly block: number | undefined;
        readonly syncing: boolean | undefined;
        readonly peers: number | undefined;
      })
    | undefined;
  readonly beacon:
    | (SeenBeacon & {
        readonly optimistic: boolean | undefined;
        readonly version: string | undefined;
        readonly finalizedEpoch: number | undefined;
        readonly peers: { readonly in: number; readonly out: number; readonly total: number } | undefined;
        readonly enr: string | undefined;
      })
    | undefined;
  readonly validators: SeenValidators | undefined;
}

const NO_PEERS: Peers = { in: null, out: null, total: null };

/** Where a node is between two resets. */
function resetState({ active, previous, next }: DeploymentRecord, now: number): StatusReport["reset"]["state"] {
  if (now >= nextResetTime(active)) return "due";
  if (previous) return "settling";
  return next ? "staged" : "running";
}

/** The last reset, and what the chain says of the duties since. */
function lastOf(
  last: LastReset | undefined,
  chain: ChainFacts,
  duties: DutyReport | undefined,
): StatusReport["reset"]["last"] {
  if (!last) return null;
  // Of what was before the counts begin nobody knows.
  const since = last.generation === chain.generation && duties?.countedFrom === 0 ? duties : undefined;
  return {
    ...last,
    firstDutySlot: since?.firstDutySlot ?? null,
    missedDuties: since ? since.missed + since.missedProposals : null,
  };
}

/** @param finding what is wrong with the node; undefined: nothing. */
export function reportOf(seen: SeenNode, finding: Finding | undefined, input: ReportInput): StatusReport {
  const { stack, now, chain, execution, beacon, validators } = seen;
  const { record, clients } = input;
  const duties = validators?.duties;
  return {
    stack,
    healthy: finding === undefined,
    chain: {
      network: input.network,
      iteration: chain.iteration,
      chainId: chain.chainId,
      generation: chain.generation,
      genesisValidatorsRoot: chain.genesisValidatorsRoot,
      genesisTime: chain.genesisTime,
      nextResetTime: nextResetTime(chain),
      slot: slotAt(chain, now),
      epoch: epochAt(chain, now),
      clockOffset: seen.clockOffset ?? null,
    },
    execution: {
      client: clients.execution,
      version: execution?.version ?? null,
      block: execution?.block ?? null,
      syncing: execution?.syncing ?? null,
      peers: { ...NO_PEERS, total: execution?.peers ?? null },
    },
    beacon: {
      client: clients.beacon,
      version: beacon?.version ?? null,
      headSlot: beacon?.headSlot ?? null,
      finalizedEpoch: beacon?.finalizedEpoch ?? null,
      syncing: beacon?.syncing ?? null,
      optimistic: beacon?.optimistic ?? null,
      peers: beacon?.peers ?? NO_PEERS,
      enr: beacon?.enr ?? null,
    },
    validators: {
      configured: input.pubkeys.length,
      active: validators?.active ?? null,
      pending: validators?.pending ?? null,
      attested: duties?.attested ?? null,
      missed: duties?.missed ?? null,
      proposed: duties?.proposed ?? null,
      missedProposals: duties?.missedProposals ?? null,
      countedFrom: duties?.countedFrom ?? null,
      countedThrough: duties?.countedThrough ?? null,
      uncounted: validators?.uncounted ?? null,
    },
    release: {
      seen: input.seenTag ?? chain.release.tag,
      verified: chain.release.tag,
      staged: record.next?.generation ?? null,
    },
    reset: { state: resetState(record, now), last: lastOf(input.lastReset, chain, duties) },
    schedule: input.schedule ?? null,
    problem: finding ?? null,
  };
}
