// Work of the engine on a stack that a run before may have been cut off from: what that left behind is put in line, and
// the work done again.

import { Problem } from "../config/problem";
import { LockedProblem } from "./engine/failures";
import type { Stack } from "./engine/stack";
import { type Reconciled, reconcile } from "./reconcile";

export interface Finishing {
  /** Asked before a dead run's lock is cleared. */
  readonly mayTakeOver: (problem: LockedProblem) => Promise<boolean>;
  /** Told what was put in line so that the engine can go on. */
  readonly onReconciled: (done: Reconciled) => void;
}

/** Where nobody is there to be asked, or the stack is the project's own. */
export const BY_ITSELF: Finishing = { mayTakeOver: async () => true, onReconciled: () => undefined };

/** Whether what stopped the engine is left from a run that was cut off. */
async function isLeftover(error: unknown, mayTakeOver: Finishing["mayTakeOver"]): Promise<boolean> {
  if (error instanceof LockedProblem) return error.abandoned && (await mayTakeOver(error));
  return error instanceof Problem && error.code === "interrupted";
}

/** The caller holds the stack's run lock. */
export async function finishing<T>(
  stack: Stack,
  work: () => Promise<T>,
  { mayTakeOver, onReconciled }: Finishing,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(await isLeftover(error, mayTakeOver))) throw error;
    onReconciled(await reconcile(stack));
    return work();
  }
}
