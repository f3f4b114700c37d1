// Which chain a node belongs on now: decided from the clock, the releases and
// what is deployed, once per run.

import { z } from "zod";
import { Problem } from "../config/problem";
import { type ChainFacts, chainFactsSchema, nextResetTime } from "./facts";

/** What is deployed, as the stack's own state remembers it. */
export const recordSchema = z.object({ active: chainFactsSchema });
export type DeploymentRecord = Readonly<z.infer<typeof recordSchema>>;

export interface Plan {
  /** The chain the node runs on. */
  readonly active: ChainFacts;
}

/** Whether a release could change the plan: only when nothing is deployed, or what is deployed has ended. */
export function needsReleases(now: number, record: DeploymentRecord | undefined): boolean {
  return record === undefined || now >= nextResetTime(record.active);
}

/**
 * The plan. Iterations never go back, and silence is not a reset: without a newer
 * release that has begun, what is deployed stays.
 *
 * @param now unix seconds.
 * @param releases verified releases, in any order.
 * @throws Problem `no-plan` without record and release; `identity-changed` when the deployed iteration
 * was released anew as another chain.
 */
export function plan(now: number, releases: readonly ChainFacts[], record: DeploymentRecord | undefined): Plan {
  const begun = releases.filter((facts) => facts.executionGenesisTime <= now);
  const newest = latest(begun) ?? earliest(releases);
  if (!record) {
    if (newest) return { active: newest };
    throw new Problem(
      "no-plan",
      "There is no release to run, and nothing is deployed yet.",
      "Check ephemery:releaseSources, then try again.",
    );
  }
  const rebuilt = releases.find((facts) => facts.iteration === record.active.iteration);
  if (rebuilt && rebuilt.identity !== record.active.identity) {
    throw new Problem(
      "identity-changed",
      `Iteration ${rebuilt.iteration} was released anew as another chain: ${rebuilt.generation}, while ${record.active.generation} is deployed.`,
      "The node stays as it is. Compare both with the Ephemery community before you go on.",
    );
  }
  const ended = now >= nextResetTime(record.active);
  const newer = latest(begun.filter((facts) => facts.iteration > record.active.iteration));
  return { active: ended && newer ? newer : record.active };
}

const latest = (all: readonly ChainFacts[]): ChainFacts | undefined =>
  all.reduce<ChainFacts | undefined>(
    (best, each) => (best && best.iteration >= each.iteration ? best : each),
    undefined,
  );

const earliest = (all: readonly ChainFacts[]): ChainFacts | undefined =>
  all.reduce<ChainFacts | undefined>(
    (best, each) => (best && best.iteration <= each.iteration ? best : each),
    undefined,
  );
