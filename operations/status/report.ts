// The one object `ephemery status --json` prints. Others rely on it: fields are added, never renamed.
// Times are unix seconds; null is what is not known.

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
  } | null;
  readonly validators: {
    readonly configured: number;
    readonly active: number | null;
    readonly pending: number | null;
    /** Since genesis; attestations on the chain, blocks that became part of it. */
    readonly attested: number | null;
    readonly missed: number | null;
    readonly proposed: number | null;
    readonly missedProposals: number | null;
    /** Last epoch whose missed duties are in the counts. */
    readonly countedThrough: number | null;
  };
  readonly release: {
    /** Newest tag seen at the sources. */
    readonly seen: string | null;
    /** Tag whose bundle passed every check and is deployed. */
    readonly verified: string | null;
    /** Generation that lies ready beside the running one. */
    readonly staged: string | null;
  };
  readonly reset: {
    /** `running`: before the chain's end; `due`: at or after it. */
    readonly state: "running" | "due" | null;
    readonly last: null;
  };
  readonly problem: { readonly code: string; readonly text: string; readonly remedy: string } | null;
}
