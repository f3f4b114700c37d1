// One run: what the plan says is to be done now, and nothing else. Without a person: it holds back what is no reset.

import { nextResetTime } from "../../chain/facts";
import type { DeploymentRecord } from "../../chain/plan";
import { decidePlan, isRefused } from "../../chain/planning";
import { KEYS } from "../../config/keys";
import { type Problem, toProblem } from "../../config/problem";
import type { Settings } from "../../config/settings";
import { type Deployment, readDeployment } from "../deployment";
import type { Stack } from "../engine/stack";
import { BY_ITSELF, finishing } from "../finishing";
import type { Seen } from "../host/client-events";
import { Locked } from "../locked";
import { noNode } from "../no-node";
import { withRunLock } from "../run-lock";
import {
  assertOnlyReset,
  carryOut,
  endSwitch,
  lastLayerOf,
  lookAtClients,
  type Task,
  targetOf,
  type Watched,
} from "./carry-out";
import { firstStop, nodeDown } from "./downtime";
import { remains } from "./guard";
import { TICK } from "./held.cjs";
import { HOOKS_FOLDER, runHook } from "./hooks";
import { downBefore, isUnproved, isUnsettled, type JournalEntry, note, readJournal } from "./journal";
import { afterFailure, lastLook, type Memo, remember } from "./memo";
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
  throw noNode(stack.name);
}

type Outcome = Pick<JournalEntry, "outcome" | "nodeDownSeconds" | "problem">;

/** Tenths of seconds, since a time in milliseconds. */
const since = (began: number): number => Math.round((Date.now() - began) / 100) / 10;

function failed(error: unknown): Outcome {
  const { code, message: text } = toProblem(error);
  const outcome = code === "held-back" ? "held-back" : "failed";
  return { outcome, nodeDownSeconds: null, problem: { code, text } };
}

const QUIET: ReadonlySet<string> = new Set(["no-plan", "plan-stale", "stack-missing"]);

/**
 * Another run's work, unless it does not end, or a node that is not there, is no failure of a run's.
 *
 * @param turn when the node moves, unix seconds; 0: not known.
 */
const isQuiet = (error: unknown, turn: number): boolean =>
  error instanceof Locked ? !error.hangs(seconds(), turn) : QUIET.has(toProblem(error).code);

/** When a stack's node moves, as its last run on this machine knew; 0: none did. */
const lastTurn = async (stack: string): Promise<number> => (await lastLook(stack))?.turn ?? 0;

/** The same of a run that is over. */
export const isNoFailure = async (error: unknown, stack: string): Promise<boolean> =>
  isQuiet(error, await lastTurn(stack));

/** Does the work, and notes it. */
async function doWork(
  task: Task,
  tell: (line: string) => void,
  carriedOut: (watched: Watched) => Promise<number | null>,
): Promise<number | null> {
  const { stack, settings, plan, record, work } = task;
  const began = Date.now();
  // What is deployed lay ready, too: of its switch something is left.
  const ready = [record.active, record.next].some((chain) => chain?.identity === plan.active.identity);
  const switches = work.includes("switch");
  const before = switches ? downBefore(await readJournal(stack.name), plan.active.generation) : undefined;
  const events: Seen[] = [];
  const watched: Watched = { before, events };
  const noteEach = async (outcome: Outcome, downSince?: number): Promise<void> => {
    for (const each of work)
      await note(stack.name, {
        // Not the task's time, which is that of a stack without a moment of its own, or one before the chain's end.
        at: Math.floor(began / 1000),
        seconds: since(began),
        work: each,
        generation: targetOf(each, plan),
        ...(each === "switch" ? { ready, ...(downSince === undefined ? {} : { downSince }) } : {}),
        ...outcome,
      });
  };
  for (const each of work) tell(`${each} ${targetOf(each, plan)} …`);
  try {
    const nodeDownSeconds = await finishing(stack, () => carriedOut(watched), BY_ITSELF);
    await noteEach({ outcome: "done", nodeDownSeconds, problem: null });
    return nodeDownSeconds;
  } catch (error) {
    const nodeDownSeconds = events.length > 0 ? nodeDown(events, lastLayerOf(settings), before) : null;
    await noteEach({ ...failed(error), nodeDownSeconds }, firstStop(events));
    throw error;
  }
}

/** A look, which is noted where it fails, unless that is none of its own. */
async function noted<T>(stack: string, generation: string, dryRun: boolean, look: () => Promise<T>): Promise<T> {
  const began = Date.now();
  try {
    return await look();
  } catch (error) {
    const entry = { at: Math.floor(began / 1000), seconds: since(began), work: "look", generation } as const;
    if (!dryRun && !(await isNoFailure(error, stack))) await note(stack, { ...entry, ...failed(error) });
    throw error;
  }
}

