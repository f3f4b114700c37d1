// The plan of this run: what the stack's own state remembers, what the sources
// announce where that could change anything, and the time, each looked at once.

import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { EPHEMERY_CLOCK } from "../../chain/iteration";
import { type DeploymentRecord, needsReleases, type Plan, plan, recordSchema } from "../../chain/plan";
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

/**
 * The newest release and, while that one has not begun, the one before it, which is the one to run.
 * A node that is deployed needs nothing older than what it runs.
 */
async function releasesFor(
  record: DeploymentRecord | undefined,
  now: number,
  options: ReleaseOptions,
): Promise<VerifiedRelease[]> {
  const { iteration } = await newestIteration(options);
  if (record && iteration <= record.active.iteration) return [];
  const newest = await resolveRelease(iteration, options);
  if (newest.facts.executionGenesisTime <= now || record?.active.iteration === iteration - 1) return [newest];
  const running = await resolveRelease(iteration - 1, options).catch((error) => {
    // The very first release of a network has none before it.
    if (error instanceof Problem && error.code === "release-unreachable") return undefined;
    if (error instanceof Problem && error.code === "release-incomplete") return undefined;
    throw error;
  });
  return running ? [running, newest] : [newest];
}

/** @throws Problem when nothing is deployed and no release can be had. */
export async function resolvePlan(settings: Settings): Promise<Plan> {
  const now = Math.floor(Date.now() / 1000);
  const before = await deployed();
  const record = before?.record;
  if (before) assertSameHost(before.host, settings);
  let releases: readonly VerifiedRelease[] = [];
  if (needsReleases(now, record)) {
    try {
      releases = await releasesFor(record, now, releaseOptions(settings));
    } catch (error) {
      if (!record || !(error instanceof Problem)) throw error;
      // Silence is not a reset: what is deployed stays.
      await pulumi.log.warn(`${error.message}\nThe node stays on iteration ${record.active.iteration}.`);
    }
  }
  for (const note of releases.flatMap(({ notes }) => notes)) await pulumi.log.info(note);
  return plan(
    now,
    releases.map(({ facts }) => facts),
    record,
  );
}
