// The plan of this run: what the stack's own state remembers, what the sources
// announce where that could change anything, and the time, each looked at once.

import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { nextResetTime } from "../../chain/facts";
import { EPHEMERY_CLOCK } from "../../chain/iteration";
import { type DeploymentRecord, needsReleases, needsWitness, type Plan, plan, recordSchema } from "../../chain/plan";
import { ReleaseCache } from "../../chain/release/cache";
import {
  newestIteration,
  type ReleaseOptions,
  resolveRelease,
  type VerifiedRelease,
} from "../../chain/release/resolve";
import { Problem } from "../../config/problem";
import type { Settings } from "../../config/settings";
import { releaseCacheFolder } from "../../toolchain/paths";
import { synchronisedTime } from "./kernel-clock";

/** How a stack asks for releases; a rehearsal's genesis times follow from its releases alone. */
export function releaseOptions(settings: Pick<Settings, "network" | "releaseSources">): ReleaseOptions {
  return {
    sources: settings.releaseSources,
    clock: settings.network === "ephemery" ? EPHEMERY_CLOCK : undefined,
    cache: new ReleaseCache(releaseCacheFolder()),
  };
}

const hostSchema = z.object({ name: z.string(), uri: z.string() });

/** What this stack's last successful update left: its record, and the host it is on; undefined at the first. */
async function deployed(): Promise<{ record: DeploymentRecord; host: z.infer<typeof hostSchema> } | undefined> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const self = new pulumi.StackReference("self", { name });
  const [record, host] = await Promise.all(["record", "host"].map((output) => self.getOutputDetails(output)));
  if (record?.value === undefined || record.value === null) return undefined;
  return { record: recordSchema.parse(record.value), host: hostSchema.parse(host?.value) };
}

/**
 * A node does not move: what is new would run on the new host before the old one is stopped, and for that
 * time its keys would sign in two places.
 */
function assertSameHost(was: z.infer<typeof hostSchema>, { host, stack }: Settings): void {
  if (was.name === host.name && was.uri === host.uri) return;
  throw new Problem(
    "host-changed",
    `Stack ${stack} runs on ${was.uri} (${was.name}); its configuration now says ${host.uri} (${host.name}).`,
    `Set ephemery:dockerHost and ephemery:hostName back, take the node down with \`bin/ephemery destroy --stack ${stack}\`, and bring it up on the other host.`,
  );
}

interface Announced {
  readonly releases: readonly VerifiedRelease[];
  /** The clock of the source that answered, unix seconds. */
  readonly date: number | undefined;
}

/**
 * The newest release and, while that one has not begun, the one before it, which is the one to run.
 * A node that is deployed needs nothing older than what it runs.
 */
async function announced(
  record: DeploymentRecord | undefined,
  now: number,
  options: ReleaseOptions,
): Promise<Announced> {
  const { iteration, date } = await newestIteration(options);
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
}

/** Whether a switch is due by this machine's clock alone. */
const isDoubted = ({ active, next }: DeploymentRecord, now: number): boolean =>
  next !== undefined && now >= Math.max(nextResetTime(active), next.executionGenesisTime);

/**
 * The plan of a stack at a time.
 *
 * @throws Problem when nothing is deployed and no release can be had, or when the deployed chain was released anew.
 */
export async function decidePlan(
  settings: Pick<Settings, "network" | "releaseSources">,
  record: DeploymentRecord | undefined,
  now: number,
): Promise<Decided> {
  const warnings: string[] = [];
  let found: Announced = { releases: [], date: undefined };
  if (needsReleases(now, record)) {
    try {
      found = await announced(record, now, releaseOptions(settings));
    } catch (error) {
      if (!record || !(error instanceof Problem)) throw error;
      // Silence is not a reset: what is deployed stays.
      if (!record.next) warnings.push(`${error.message}\nThe node stays on iteration ${record.active.iteration}.`);
    }
  }
  const kernel = record && needsWitness(now, record) ? await synchronisedTime() : undefined;
  const witnesses = [found.date, kernel].filter((time) => time !== undefined);
  const facts = found.releases.map((release) => release.facts);
  const decided = plan({ now, witnesses }, facts, record);
  if (record && decided.active === record.active && isDoubted(record, now)) {
    const others = witnesses.map((time) => new Date(time * 1000).toISOString()).join(", ") || "nobody who can be asked";
    warnings.push(
      `By this machine's clock iteration ${record.active.iteration} has ended, but ${others} does not say so. The node stays on it until another clock agrees: check this machine's time, and its way to the release sources.`,
    );
  }
  return { plan: decided, notes: found.releases.flatMap(({ notes }) => notes), warnings };
}

/** Names the time of a run to the program, so that an update makes the plan its preview showed. Unix seconds. */
export const RUN_TIME = "EPHEMERY_RUN_TIME";

/** The time, fixed once for a run. */
function runTime(): number {
  const given = process.env[RUN_TIME];
  return given !== undefined && /^\d+$/.test(given) ? Number(given) : Math.floor(Date.now() / 1000);
}

/** The plan of the stack the program runs for, and of this moment. */
export async function resolvePlan(settings: Settings): Promise<Plan> {
  const before = await deployed();
  if (before) assertSameHost(before.host, settings);
  const decided = await decidePlan(settings, before?.record, runTime());
  for (const warning of decided.warnings) await pulumi.log.warn(warning);
  for (const note of decided.notes) await pulumi.log.info(note);
  return decided.plan;
}