/** Has the user's own alarm rung. `timeout`: seconds it may take. */
async function ring(error: unknown, stack: string, timeout: number, options: ResetOptions): Promise<void> {
  if (options.dryRun) return;
  const { code, message } = toProblem(error);
  const env = { EPHEMERY_STACK: stack, EPHEMERY_PROBLEM: message, EPHEMERY_PROBLEM_CODE: code };
  const hook = { folder: options.hooks ?? HOOKS_FOLDER, timeout, env };
  await runHook("failed", hook).catch((failure: Error) => options.tell(failure.message));
}

/** Seconds after its time in which a switch that another run holds up is looked at each minute; then as all that fails. */
const WAITED = 1_800;
const isWaited = (turn: number, now: number): boolean => now >= turn && now < turn + WAITED;
/** Of its looks those that ring: after 1, 2, 4, 8, … minutes, as far apart as retries otherwise are. */
const isSparse = (turn: number, now: number): boolean => Number.isInteger(Math.log2(Math.floor((now - turn) / TICK)));

/** What a run is about. */
export interface Opened {
  readonly stack: Stack;
  readonly settings: Settings;
}

/**
 * Looks whether something is to be done for the stack's node to be on the right chain, and does it.
 *
 * @param open what fails of it is noted, told and tried again as all of a run is: on a machine whose toolchain is gone,
 * or with settings that nobody can read, the chain ends all the same.
 * @throws Problem `held-back` when more than a reset would change, `locked` when another run is at work, `hook`, and
 * whatever stops an update. What was begun is finished by the next run.
 */
export async function runReset(name: string, open: () => Promise<Opened>, options: ResetOptions): Promise<RunReport> {
  // Neither is known before the stack is open; the last run knew the first.
  let turn: number | undefined;
  let timeout: number = KEYS.hookTimeout.default;
  const ringAndRemember = async (error: unknown): Promise<void> => {
    const last = await lastLook(name);
    const due = turn ?? last?.turn ?? 0;
    const again = afterFailure(seconds(), last, due);
    // What has the stack may give it back at any moment, and the switch is late already.
    const waited = error instanceof Locked && isWaited(due, seconds());
    // First: a disk that is full takes no memo.
    if (!isQuiet(error, due) && (!waited || isSparse(due, seconds()))) await ring(error, name, timeout, options);
    if (options.dryRun) return;
    const nextLook = waited ? Math.min(again.nextLook, seconds() + TICK) : again.nextLook;
    const memo = { ...again, nextLook, at: seconds(), turn: due, active: null, staged: null, silent: 0, doubted: 0 };
    await remember(name, memo).catch((failure: Error) => options.tell(failure.message));
  };
  const run = async (): Promise<RunReport> => {
    const { stack, settings, deployment } = await noted(name, "", options.dryRun, async () => {
      const opened = await open();
      timeout = opened.settings.resets.hookTimeout;
      return { ...opened, deployment: await deployed(opened.stack) };
    });
    const { owner, record } = deployment;
    const offset = options.jitter && owner ? offsetOf(owner.id, settings.resets.jitter) : 0;
    turn = switchTime(record) + offset;
    const { report, silent, doubted, doubt } = await lookAndDo({ stack, settings, deployment, offset }, options);
    const { active, staged, nextLook: again } = report;
    const last = await lastLook(name);
    if (!options.dryRun && !options.stageOnly)
      await remember(name, { at: seconds(), nextLook: again, active, staged, failures: 0, silent, doubted, turn });
    // Once, and not as a failure: that would be tried again later and later.
    if (doubt && isLong(doubted, seconds()) && !(last && isLong(doubted, last.at))) {
      await noted(name, active, options.dryRun, () => Promise.reject(doubt)).catch(() => undefined);
      await ring(doubt, name, timeout, options);
    }
    return report;
  };
  let began = false;
  try {
    return await withRunLock(name, "reset", async () => {
      began = true;
      try {
        return await run();
      } catch (error) {
        await ringAndRemember(error);
        throw error;
      }
    });
  } catch (error) {
    // Without the lock: the run that has it would have to end for it.
    if (!began && !(await isNoFailure(error, name))) {
      await ringAndRemember(error);
      await noted(name, "", options.dryRun, () => Promise.reject(error)).catch(() => undefined);
    }
    throw error;
  }
}

interface Look {
  readonly stack: Stack;
  readonly settings: Settings;
  readonly deployment: Deployed;
  /** Seconds by which the stack does its work later than its time. */
  readonly offset: number;
}

