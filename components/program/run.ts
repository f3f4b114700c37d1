// What a run has fixed, once, for each of the engine's commands that it consists of: its time, and its plan. So an
// update does what its preview showed, whatever a release source says in between.

import { z } from "zod";
import { type DeploymentRecord, type Plan, recordSchema } from "../../chain/plan";
import { Problem } from "../../config/problem";

/** Names the time to the program. Unix seconds. */
const RUN_TIME = "EPHEMERY_RUN_TIME";
/** Names the plan to the program, and the record it was made from. JSON. */
const RUN_PLAN = "EPHEMERY_RUN_PLAN";

const givenSchema = z.object({ record: recordSchema, plan: recordSchema });

/** What the engine is given, for the program to be part of a run. */
export function runEnv(time: number, record: DeploymentRecord, plan: Plan): Readonly<Record<string, string>> {
  return {
    [RUN_TIME]: String(time),
    [RUN_PLAN]: JSON.stringify({ record, plan } satisfies z.input<typeof givenSchema>),
  };
}

export function runTime(): number {
  const given = process.env[RUN_TIME];
  return given !== undefined && /^\d+$/.test(given) ? Number(given) : Math.floor(Date.now() / 1000);
}

const isSame = (one: DeploymentRecord, other: DeploymentRecord): boolean =>
  one.settled === other.settled &&
  (["active", "previous", "next"] as const).every((chain) => one[chain]?.generation === other[chain]?.generation);

/**
 * The plan of the run the program is part of; undefined: it is part of none, and makes its own.
 *
 * @param record what is deployed by now.
 * @throws Problem `plan-stale` where that is not what the run had seen: carried out now, the plan could lead back.
 */
export function runPlan(record: DeploymentRecord | undefined): Plan | undefined {
  const given = process.env[RUN_PLAN];
  if (given === undefined) return undefined;
  const { record: seen, plan } = givenSchema.parse(JSON.parse(given));
  if (record && isSame(record, seen)) return plan;
  throw new Problem(
    "plan-stale",
    "The stack has changed since this run looked at it.",
    "Nothing was done. The next run looks again.",
  );
}
