// Which version of a client knows which fork, and what that means for a node on a chain with a schedule.

import { type ChainFacts, epochStart, nextResetTime } from "../chain/facts";
import type { BEACON_CLIENTS, EXECUTION_CLIENTS } from "../config/keys";
import type { Layer } from "./spec";
import { isAtLeast } from "./versions";

/** Forks that every client knows in any version that is still about. */
const OLD: readonly string[] = ["phase0", "altair", "bellatrix", "capella", "deneb"];
/** Those after them, in their order. A BPO fork is a further limit of blobs, after Fulu. */
export const FORKS = ["electra", "fulu", "bpo", "gloas"] as const;
export type Fork = (typeof FORKS)[number];

type Minimums = Readonly<Partial<Record<Fork, string>>>;

/**
 * The oldest version that follows a chain with the fork: what operators of the public testnets were asked to have, or
 * what was seen on Ephemery, where Reth lost its peers at the first BPO fork. One that is missing is not known here.
 */
const EXECUTION: Readonly<Record<(typeof EXECUTION_CLIENTS)[number], Minimums>> = {
  geth: { fulu: "1.16.4" },
  nethermind: { fulu: "1.34.0" },
  besu: { fulu: "25.7.0" },
  erigon: { fulu: "3.2.1" },
  reth: { fulu: "1.7.0", bpo: "1.10.0" },
};

/** Of a beacon node and, as it signs what that makes, of a validator client. */
const CONSENSUS: Readonly<Record<(typeof BEACON_CLIENTS)[number], Minimums>> = {
  lighthouse: { electra: "7.0.0", fulu: "8.0.0" },
  prysm: { electra: "5.3.0", fulu: "6.1.0", gloas: "7.2.0" },
  teku: { electra: "25.2.0", fulu: "25.9.3" },
  nimbus: { electra: "25.2.0", fulu: "25.9.2" },
  lodestar: { electra: "1.27.0", fulu: "1.35.0" },
  grandine: { electra: "1.0.0", fulu: "2.0.0" },
};

const has = <T extends object>(table: T, name: PropertyKey): name is keyof T => Object.hasOwn(table, name);

/** The oldest versions of a client, by fork. */
export function minimumsOf(layer: Layer, client: string): Minimums {
  if (layer === "execution") return has(EXECUTION, client) ? EXECUTION[client] : {};
  return has(CONSENSUS, client) ? CONSENSUS[client] : {};
}

/** A client of a node, as far as its image tells. */
export interface Running {
  readonly layer: Layer;
  readonly client: string;
  /** undefined: its image's tag has none that can be read. */
  readonly version: string | undefined;
}

/** A fork of the chain that a client does not know, or may not. */
export interface Unready extends Running {
  /** As the chain's schedule has it, such as `bpo1`. */
  readonly fork: string;
  readonly epoch: number;
  /** Unix seconds. */
  readonly begins: number;
  /** The oldest version that knows it; undefined: not known here. */
  readonly needed: string | undefined;
}

/**
 * What a client needs for a fork of a chain's schedule.
 *
 * @returns a version; `any` where every version will do; undefined where it is not known here.
 */
function neededFor(name: string, minimums: Minimums): string | undefined {
  if (OLD.includes(name)) return "any";
  const fork = FORKS.find((each) => each === name.replace(/^bpo\d+$/, "bpo"));
  if (fork === undefined) return undefined;
  // BPO forks came with Fulu's releases, where nothing else was seen.
  const needed = minimums[fork] ?? (fork === "bpo" ? minimums.fulu : undefined);
  const later = FORKS.slice(FORKS.indexOf(fork)).some((each) => minimums[each] !== undefined);
  return needed ?? (later ? "any" : undefined);
}

/**
 * The forks of a chain that a node's clients are too old for, the next one first. Of several that begin together the
 * last one counts, since it needs the newest client. Forks after the chain's end never come; those before `now` count
 * as well, since a client that does not know them does not follow the chain at all.
 *
 * @param now Unix seconds.
 */
export function forkReadiness(running: readonly Running[], chain: ChainFacts, now: number): readonly Unready[] {
  const end = nextResetTime(chain);
  const found = running.flatMap(({ layer, client, version }) => {
    if (version === undefined) return [];
    const minimums = minimumsOf(layer, client);
    const unready = (chain.forks ?? []).flatMap(({ name, epoch }): Unready[] => {
      const begins = epochStart(chain, epoch);
      if (begins >= end) return [];
      const needed = neededFor(name, minimums);
      if (needed === "any" || (needed !== undefined && isAtLeast(version, needed))) return [];
      return [{ layer, client, version, fork: name, epoch, begins, needed }];
    });
    return unready.filter((each, index) => unready[index + 1]?.epoch !== each.epoch);
  });
  const distance = ({ begins }: Unready): number => Math.max(0, begins - now);
  return found.toSorted((one, other) => distance(one) - distance(other) || one.begins - other.begins);
}
