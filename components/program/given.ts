// What a run gives to each of the engine's commands that it consists of: its time, and its plan, fixed once. So an update
// does what its preview showed, whatever a release source says in between.

import { z } from "zod";
import { type DeploymentRecord, type Plan, recordSchema } from "../../chain/plan";
import { Problem } from "../../config/problem";

/** Unix seconds. */
const RUN_TIME = "EPHEMERY_RUN_TIME";
/** JSON. */
const RUN_PLAN = "EPHEMERY_RUN_PLAN";

/** What tells one record of a stack from another, in a form that is short: an environment has its limits. */
const markOf = ({ active, previous, next, settled }: DeploymentRecord): string =>
  [active, previous, next].map((chain) => chain?.generation ?? "").join(" ") + (settled ? " settled" : "");

const givenSchema = z.object({
  /** Of the record that the plan was made from. */
  mark: z.string(),
  plan: recordSchema,
});

/** The environment of an engine that works for a run. */
export function givenBy(time: number, record: DeploymentRecord, plan: Plan): Readonly<Record<string, string>> {
  const given: z.input<typeof givenSchema> = { mark: markOf(record), plan };
  return { [RUN_TIME]: String(time), [RUN_PLAN]: JSON.stringify(given) };
}

/** The run's time; of a program that is part of none, this moment. Unix seconds. */
export function givenTime(): number {
  const given = process.env[RUN_TIME];
  return given !== undefined && /^\d+$/.test(given) ? Number(given) : Math.floor(Date.now() / 1000);
}

/**
 * The run's plan; undefined: the program is part of none, and makes its own.
 *
 * @param record what is deployed by now.
 * @throws Problem `plan-stale` where that is not what the run had seen: carried out now, the plan could lead back.
 */
export function givenPlan(record: DeploymentRecord | undefined): Plan | undefined {
  const given = process.env[RUN_PLAN];
  if (given === undefined) return undefined;
  const { mark, plan } = givenSchema.parse(JSON.parse(given));
  if (record && markOf(record) === mark) return plan;
  throw new Problem(
    "plan-stale",
    "The stack has changed since this run looked at it.",
    "The run has changed nothing. The next one looks again.",
  );
}
