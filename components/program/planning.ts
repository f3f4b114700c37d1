// The plan of the run the program is part of.

import * as pulumi from "@pulumi/pulumi";
import type { Plan } from "../../chain/plan";
import { decidePlan } from "../../chain/planning";
import { adviceOn } from "../../clients/advice";
import { changesOf } from "../../clients/changes";
import { Problem } from "../../config/problem";
import type { Settings } from "../../config/settings";
import { imageOriginOf } from "../../toolchain/origin";
import { runTime } from "./run-time";
import type { Self } from "./self";

/**
 * A node does not move: what is new would run on the new host before the old one is stopped, and for that
 * time its keys would sign in two places.
 */
function assertSameHost(was: NonNullable<Self["host"]>, { host, stack }: Settings): void {
  if (was.name === host.name && was.uri === host.uri) return;
  throw new Problem(
    "host-changed",
    `Stack ${stack} runs on ${was.uri} (${was.name}); its configuration now says ${host.uri} (${host.name}).`,
    `Set ephemery:dockerHost and ephemery:hostName back, take the node down with \`bin/ephemery destroy --stack ${stack}\`, and bring it up on the other host.`,
  );
}

/** The plan of the stack the program runs for, and of this moment. */
export async function resolvePlan(settings: Settings, { record, host, clients }: Self): Promise<Plan> {
  if (record && host) assertSameHost(host, settings);
  const time = runTime();
  const decided = await decidePlan(settings, record, time);
  const advice = adviceOn(settings, await imageOriginOf(settings.network, settings.images), decided.plan, time);
  const same = record?.active.generation === decided.plan.active.generation;
  const changes = same ? changesOf(clients, settings, decided.plan.active) : [];
  for (const warning of [...decided.warnings, ...advice.warnings]) await pulumi.log.warn(warning);
  for (const note of [...changes, ...decided.notes, ...advice.notes]) await pulumi.log.info(note);
  return decided.plan;
}
