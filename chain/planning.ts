// The plan of a moment: what is deployed, what the sources announce where that could change anything, and the time,
// each looked at once.

import { Problem } from "../config/problem";
import type { Settings } from "../config/settings";
import { releaseCacheFolder } from "../toolchain/paths";
import { nextResetTime } from "./facts";
import { EPHEMERY_CLOCK } from "./iteration";
import { synchronisedTime } from "./kernel-clock";
import { type DeploymentRecord, needsReleases, needsWitness, otherForks, type Plan, plan } from "./plan";
import { ReleaseCache } from "./release/cache";
import type { ReleaseOptions, VerifiedRelease } from "./release/resolve";
import { verifying } from "./release/verifying";

/** How a stack asks for releases; a rehearsal's genesis times follow from its releases alone. */
function releaseOptions(settings: Pick<Settings, "network" | "releaseSources">): ReleaseOptions {
  return {
    sources: settings.releaseSources,
    clock: settings.network === "ephemery" ? EPHEMERY_CLOCK : undefined,
    cache: new ReleaseCache(releaseCacheFolder()),
  };
}

interface Announced {
  readonly releases: readonly VerifiedRelease[];
  /** The clock of the source that answered, unix seconds. */
  readonly date: number | undefined;
}

/**
 * The newest release and, while that one has not begun, the one before it, which is the one to run.
 * A node that is deployed needs nothing older than what it runs.
 *
 * @param dated told the source's time, which holds also where its release can't be had.
 */
async function announced(
  record: DeploymentRecord | undefined,
  now: number,
  options: ReleaseOptions,
  dated: (date: number | undefined) => void,
): Promise<Announced> {
  const { newestIteration, resolveRelease } = verifying();
  const { iteration, date } = await newestIteration(options);
  dated(date);
  if (record && iteration < record.active.iteration) return { releases: [], date };
  if (record && iteration === record.active.iteration) {
    // Looked at for one thing alone: whether it was released anew as another chain.
    const same = await resolveRelease(iteration, options).catch(() => undefined);
    return { releases: same ? [same] : [], date };
  }
  const newest = await resolveRelease(iteration, options);
  const begun = newest.facts.executionGenesisTime <= now;
  if (begun || (record && record.active.iteration === iteration - 1)) return { releases: [newest], date };
  const running = await resolveRelease(iteration - 1, options).catch((error) => {
    // The very first release of a network has none before it.
    if (error instanceof Problem && error.code === "release-unreachable") return undefined;
    if (error instanceof Problem && error.code === "release-incomplete") return undefined;
    throw error;
  });
  return { releases: running ? [running, newest] : [newest], date };
}

/** What was decided, and what is worth telling of how. */
export interface Decided {
  readonly plan: Plan;
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
  /** Why no release could be had, or the one that is there not taken, where one was looked for; undefined: neither. */
  readonly missing: Problem | undefined;
  /** Why this machine's clock is not believed: a switch that is due waits for it, one that is not will be late. */
  readonly doubt: Problem | undefined;
}

/** Whether a release is there and was not taken. One that is not there, or not whole yet, is waited for. */
export const isRefused = ({ code }: Problem): boolean =>
  code !== "release-unreachable" && code !== "release-incomplete";

/** Whether a switch to what is staged is due by this machine's clock. */
const isDue = ({ active, next }: DeploymentRecord, now: number): boolean =>
  next !== undefined && now >= Math.max(nextResetTime(active), next.executionGenesisTime);

/** Nothing of a source's. `date`: that of one that said no. */
const nothing = (date?: number): Announced => ({ releases: [], date });

interface LookedFor {
  readonly found: Announced;
  readonly missing?: Problem;
  /** Seconds by which the source's clock was ahead of this machine's when it answered; negative: behind. */
  readonly ahead: number;
}

/**
 * What the sources have. A deployed node does without: silence is not a reset, and what is deployed stays.
 *
 * @throws Problem when nothing is deployed and no release can be had.
 */
