// Whether a node is well, from what was seen of it. The first thing that is wrong is the problem.

import { type ChainFacts, nextResetTime, slotAt } from "../../chain/facts";
import type { Layer } from "../../clients/spec";
import { Problem } from "../../config/problem";

/** A container as Docker reports it; undefined: there is none. */
export interface SeenContainer {
  readonly name: string;
  readonly running: boolean;
  /** Docker's word: healthy, unhealthy, starting, or none. */
  readonly health: string;
  /** Ids of the image it runs and of the one it should, where they differ. */
  readonly otherImage?: { readonly runs: string; readonly wanted: string } | undefined;
}

export interface SeenExecution {
  readonly chainId: number;
  readonly genesisHash: string;
}

export interface SeenBeacon {
  readonly root: string;
  readonly headSlot: number;
  readonly syncing: boolean;
  readonly executionOffline: boolean;
  /** Undefined: it does not say. */
  readonly peers: { readonly total: number } | undefined;
}

export interface Seen {
  readonly stack: string;
  readonly now: number;
  readonly chain: ChainFacts;
  readonly layers: readonly Layer[];
  readonly containers: Readonly<Partial<Record<Layer, SeenContainer>>>;
  /** Undefined: it does not answer. */
  readonly execution: SeenExecution | undefined;
  readonly beacon: SeenBeacon | undefined;
}

