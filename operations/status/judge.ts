// Whether a node is well, from what was seen of it. The first thing that is wrong is the problem.

import { type ChainFacts, nextResetTime, slotAt } from "../../chain/facts";
import type { Layer } from "../../clients/spec";
import { Problem } from "../../config/problem";

/** A container as Docker reports it; undefined: there is none. */
export interface SeenContainer {
  readonly running: boolean;
  /** Docker's word: healthy, unhealthy, starting, or none. */
  readonly health: string;
  readonly restarts: number;
  /** Ids of the image it runs and of the one it should, where they differ. */
  readonly otherImage?: { readonly runs: string; readonly wanted: string } | undefined;
}

export interface Seen {
  readonly stack: string;
  readonly now: number;
  readonly chain: ChainFacts;
  readonly layers: readonly Layer[];
  readonly containers: Readonly<Partial<Record<Layer, SeenContainer>>>;
  readonly execution: { readonly chainId: number; readonly genesisHash: string } | undefined;
  readonly beacon:
    | {
        readonly root: string;
        readonly headSlot: number;
        readonly syncing: boolean;
        readonly executionOffline: boolean;
        /** Undefined: it does not say. */
        readonly peers: number | undefined;
      }
    | undefined;
}

export interface Finding {
  readonly code: string;
  readonly text: string;
  readonly remedy: string;
}

/** Slots without a block that are nothing to worry about, on a network where validators come and go. */
const TOLERATED_LAG = 8;

interface Rule {
  readonly code: string;
  /** What is wrong; undefined: nothing. */
  readonly wrong: (seen: Seen) => string | undefined;
  readonly remedy: (seen: Seen) => string;
}

const repair = ({ stack }: Seen): string =>
  `\`bin/ephemery repair --stack ${stack}\` puts the host in line with the configuration.`;
const logs =
  (layer: Layer) =>
  ({ stack }: Seen): string =>
    `\`docker logs\` of the ${layer} container says why; \`bin/ephemery repair --stack ${stack}\` starts it anew.`;

function containerWrong(layer: Layer): (seen: Seen) => string | undefined {
  return ({ layers, containers }) => {
    if (!layers.includes(layer)) return undefined;
    const container = containers[layer];
    if (!container) return `The ${layer} container is gone.`;
    if (!container.running) return `The ${layer} container is stopped.`;
    return container.health === "unhealthy" ? `The ${layer} container runs, but its healthcheck fails.` : undefined;
  };
}

/** An id that a person can compare. */
const short = (id: string): string => id.slice(0, "sha256:".length + 12);

const RULES: readonly Rule[] = [
  { code: "execution-container", wrong: containerWrong("execution"), remedy: logs("execution") },
  { code: "beacon-container", wrong: containerWrong("beacon"), remedy: logs("beacon") },
  { code: "validator-container", wrong: containerWrong("validator"), remedy: logs("validator") },
  {
    code: "other-image",
    wrong: ({ layers, containers }) => {
      const [found] = layers.flatMap((layer) => {
        const other = containers[layer]?.otherImage;
        return other ? [`The ${layer} container runs the image ${short(other.runs)}, not ${short(other.wanted)}.`] : [];
      });
      return found;
    },
    remedy: repair,
  },
  {
    code: "execution-silent",
    wrong: ({ execution, layers }) =>
      execution || !layers.includes("execution") ? undefined : "The execution client's RPC does not answer.",
    remedy: logs("execution"),
  },
  {
    code: "beacon-silent",
    wrong: ({ beacon }) => (beacon ? undefined : "The Beacon API does not answer."),
    remedy: logs("beacon"),
  },
  {
    code: "wrong-chain",
    wrong: ({ chain, execution, beacon }) => {
      if (execution && execution.chainId !== chain.chainId)
        return `The execution client is on chain ${execution.chainId}, not ${chain.chainId}.`;
      if (execution && execution.genesisHash !== chain.genesisBlockHash)
        return `The execution client's block 0 is ${execution.genesisHash}, not ${chain.genesisBlockHash}.`;
      return beacon && beacon.root !== chain.genesisValidatorsRoot
        ? `The beacon node is on the chain with the root ${beacon.root}, not ${chain.genesisValidatorsRoot}.`
        : undefined;
    },
    remedy: repair,
  },
  {
    code: "chain-ended",
    wrong: ({ chain, now }) =>
      now >= nextResetTime(chain)
        ? `Iteration ${chain.iteration} has ended; its successor is not deployed.`
        : undefined,
    remedy: ({ stack }) =>
      `\`bin/ephemery up --stack ${stack}\` moves to the next iteration as soon as it is released.`,
  },
  {
    code: "execution-offline",
    wrong: ({ beacon }) => (beacon?.executionOffline ? "The beacon node can't reach its execution client." : undefined),
    remedy: repair,
  },
  {
    code: "syncing",
    wrong: ({ beacon, chain, now }) => {
      if (!beacon || slotAt(chain, now) < 0) return undefined;
      return beacon.syncing
        ? `The beacon node is syncing: slot ${beacon.headSlot} of ${slotAt(chain, now)}.`
        : undefined;
    },
    remedy: () =>
      "Wait; on a young chain it takes minutes. Without peers it does not end: see docs/troubleshooting.md.",
  },
  {
    code: "head-behind",
    wrong: ({ beacon, chain, now }) => {
      const slot = slotAt(chain, now);
      return beacon && slot - beacon.headSlot > TOLERATED_LAG
        ? `The head is at slot ${beacon.headSlot}, the clock at ${slot}.`
        : undefined;
    },
    remedy: ({ beacon }) =>
      beacon?.peers === 0
        ? "It has no peers: see docs/troubleshooting.md."
        : "If the whole network is slow, wait; else look at the beacon node's log.",
  },
];

/** The first thing that is wrong; undefined: the node is well. */
export function judge(seen: Seen): Finding | undefined {
  for (const { code, wrong, remedy } of RULES) {
    const text = wrong(seen);
    if (text !== undefined) return { code, text, remedy: remedy(seen) };
  }
  return undefined;
}

/** What keeps a node that was moved from being at work there, by a text that also tells who reads nothing else of it. */
export const notProved = (generation: string, why: string, remedy: string): Problem =>
  new Problem("not-proved", `The node does not work on ${generation} yet: ${why}`, remedy);
