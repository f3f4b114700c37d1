// One run: what the plan says is to be done now, and nothing else. Without a person: it holds back what is no reset.

import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { nextResetTime } from "../../chain/facts";
import type { DeploymentRecord, Plan } from "../../chain/plan";
import { type Decided, decidePlan } from "../../chain/planning";
import { RUN_TIME } from "../../components/program/run-time";
import { Problem, toProblem } from "../../config/problem";
import type { Settings } from "../../config/settings";
import { type Deployment, readDeployment } from "../deployment";
import { LockedProblem } from "../engine/failures";
import type { Stack } from "../engine/stack";
import { HostChannel } from "../host/channel";
import { preflightStage } from "../preflight";
import { reconcile } from "../reconcile";
import { withRunLock } from "../run-lock";
import { statusOf } from "../status/of-stack";
import { nodeDown, whileListening } from "./downtime";
import { type Change, describe, heldBack } from "./guard";
import { type JournalEntry, note } from "./journal";
import { nextLook, type Work, workOf } from "./work";

export interface ResetOptions {
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** Make the next chain ready at most; never move to it. */
  readonly stageOnly: boolean;
  /** Show the engine's own progress. */
  readonly show: boolean;
  /** Told what is done, line by line. */
  readonly tell: (line: string) => void;
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

const previewSchema = z.object({ steps: z.array(z.object({ op: z.string(), urn: z.string() })).nullish() });

/** Steps of a preview at a time. The update that follows is given the same time, and so makes the same plan. */
async function previewed(stack: Stack, env: Readonly<Record<string, string>>): Promise<readonly Change[]> {
  const text = await stack.preview({ args: ["--json"], env });
  const json = text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1);
  return previewSchema.parse(JSON.parse(json)).steps ?? [];
}

/** The run's time: now, but before the chain's end where nothing may move. */
const timeOf = (record: DeploymentRecord, stageOnly: boolean): number =>
  stageOnly ? Math.min(seconds(), nextResetTime(record.active) - 1) : seconds();

async function deployed(stack: Stack): Promise<Deployment & { record: DeploymentRecord }> {
  const deployment = await readDeployment(stack);
  const { record } = deployment;
  if (record) return { ...deployment, record };
  throw new Problem(
    "no-plan",
    `Stack ${stack.name} has no node yet.`,
    `Bring it up with \`bin/ephemery up --stack ${stack.name}\`.`,
  );
}

/** Before anything moves: that nothing but a reset would be done. */
async function assertOnlyReset(stack: Stack, { plan }: Decided, record: DeploymentRecord, time: number): Promise<void> {
  const changes = heldBack(await previewed(stack, { [RUN_TIME]: String(time) }), plan, record);
  if (changes.length === 0) return;
  throw new Problem(
    "held-back",
    `A run without a person would change more than a reset does:\n${changes.map((change) => `  ${describe(change)}`).join("\n")}`,
    `Look at it with \`bin/ephemery preview --stack ${stack.name}\`, and bring it up with \`bin/ephemery up --stack ${stack.name}\`.`,
  );
}

/** Longest time to wait for a node that has just moved to be well, seconds; slot 0 may be further away. */
const PATIENCE = 120;

/** The first gate after a switch: chain id, block 0, genesis root, containers. Peers and duties come later. */
async function assertSwitched(stack: Stack, plan: Plan): Promise<void> {
  const deadline = Math.max(plan.active.genesisTime, seconds() + PATIENCE);
  for (;;) {
    const { problem } = await statusOf(stack);
    if (!problem || problem.code === "syncing" || problem.code === "head-behind") return;
    if (seconds() >= deadline) throw new Problem("not-proved", problem.text, problem.remedy);
    await sleep(2_000);
  }
}

async function carryOut(
  stack: Stack,
  settings: Settings,
  decided: Decided,
  {
    owner,
    record,
    time,
    work,
  }: { owner: Deployment["owner"]; record: DeploymentRecord; time: number; work: readonly Work[] },
  { show }: ResetOptions,
): Promise<number | null> {
  if (work.some((each) => each !== "settle")) await preflightStage(settings);
  await assertOnlyReset(stack, decided, record, time);
  const up = () => stack.up({ show, env: { [RUN_TIME]: String(time) } });
  if (!work.includes("switch") || !owner) {
    await up();
    return null;
  }
  const { events } = await whileListening(new HostChannel(settings.host.uri), owner, up);
  await assertSwitched(stack, decided.plan);
  return nodeDown(events, settings.validators.count > 0 ? "validator" : "beacon");
}

/**
 * Looks whether something is to be done for the stack's node to be on the right chain, and does it.
 *
 * @throws Problem `held-back` when more than a reset would change, `locked` when another run is at work, and whatever
 * stops an update. What was begun is finished by the next run.
 */
export async function runReset(stack: Stack, settings: Settings, options: ResetOptions): Promise<RunReport> {
  return withRunLock(stack.name, "reset", async () => {
    const { record, owner } = await deployed(stack);
    const time = timeOf(record, options.stageOnly);
    const decided = await decidePlan(settings, record, time);
    const { plan } = decided;
    for (const line of [...decided.warnings, ...decided.notes]) options.tell(line);
    const work = workOf(plan, record);
    const report = {
      stack: stack.name,
      work,
      active: plan.active.generation,
      staged: plan.next?.generation ?? null,
      nodeDownSeconds: null,
      nextLook: nextLook(seconds(), plan),
    };
    if (work.length === 0) return { ...report, outcome: "nothing" };
    if (options.dryRun) {
      await assertOnlyReset(stack, decided, record, time);
      return { ...report, outcome: "dry-run" };
    }
    const began = Date.now();
    const noteEach = async (outcome: Outcome): Promise<void> => {
      const took = Math.round((Date.now() - began) / 100) / 10;
      for (const each of work)
        await note(stack.name, { at: time, seconds: took, work: each, generation: targetOf(each, plan), ...outcome });
    };
    for (const each of work) options.tell(`${each} ${targetOf(each, plan)} …`);
    try {
      const attempt = () => carryOut(stack, settings, decided, { owner, record, time, work }, options);
      const nodeDownSeconds = await attempt().catch(async (error: unknown) => {
        if (!isLeftover(error)) throw error;
        await reconcile(stack);
        return attempt();
      });
      await noteEach({ outcome: "done", nodeDownSeconds, problem: null });
      return { ...report, nodeDownSeconds, outcome: "done" };
    } catch (error) {
      const { code, message: text } = toProblem(error);
      const outcome = code === "held-back" ? "held-back" : "failed";
      await noteEach({ outcome, nodeDownSeconds: null, problem: { code, text } });
      throw error;
    }
  });
}

type Outcome = Pick<JournalEntry, "outcome" | "nodeDownSeconds" | "problem">;

/** The generation a piece of work is for. */
const targetOf = (work: Work, { active, next }: Plan): string =>
  work === "stage" && next ? next.generation : active.generation;

/** Whether what stopped the engine is left from a run that was cut off: then it can be cleared up, and tried again. */
const isLeftover = (error: unknown): boolean =>
  error instanceof LockedProblem ? error.abandoned : error instanceof Problem && error.code === "interrupted";
