// The plan of the run the program is part of.

import * as pulumi from "@pulumi/pulumi";
import type { Plan } from "../../chain/plan";
import { type Decided, decidePlan } from "../../chain/planning";
import { adviceOn } from "../../clients/advice";
import { changesOf } from "../../clients/changes";
import { Problem } from "../../config/problem";
import type { Settings } from "../../config/settings";
import { imageOriginOf } from "../../toolchain/origin";
import { givenPlan, givenTime } from "./given";
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

/** Another id is another node beside the volumes of this one, and its slashing protection is in them. */
function assertSameId(was: NonNullable<Self["owner"]>, { id, stack }: Settings): void {
  if (id === undefined || id === was.id) return;
  throw new Problem(
    "host-changed",
    `The volumes of stack ${stack} have the id ${was.id}, its slashing protection among them; its configuration now says ephemery:id ${id}.`,
    `Take ephemery:id out or set it to ${was.id}. For a node with other keys, take this one down with \`bin/ephemery destroy --stack ${stack}\` first.`,
  );
}

/** That of the run, which has told what there is to tell of it already; else that of this moment. */
async function decide(
  settings: Settings,
  record: Self["record"],
  time: number,
): Promise<Omit<Decided, "missing" | "doubt">> {
  const given = givenPlan(record);
  return given ? { plan: given, notes: [], warnings: [] } : decidePlan(settings, record, time);
}

/** The plan of the stack the program runs for. */
export async function resolvePlan(settings: Settings, { record, host, owner, clients }: Self): Promise<Plan> {
  if (record && host) assertSameHost(host, settings);
  if (record && owner) assertSameId(owner, settings);
  const time = givenTime();
  const decided = await decide(settings, record, time);
  const advice = adviceOn(settings, await imageOriginOf(settings.network, settings.images), decided.plan, time);
  const same = record?.active.generation === decided.plan.active.generation;
  const changes = same ? changesOf(clients, settings, decided.plan.active) : [];
  for (const warning of [...decided.warnings, ...advice.warnings]) await pulumi.log.warn(warning);
  for (const note of [...changes, ...decided.notes, ...advice.notes]) await pulumi.log.info(note);
  return decided.plan;
}