interface Looked {
  readonly report: RunReport;
  /** Looks in a row that no release source answered, this one among them. */
  readonly silent: number;
  /** Since when this machine's clock is doubted, unix seconds, and why; 0: it is not. */
  readonly doubted: number;
  readonly doubt: Problem | undefined;
}

/** Seconds of doubt after which somebody is told. */
const LONG_DOUBT = 60;
const isLong = (doubted: number, now: number): boolean => now - doubted >= LONG_DOUBT;

/** From the turn on a doubt is another one, and told of again: the node stays on a chain that has ended. */
function doubtedSince(before: Memo | undefined, turn: number): number {
  const now = seconds();
  if (!before?.doubted || (before.doubted < turn && now >= turn)) return now;
  return before.doubted;
}

async function lookAndDo({ stack, settings, deployment, offset }: Look, options: ResetOptions): Promise<Looked> {
  const { record, owner, tools } = deployment;
  const { generation } = record.active;
  const now = seconds() - offset;
  // Before the chain's end nothing can move.
  const time = options.stageOnly ? Math.min(now, nextResetTime(record.active) - 1) : now;
  const decided = await noted(stack.name, generation, options.dryRun, () => decidePlan(settings, record, time));
  const { plan, warnings, notes, missing, doubt } = decided;
  for (const line of [...warnings, ...notes]) options.tell(line);
  const work = workOf(plan, record, seconds());
  const prober = owner && tools !== undefined ? { owner, image: tools } : undefined;
  const task: Task = { stack, settings, plan, record, owner, prober, time, work, hooks: options.hooks ?? HOOKS_FOLDER };
  const outcome = await act(task, options);
  // Only then: what else there is to do does not wait for a release that is mended.
  if (missing && isRefused(missing)) await noted(stack.name, generation, options.dryRun, () => Promise.reject(missing));
  const before = await lastLook(stack.name);
  const silent = missing?.code === "release-unreachable" ? (before?.silent ?? 0) + 1 : 0;
  const doubted = doubt ? doubtedSince(before, switchTime(record) + offset) : 0;
  const next = nextLook(seconds() - offset, plan, { id: owner?.id, silent }) + offset;
  // Until it is told: with everything staged nobody would look at the clock again before the switch.
  const look = doubt && !isLong(doubted, seconds()) ? Math.min(next, seconds() + LONG_DOUBT) : next;
  const staged = plan.next?.generation ?? null;
  const report = { stack: stack.name, active: plan.active.generation, staged, nextLook: look, ...outcome };
  return { report, silent, doubted, doubt };
}

/** Seconds before a chain's end in which nothing is begun that can wait: the switch can't. */
const CLEAR = 60;

/** What a run has left undone that the plan does not show: by the state, it was done. */
async function leftUndone({ stack, record, settings }: Task): Promise<"switch" | "settle" | undefined> {
  const left = nextResetTime(record.active) - seconds();
  if (left <= 0) return undefined;
  const journal = await readJournal(stack.name);
  if (isUnproved(journal, record)) return "switch";
  if (left < CLEAR || !isUnsettled(journal, record)) return undefined;
  const { resources } = await stack.checkpoint();
  return remains(resources, record, settings.host.name).length > 0 ? "settle" : undefined;
}

/** Does that: of a switch the first gate alone. With what is deployed for a plan it makes room, and asks for none. */
function finish(task: Task, left: "switch" | "settle", { show, tell }: ResetOptions): Promise<number | null> {
  const again: Task = { ...task, plan: task.record, work: [left] };
  return doWork(again, tell, (watched) =>
    left === "switch" ? endSwitch(again, tell, watched) : carryOut(again, show, tell, watched),
  );
}

/** Does what is to be done, or says it. */
async function act(
  task: Task,
  options: ResetOptions,
): Promise<Pick<RunReport, "work" | "outcome" | "nodeDownSeconds">> {
  const { work } = task;
  const { dryRun, stageOnly, show, tell } = options;
  if (dryRun && work.length > 0) {
    await lookAtClients(task, tell);
    await assertOnlyReset(task);
    return { work, outcome: "dry-run", nodeDownSeconds: null };
  }
  const left = dryRun || stageOnly ? undefined : await leftUndone(task);
  // A first gate that waits for more work is passed, or proved, with that.
  const done = left && (left === "settle" || work.length === 0) ? [left] : [];
  let down: number | null = null;
  for (const each of done) down = await finish(task, each, options);
  if (work.length === 0) return { work: done, outcome: done.length > 0 ? "done" : "nothing", nodeDownSeconds: down };
  const nodeDownSeconds = await doWork(task, tell, (watched) => carryOut(task, show, tell, watched));
  return { work: [...done, ...work], outcome: "done", nodeDownSeconds };
}
