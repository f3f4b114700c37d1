// What the engine would do for a run, step by step.

import { z } from "zod";
import type { DeploymentRecord, Plan } from "../../chain/plan";
import { givenBy } from "../../components/program/given";
import type { Stack } from "../engine/stack";
import type { Change } from "./guard";

const previewSchema = z.object({ steps: z.array(z.object({ op: z.string(), urn: z.string() })).nullish() });

/** Otherwise a resource that is deleted first and one that was deleted already look the same. */
const STEP_BY_STEP = ["--json", "--show-replacement-steps"];

export interface Given {
  readonly time: number;
  readonly record: DeploymentRecord;
  readonly plan: Plan;
}

export async function previewed(stack: Stack, { time, record, plan }: Given): Promise<readonly Change[]> {
  const text = await stack.preview({ args: STEP_BY_STEP, env: givenBy(time, record, plan) });
  const json = text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1);
  return previewSchema.parse(JSON.parse(json)).steps ?? [];
}
