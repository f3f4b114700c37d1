// How much memory, cache and how many peers the clients get, from the host's
// memory and the number of validators. docs/sizing.md shows the table.

/** Memory of a client in MiB; `cache` is what its database may keep, within `memory`. */
export interface Sizing {
  readonly execution: { readonly memory: number; readonly cache: number };
  readonly beacon: { readonly memory: number };
  readonly validator: { readonly memory: number };
  /** Peers a client aims at, as a multiple of those it would aim at by itself; always above 1. */
  readonly peers: number;
  /** Peers a beacon node aims at whatever the multiple gives. */
  readonly leastBeaconPeers: number;
}

export interface Tier {
  readonly name: string;
  /** MiB of host memory from which the tier holds. */
  readonly from: number;
  readonly executionMemory: number;
  readonly executionCache: number;
  readonly beaconMemory: number;
  /** As in {@link Sizing}. */
  readonly peers: number;
}

/**
 * A young chain needs little: caches grow with the host only so far. Limits stand well above
 * what the clients use, so that a spike is not a kill. Every client aims at more peers than it would by
 * itself, because Ephemery has few nodes and they come and go with each iteration.
 */
export const TIERS: readonly Tier[] = [
  {
    name: "tiny",
    from: 0,
    executionMemory: 1024,
    executionCache: 256,
    beaconMemory: 1536,
    peers: 1.2,
  },
  {
    name: "small",
    from: 6_000,
    executionMemory: 2048,
    executionCache: 512,
    beaconMemory: 3072,
    peers: 1.4,
  },
  {
    name: "medium",
    from: 14_000,
    executionMemory: 4096,
    executionCache: 1024,
    beaconMemory: 6144,
    peers: 1.7,
  },
  {
    name: "large",
    from: 30_000,
    executionMemory: 8192,
    executionCache: 4096,
    beaconMemory: 10_240,
    peers: 2,
  },
];

/** MiB of a validator client: a base and a share for each key, its decrypted keystore and its metrics. */
const VALIDATOR_BASE = 512;
const VALIDATOR_EACH = 0.5;
/** MiB more for the beacon node for each validator: duties and subnets it follows for them. */
const BEACON_EACH = 1;
/** Validators from which a beacon node is on every attestation subnet anyway (64 subnets). */
const ALL_SUBNETS = 64;
const MANY_PEERS = 100;
/** Validators beyond which a beacon node does not grow. */
const MOST_COUNTED = 4096;

/** The tier of a host with that much memory (MiB). */
export function tierOf(hostMemory: number): Tier {
  const fitting = TIERS.filter((tier) => hostMemory >= tier.from);
  return fitting[fitting.length - 1] ?? smallest();
}

function smallest(): Tier {
  const [first] = TIERS;
  if (!first) throw new Error("the sizing table has rows");
  return first;
}

/**
 * What the table gives.
 *
 * @param hostMemory MiB.
 */
export function sizingOf(hostMemory: number, validators: number): Sizing {
  const tier = tierOf(hostMemory);
  const many = Math.min(validators, MOST_COUNTED);
  return {
    execution: { memory: tier.executionMemory, cache: tier.executionCache },
    beacon: { memory: Math.ceil(tier.beaconMemory + many * BEACON_EACH) },
    validator: { memory: Math.ceil(VALIDATOR_BASE + validators * VALIDATOR_EACH) },
    peers: tier.peers,
    leastBeaconPeers: validators >= ALL_SUBNETS ? MANY_PEERS : 0,
  };
}

/** The table as Markdown, for docs/sizing.md. */
export function sizingTable(): string {
  const head = "| Tier | Host memory from | Execution client: limit | cache | Beacon node: limit | Peers |";
  const rows = TIERS.map(
    (t) =>
      `| ${t.name} | ${t.from} MiB | ${t.executionMemory} MiB | ${t.executionCache} MiB | ${t.beaconMemory} MiB | ${t.peers} × |`,
  );
  return [
    head,
    "|---|---|---|---|---|---|",
    ...rows,
    "",
    `Validators add to this: ${BEACON_EACH} MiB each to the beacon node's limit (up to ${MOST_COUNTED} of them). The validator client's limit is ${VALIDATOR_BASE} MiB and ${VALIDATOR_EACH} MiB for each validator. From ${ALL_SUBNETS} validators on, the beacon node aims at ${MANY_PEERS} peers or more.`,
    "",
    "Peers are a multiple of what a client aims at by itself; [clients.md](clients.md) has the numbers.",
  ].join("\n");
}
