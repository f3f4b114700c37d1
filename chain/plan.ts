// Which chains a node has on its host now: the one that ran, the one that runs, the one to come. Decided from the
// clock, the releases and what is deployed, once per run.

import { z } from "zod";
import { Problem } from "../config/problem";
import { type ChainFacts, chainFactsSchema, epochAt, nextResetTime } from "./facts";

const planSchema = z.object({
  /** The chain the node runs on. */
  active: chainFactsSchema,
  /** The chain before it: its data stays until `active` has proved itself. */
  previous: chainFactsSchema.optional(),
  /** The chain after it: its data lies ready beside the running node. */
  next: chainFactsSchema.optional(),
  /** Whether `active` has to prove itself in this update; the data of `previous` goes in the same one, afterwards. */
  settled: z.boolean().optional(),
});

export type Plan = Readonly<z.infer<typeof planSchema>>;

/** What is deployed, as the stack's own state remembers it: the last plan that was carried out to its end. */
export const recordSchema = planSchema;
export type DeploymentRecord = Plan;

/** The time, and who else says so. Unix seconds. */
export interface Clock {
  readonly now: number;
  /** What others have: the Date of a release source, the time of a kernel that is synchronised. */
  readonly witnesses: readonly number[];
}

/** Seconds before a chain's end from which its successor's release is looked for. */
export const STAGE_LEAD = 7_200;

/** Epoch from which a chain can have proved itself: every validator has had two turns to attest. */
export const SETTLE_EPOCH = 2;

/** Seconds by which two good clocks may differ. */
const TOLERANCE = 2;

/** Whether a release could change the plan: only when nothing is deployed, or what is deployed ends soon. */
export function needsReleases(now: number, record: DeploymentRecord | undefined): boolean {
  return record === undefined || now >= nextResetTime(record.active) - STAGE_LEAD;
}

/** Whether a time has come, by the machine's clock and one other: a clock alone may be wrong. */
function hasCome(time: number, { now, witnesses }: Clock): boolean {
  return now >= time && witnesses.some((witness) => witness >= time - TOLERANCE);
}

/** Whether a plan puts a chain on the host that is not there yet. */
export function addsChain({ active, next }: Plan, record: DeploymentRecord): boolean {
  const there = [record.active, record.next].map((chain) => chain?.identity);
  return [active, next].some((chain) => chain !== undefined && !there.includes(chain.identity));
}

/** Whether somebody else has to be asked for the time. */
export function needsWitness(now: number, { active }: DeploymentRecord): boolean {
  return now >= nextResetTime(active);
}

/**
 * The plan. Iterations never go back, silence is not a reset, and one clock alone is none either: without a newer
 * release that has begun, what is deployed stays.
 *
 * @param releases verified releases, in any order.
 * @throws Problem `no-plan` without record and release; `identity-changed` when the deployed iteration
 * was released anew as another chain.
 */
export function plan(clock: Clock, releases: readonly ChainFacts[], record: DeploymentRecord | undefined): Plan {
  if (!record) return first(clock.now, releases);
  const { active } = record;
  assertSameChain(releases, active);
  const successors = successorsOf(record, releases);
  const ended = hasCome(nextResetTime(active), clock);
  const begun = ended ? successors.filter((facts) => hasCome(facts.executionGenesisTime, clock)) : [];
  const successor = latest(begun);
  if (successor) return { active: successor, previous: active, ...following(successor, successors) };
  const to = following(active, successors);
  // A chain that comes is made ready first, and alone: a proof that fails would take the stage along with it.
  const comes = to.next !== undefined && !isSameBuild(to.next, record.next);
  return { active, ...to, ...(comes ? whileStaging(record) : pastOf(record, clock.now)) };
}

/** Whether nothing has to be made ready for one where the other is. */
export const isSameBuild = (one: ChainFacts, other: ChainFacts | undefined): boolean =>
  one.identity === other?.identity && one.release.sha256 === other.release.sha256;

