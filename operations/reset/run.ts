// One run: what the plan says is to be done now, and nothing else. Without a person: it holds back what is no reset.

import { nextResetTime } from "../../chain/facts";
import type { DeploymentRecord } from "../../chain/plan";
import { decidePlan } from "../../chain/planning";
import { Problem, toProblem } from "../../config/problem";
import type { Settings } from "../../config/settings";
import { type Deployment, readDeployment } from "../deployment";
import { LockedProblem } from "../engine/failures";
import type { Stack } from "../engine/stack";
import { reconcile } from "../reconcile";
import { withRunLock } from "../run-lock";
import { assertOnlyReset, carryOut, lookAtClients, type Task, targetOf } from "./carry-out";
import { HOOKS_FOLDER, runHook } from "./hooks";
import { type JournalEntry, note } from "./journal";
import { afterFailure, lastLook, remember } from "./memo";
import { nextLook, offsetOf, switchTime, type Work, workOf } from "./work";

export interface ResetOptions {
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** Make the next chain ready at most; never move to it. */
  readonly stageOnly: boolean;
  /** At the stack's own moment (ephemery:resetJitter) instead of at once. */
  readonly jitter: boolean;
  /** Show the engine's own progress. */
  readonly show: boolean;
  /** Told what is done, line by line. */
  readonly tell: (line: string) => void;
  /** Folder of the user's hooks; the project's by default. */
  readonly hooks?: string;
}

export interface RunReport {
  readonly stack: string;
  readonly work: readonly Work[];
  readonly outcome: "nothing" | "done" | "dry-run";
  /** Generation of the chain the node is on now. */
  readonly active: string;
  readonly staged: string | null;
  readonly nodeDownSeconds: number | null;
  /** When a run can next have something to do, unix seconds. */
  readonly nextLook: number;
}

const seconds = (): number => Math.floor(Date.now() / 1000);

type Deployed = Deployment & { readonly record: DeploymentRecord };

async function deployed(stack: Stack): Promise<Deployed> {
  const deployment = await readDeployment(stack);
  const { record } = deployment;
  if (record) return { ...deployment, record };
  throw new Problem(
    "no-plan",
    `Stack ${stack.name} has no node yet.`,
    `Bring it up with \`bin/ephemery up --stack ${stack.name}\`.`,
  );
}

/** Whether what stopped the engine is left from a run that was cut off: then it can be cleared up, and tried again. */
const isLeftover = (error: unknown): boolean =>
  error instanceof LockedProblem ? error.abandoned : error instanceof Problem && error.code === "interrupted";

/** Does the work, notes it, and has the user's own alarm rung when it fails. */
async function doWork(task: Task, { show, tell }: ResetOptions): Promise<number | null> {
  const { stack, settings, plan, time, work, hooks } = task;
  const began = Date.now();
  const noteEach = async (outcome: Pick<JournalEntry, "outcome" | "nodeDownSeconds" | "problem">): Promise<void> => {
    const took = Math.round((Date.now() - began) / 100) / 10;
    for (const each of work)
      await note(stack.name, { at: time, seconds: took, work: each, generation: targetOf(each, plan), ...outcome });
  };
  for (const each of work) tell(`${each} ${targetOf(each, plan)} …`);
  try {
    const attempt = () => carryOut(task, show, tell);
    const nodeDownSeconds = await attempt().catch(async (error: unknown) => {
      if (!isLeftover(error)) throw error;
      await reconcile(stack);
      return attempt();
    });
    await noteEach({ outcome: "done", nodeDownSeconds, problem: null });
    return nodeDownSeconds;
  } catch (error) {
    const { code, message: text } = toProblem(error);
    await noteEach({
      outcome: code === "held-back" ? "held-back" : "failed",
      nodeDownSeconds: null,
      problem: { code, text },
    });
    const env = { EPHEMERY_STACK: stack.name, EPHEMERY_PROBLEM: text, EPHEMERY_PROBLEM_CODE: code };
    await runHook("failed", { folder: hooks, timeout: settings.resets.hookTimeout, env }).catch((failure: Error) =>
      tell(failure.message),
    );
    throw error;
  }
}

/**
 * Looks whether something is to be done for the stack's node to be on the right chain, and does it.
 *
 * @throws Problem `held-back` when more than a reset would change, `locked` when another run is at work, `hook`, and
 * whatever stops an update. What was begun is finished by the next run.
 */
export async function runReset(stack: Stack, settings: Settings, options: ResetOptions): Promise<RunReport> {
  return withRunLock(stack.name, "reset", async () => {
    // Not known where the state can't be read.
    let turn: number | undefined;
    try {
      const deployment = await deployed(stack);
      const { owner, record } = deployment;
      const offset = options.jitter && owner ? offsetOf(owner.id, settings.resets.jitter) : 0;
      turn = switchTime(record) + offset;
      const report = await lookAndDo({ stack, settings, deployment, offset }, options);
      const { active, staged } = report;
      if (!options.dryRun && !options.stageOnly)
        await remember(stack.name, { at: seconds(), nextLook: report.nextLook, active, staged, failures: 0 });
      return report;
    } catch (error) {
      const now = seconds();
      const again = afterFailure(now, await lastLook(stack.name), turn);
      if (!options.dryRun) await remember(stack.name, { at: now, active: null, staged: null, ...again });
      throw error;
    }
  });
}

interface Look {
  readonly stack: Stack;
  readonly settings: Settings;
  readonly deployment: Deployed;
  /** Seconds by which the stack does its work later than its time. */
  readonly offset: number;
}

async function lookAndDo({ stack, settings, deployment, offset }: Look, options: ResetOptions): Promise<RunReport> {
  const { record, owner } = deployment;
  const now = seconds() - offset;
  // Before the chain's end nothing can move.
  const time = options.stageOnly ? Math.min(now, nextResetTime(record.active) - 1) : now;
  const { plan, warnings, notes } = await decidePlan(settings, record, time);
  for (const line of [...warnings, ...notes]) options.tell(line);
  const work = workOf(plan, record, seconds());
  const task: Task = { stack, settings, plan, record, owner, time, work, hooks: options.hooks ?? HOOKS_FOLDER };
  const report = {
    stack: stack.name,
    work,
    active: plan.active.generation,
    staged: plan.next?.generation ?? null,
    nodeDownSeconds: null,
  };
  const look = (): number => nextLook(seconds() - offset, plan) + offset;
  if (work.length === 0) return { ...report, outcome: "nothing", nextLook: look() };
  if (options.dryRun) {
    await lookAtClients(task, options.tell);
    await assertOnlyReset(task);
    return { ...report, outcome: "dry-run", nextLook: look() };
  }
  const nodeDownSeconds = await doWork(task, options);
  return { ...report, nodeDownSeconds, outcome: "done", nextLook: look() };
}
