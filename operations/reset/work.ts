// What a run has to do: the difference between the plan and what is deployed, and when to look again.

import { type ChainFacts, nextResetTime } from "../../chain/facts";
import { type DeploymentRecord, isSameBuild, type Plan, SETTLE_EPOCH, STAGE_LEAD } from "../../chain/plan";

export type Work = "stage" | "switch" | "settle";

const same = (a: ChainFacts | undefined, b: ChainFacts | undefined): boolean => a?.identity === b?.identity;

/** In the order in which they are done; one update does all of them. Empty: nothing is to be done. */
export function workOf(plan: Plan, record: DeploymentRecord, now: number): readonly Work[] {
  const work: Work[] = [];
  if (plan.next && !isSameBuild(plan.next, record.next)) work.push("stage");
  if (!same(plan.active, record.active)) work.push("switch");
  // A chain that has ended proves nothing any more: a settle would fail, and take the time of the switch.
  const inVain = now >= nextResetTime(record.active);
  if (plan.settled && !record.settled && !inVain) work.push("settle");
  return work;
}

/** When a node's switch is due, unix seconds: its chain has ended by then, and the next one, if it is known, has begun. */
export const switchTime = ({ active, next }: Pick<Plan, "active" | "next">): number =>
  Math.max(nextResetTime(active), next?.executionGenesisTime ?? 0);

/** Seconds between two looks at the release sources, while a release is awaited. */
const AWAIT_RELEASE = 60;
/** The same at most, where no source has answered for long. */
const AWAIT_SOURCE = 300;
/** Seconds over which the nodes of the network spread their looks at a source. */
const SPREAD = 600;
/** Seconds before a switch from which it is looked whether the release that is staged was built anew. */
const LAST_LOOK = 900;
/** The same while a switch is due that no other clock confirms yet. */
const DOUBTED = 15;
/**
 * Seconds by which a stack does its work later than others: its own moment of a fleet's.
 *
 * @param jitter the longest one.
 */
export const offsetOf = (id: string, jitter: number): number => Number.parseInt(id, 16) % (jitter + 1);

export interface Asking {
  /** Id of the stack, from which its own moment follows. */
  readonly id?: string | undefined;
  /** Looks in a row that no source answered. */
  readonly silent?: number;
}

/** When a run can next have something to do, unix seconds. */
export function nextLook(now: number, { active, previous, next }: Plan, { id = "0", silent = 0 }: Asking = {}): number {
  const pause = Math.min(AWAIT_SOURCE, AWAIT_RELEASE * 2 ** Math.max(0, silent - 1));
  const times: number[] = [];
  if (next) {
    const due = switchTime({ active, next });
    const last = due - LAST_LOOK + offsetOf(id, SPREAD - 1);
    times.push([last, due].find((time) => time > now) ?? now + DOUBTED);
  } else times.push(Math.max(nextResetTime(active) - STAGE_LEAD + offsetOf(id, SPREAD - 1), now + pause));
  if (previous) {
    const settles = active.genesisTime + SETTLE_EPOCH * active.slotsPerEpoch * active.secondsPerSlot;
    times.push(settles > now ? settles : now + AWAIT_RELEASE);
  }
  return Math.ceil(Math.min(...times));
}