/** What can be wrong with a node, in the order in which it is looked for: a cause before what follows from it. */
export const FINDING_CODES = [
  "execution-container",
  "beacon-container",
  "validator-container",
  "other-image",
  "execution-silent",
  "beacon-silent",
  "wrong-chain",
  "chain-ended",
  "execution-offline",
  "syncing",
  "head-behind",
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

export interface Finding {
  readonly code: FindingCode;
  readonly text: string;
  readonly remedy: string;
}

/** Slots without a block that are nothing to worry about, on a network where validators come and go. */
const TOLERATED_LAG = 8;

interface Rule {
  /** What is wrong; undefined: nothing. */
  readonly wrong: (seen: Seen) => string | undefined;
  readonly remedy: (seen: Seen) => string;
}

const has = (layer: Layer, { layers }: Seen): boolean => layers.includes(layer);
/** What to do about a beacon node that somebody else runs: it has no container here, and no command mends it. */
const otherBeacon = ({ stack }: Seen): string =>
  `put another one first in ephemery:beaconNodes and run \`bin/ephemery up --stack ${stack}\`.`;

const repair = ({ stack }: Seen): string =>
  `\`bin/ephemery repair --stack ${stack}\` puts the host in line with the configuration.`;

/** `repair` makes only those anew that Docker does not call healthy, which a client that hangs can still be. */
const startAnew =
  (layer: Layer) =>
  ({ stack, containers }: Seen): string => {
    const container = containers[layer];
    const command =
      container?.running && container.health === "healthy"
        ? `docker restart --time 60 ${container.name}`
        : `bin/ephemery repair --stack ${stack}`;
    return `\`docker logs\` of the ${layer} container says why; \`${command}\` starts it anew.`;
  };

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

const RULES: Readonly<Record<FindingCode, Rule>> = {
  "execution-container": { wrong: containerWrong("execution"), remedy: startAnew("execution") },
  "beacon-container": { wrong: containerWrong("beacon"), remedy: startAnew("beacon") },
  "validator-container": { wrong: containerWrong("validator"), remedy: startAnew("validator") },
  "other-image": {
    wrong: ({ layers, containers }) => {
      const [found] = layers.flatMap((layer) => {
        const other = containers[layer]?.otherImage;
        return other ? [`The ${layer} container runs the image ${short(other.runs)}, not ${short(other.wanted)}.`] : [];
      });
      return found;
    },
    remedy: repair,
  },
  "execution-silent": {
    wrong: ({ execution, layers }) =>
      execution || !layers.includes("execution") ? undefined : "The execution client's RPC does not answer.",
    remedy: startAnew("execution"),
  },
  "beacon-silent": {
    wrong: (seen) => {
      if (seen.beacon) return undefined;
      return has("beacon", seen)
        ? "The Beacon API does not answer."
        : "The first of ephemery:beaconNodes, by which this node is looked at, does not answer.";
    },
    remedy: (seen) =>
      has("beacon", seen)
        ? startAnew("beacon")(seen)
        : `See that it runs, and that containers on the node's host reach its Beacon API; or ${otherBeacon(seen)}`,
  },
  "wrong-chain": {
    wrong: ({ chain, execution, beacon }) => {
      if (execution && execution.chainId !== chain.chainId)
        return `The execution client is on chain ${execution.chainId}, not ${chain.chainId}.`;
      if (execution && execution.genesisHash !== chain.genesisBlockHash)
        return `The execution client's block 0 is ${execution.genesisHash}, not ${chain.genesisBlockHash}.`;
      return beacon && beacon.root !== chain.genesisValidatorsRoot
        ? `The beacon node is on the chain with the root ${beacon.root}, not ${chain.genesisValidatorsRoot}.`
        : undefined;
    },
    remedy: (seen) =>
      has("beacon", seen)
        ? `Its image or its extra arguments may bring a genesis of their own: mend them, then \`bin/ephemery up --stack ${seen.stack}\`.`
        : `Wait until whoever runs it has moved it, or ${otherBeacon(seen)}`,
  },
  "chain-ended": {
    wrong: ({ chain, now }) =>
      now >= nextResetTime(chain)
        ? `Iteration ${chain.iteration} has ended; its successor is not deployed.`
        : undefined,
    remedy: ({ stack }) =>
      `\`bin/ephemery up --stack ${stack}\` moves to the next iteration as soon as it is released.`,
  },
  "execution-offline": {
    wrong: ({ beacon }) => (beacon?.executionOffline ? "The beacon node can't reach its execution client." : undefined),
    remedy: (seen) => {
      if (!has("beacon", seen)) return `Whoever runs it has to mend that; or ${otherBeacon(seen)}`;
      return has("execution", seen)
        ? `If it stays for more than a minute, \`bin/ephemery rotate-jwt --stack ${seen.stack}\` gives both a new secret and starts them anew with it.`
        : `Check ephemery:executionEndpoint and ephemery:executionJwtSecret, then \`bin/ephemery up --stack ${seen.stack}\`.`;
    },
  },
  syncing: {
    wrong: ({ beacon, chain, now }) => {
      if (!beacon || slotAt(chain, now) < 0) return undefined;
      return beacon.syncing
        ? `The beacon node is syncing: slot ${beacon.headSlot} of ${slotAt(chain, now)}.`
        : undefined;
    },
    remedy: () => "Wait; on a young chain it takes minutes. Without peers it does not end.",
  },
  "head-behind": {
    wrong: ({ beacon, chain, now }) => {
      const slot = slotAt(chain, now);
      return beacon && slot - beacon.headSlot > TOLERATED_LAG
        ? `The head is at slot ${beacon.headSlot}, the clock at ${slot}.`
        : undefined;
    },
    remedy: ({ beacon }) =>
      beacon?.peers?.total === 0
        ? "It has no peers: open its ports for them in the firewall, and set ephemery:publicAddress."
        : "If the whole network is slow, wait; else look at the beacon node's log.",
  },
};

/** The first thing that is wrong; undefined: the node is well. */
export function judge(seen: Seen): Finding | undefined {
  for (const code of FINDING_CODES) {
    const { wrong, remedy } = RULES[code];
    const text = wrong(seen);
    if (text !== undefined) return { code, text, remedy: remedy(seen) };
  }
  return undefined;
}

/** What keeps a node that was moved from being at work there, by a text that also tells who reads nothing else of it. */
export const notProved = (generation: string, why: string, remedy: string): Problem =>
  new Problem("not-proved", `The node does not work on ${generation} yet: ${why}`, remedy);
