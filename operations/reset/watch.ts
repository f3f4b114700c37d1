// Looks for ever, each time when a run can have something to do.

import type { Problem } from "../../config/problem";
import { Locked } from "../locked";
import { notDue } from "./due";
import { TICK } from "./held.cjs";
import { afterFailure, failuresOf, lastLook, type Memo, remembered } from "./memo";

export interface Watch {
  readonly stack: string;
  /** One run; what it failed of, or undefined. */
  look(): Promise<Problem | undefined>;
  /** Told of a run that failed, and of how many did in a row. */
  failed(problem: Problem, failures: number): void;
  pause(seconds: number): Promise<void>;
  readonly ended: AbortSignal;
}

/** Seconds at least between a run that failed and the next one; how long it really is follows from how many did. */
const AFTER_FAILURE = 5;

const seconds = (): number => Math.floor(Date.now() / 1000);

/** Ends between two runs. */
export async function keepLooking({ stack, look, failed, pause, ended }: Watch): Promise<void> {
  let failing: Pick<Memo, "at" | "failures"> | undefined;
  while (!ended.aborted) {
    // In steps: a machine that slept, or whose clock was set, is soon noticed.
    if (await notDue(stack, ended)) {
      await pause(TICK);
      continue;
    }
    const problem = await look();
    if (!problem) {
      failing = undefined;
      continue;
    }
    const at = seconds();
    const turn = (await lastLook(stack))?.turn ?? 0;
    const { failures, nextLook } = afterFailure(at, failing, turn);
    const waits = problem instanceof Locked && !problem.hangs(at, turn);
    if (!waits) failing = { at, failures };
    failed(problem, waits ? 0 : Math.max(failures, await failuresOf(stack)));
    await pause(AFTER_FAILURE);
    // Whoever has the stack may give it back at any moment; for all else the run has left when to look again.
    if (waits || (await remembered(stack, at))) continue;
    // Unless it could not, as on a full disk, which would be looked at, and rung for, every few seconds.
    while (!ended.aborted && seconds() >= at && seconds() < nextLook) await pause(Math.min(TICK, nextLook - seconds()));
  }
}