async function lookedFor(settings: Planned, record: DeploymentRecord | undefined, now: number): Promise<LookedFor> {
  if (!needsReleases(now, record)) return { found: nothing(), ahead: 0 };
  const hurry = record !== undefined && isDue(record, now);
  let told: number | undefined;
  let ahead = 0;
  const dated = (date: number | undefined): void => {
    told = date;
    // By the clock, not by `now`: a stack with a moment of its own plans with an earlier time.
    if (date !== undefined) ahead = date - Math.floor(Date.now() / 1000);
  };
  try {
    const found = await announced(record, now, { ...releaseOptions(settings), hurry }, dated);
    return { found, ahead };
  } catch (error) {
    if (!record || !(error instanceof Problem)) throw error;
    if (error instanceof verifying().SourcesSilent && error.date !== undefined) dated(error.date);
    return { found: nothing(told), ahead, ...(record.next ? {} : { missing: error }) };
  }
}

/** Who else tells the time, beside a source that was asked for a release. */
async function otherWitnesses({ network, checkpointProviders }: Planned): Promise<readonly number[]> {
  // Those of a rehearsal are reached from its own networks alone.
  if (network !== "ephemery") return [];
  const { timesOf }: typeof import("./witnesses") = require("./witnesses");
  return timesOf(checkpointProviders);
}

function doubtOf(iteration: number, witnesses: readonly number[]): Problem {
  const others = witnesses.map((time) => new Date(time * 1000).toISOString()).join(", ") || "nobody who can be asked";
  return new Problem(
    "clock",
    `By this machine's clock iteration ${iteration} has ended, but ${others} does not say so. The node stays on it until another clock agrees.`,
    "Check this machine's time, and its way to the release sources.",
  );
}

/** Seconds by which a clock may be behind before it is told: a switch that is late by so much has nine minutes left. */
const BEHIND = 30;

/** Of a clock that is behind nobody would know before the chain has ended for all others: nothing is due by it. */
function lateOf(iteration: number, ahead: number): Problem | undefined {
  if (ahead <= BEHIND) return undefined;
  return new Problem(
    "clock",
    `This machine's clock is ${ahead} s behind that of a release source. The node would leave iteration ${iteration} so much later than it ends.`,
    "Set this machine's time, and let NTP keep it (`timedatectl set-ntp true`). Where another clock says that it is right, it is the source's that is wrong.",
  );
}

type Planned = Pick<Settings, "network" | "releaseSources" | "checkpointProviders">;

/**
 * The plan of a stack at a time.
 *
 * @throws Problem when nothing is deployed and no release can be had, or when the deployed chain was released anew.
 */
export async function decidePlan(
  settings: Planned,
  record: DeploymentRecord | undefined,
  now: number,
): Promise<Decided> {
  const { found, missing: silent, ahead } = await lookedFor(settings, record, now);
  const kernel = record && needsWitness(now, record) ? await synchronisedTime() : undefined;
  const facts = found.releases.map((release) => release.facts);
  let witnesses = [found.date, kernel].filter((time) => time !== undefined);
  let decided = plan({ now, witnesses }, facts, record);
  const stays = (): boolean => record !== undefined && decided.active === record.active && isDue(record, now);
  if (stays()) {
    witnesses = [...witnesses, ...(await otherWitnesses(settings))];
    decided = plan({ now, witnesses }, facts, record);
  }
  const missing = silent ?? (record && decided.active === record.active ? otherForks(facts, record) : undefined);
  const { iteration } = decided.active;
  const doubt = record && (stays() ? doubtOf(iteration, witnesses) : lateOf(iteration, ahead));
  const warnings = [
    ...(record && missing ? [`${missing.message}\nThe node stays on iteration ${record.active.iteration}.`] : []),
    ...(doubt ? [`${doubt.message} ${doubt.remedy}`] : []),
  ];
  return { plan: decided, notes: found.releases.flatMap(({ notes }) => notes), warnings, missing, doubt };
}