/** A node that is new: on the newest chain that has begun, else on the first one to come, and ready for the one after it. */
function first(now: number, releases: readonly ChainFacts[]): Plan {
  const active = latest(releases.filter((facts) => facts.executionGenesisTime <= now)) ?? earliest(releases);
  if (active) return { active, ...following(active, releases) };
  throw new Problem(
    "no-plan",
    "There is no release to run, and nothing is deployed yet.",
    "Check ephemery:releaseSources, then try again.",
  );
}

function assertSameChain(releases: readonly ChainFacts[], active: ChainFacts): void {
  const rebuilt = releases.find((facts) => facts.iteration === active.iteration);
  if (!rebuilt || rebuilt.identity === active.identity) return;
  throw new Problem(
    "identity-changed",
    `Iteration ${rebuilt.iteration} was released anew as another chain: ${rebuilt.generation}, while ${active.generation} is deployed.`,
    "The node stays as it is. Compare both with the Ephemery community before you go on.",
  );
}

const hasSameForks = (one: ChainFacts, other: ChainFacts): boolean =>
  JSON.stringify(one.forks) === JSON.stringify(other.forks);

/**
 * Whether a build of the chain that is staged may be put over it, for its bootnodes: not one with other forks, which
 * databases that are initialised have within them, and not a mirror's, which may pack the same in its own way.
 */
const isFresher = (rebuilt: ChainFacts, staged: ChainFacts): boolean =>
  rebuilt.release.source === staged.release.source && hasSameForks(rebuilt, staged);

/**
 * What is wrong with a chain that is staged and was released anew with other forks: the node would be left behind at the
 * first of them, by clients whose databases begin with what was there before.
 */
export function otherForks(
  releases: readonly ChainFacts[],
  { active, next: staged }: DeploymentRecord,
): Problem | undefined {
  const rebuilt = releases.find(({ identity }) => identity === staged?.identity);
  if (!staged || !rebuilt || hasSameForks(rebuilt, staged)) return undefined;
  const list = ({ forks = [] }: ChainFacts): string => forks.map(({ name, epoch }) => `${name} ${epoch}`).join(", ");
  return new Problem(
    "forks-changed",
    `Iteration ${staged.iteration} was released anew with other forks (epochs: ${list(rebuilt) || "none"}); it is staged as it was before (${list(staged) || "none"}).`,
    `Before iteration ${active.iteration} ends, \`bin/ephemery destroy\` and \`bin/ephemery up\` stage it as it is now; afterwards they move the node to it. Keys and slashing protection stay.`,
  );
}

/**
 * The chains after the deployed one. Of one that is staged, another build takes the place, since nothing has run on it:
 * another chain under its iteration, or the same one with what is new in it.
 */
function successorsOf(record: DeploymentRecord, releases: readonly ChainFacts[]): readonly ChainFacts[] {
  const { active, next: staged } = record;
  const released = releases.filter(({ iteration }) => iteration > active.iteration);
  if (!staged) return released;
  const rebuilt = released.find(({ iteration }) => iteration === staged.iteration);
  const takes = rebuilt && (rebuilt.identity !== staged.identity || isFresher(rebuilt, staged));
  const kept = takes ? rebuilt : staged;
  return [kept, ...released.filter(({ iteration }) => iteration !== staged.iteration)];
}

/** The chain to have ready: the first one after `active`. */
function following(active: ChainFacts, successors: readonly ChainFacts[]): Pick<Plan, "next"> {
  const next = earliest(successors.filter(({ iteration }) => iteration > active.iteration));
  return next ? { next } : {};
}

/** The chain before `active` stays until `active` has proved itself, which takes some epochs. */
function pastOf({ active, previous, settled }: DeploymentRecord, now: number): Pick<Plan, "previous" | "settled"> {
  // A chain that has ended proves nothing any more.
  const provable = epochAt(active, now) >= SETTLE_EPOCH && now < nextResetTime(active);
  if (settled || (previous && provable)) return { settled: true };
  return previous ? { previous } : {};
}

function whileStaging({ previous, settled }: DeploymentRecord): Pick<Plan, "previous" | "settled"> {
  if (settled) return { settled };
  return previous ? { previous } : {};
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
