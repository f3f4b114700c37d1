// Whether a run can have something to do, told without the engine and without the state.

import { setTimeout as sleep } from "node:timers/promises";
import { TICK } from "./held.cjs";
import { type Memo, remembered } from "./memo";

const seconds = (): number => Math.floor(Date.now() / 1000);

/**
 * Waits for the next time that matters, if that comes within a tick: work is done to the second by a timer that is not.
 *
 * @returns the look that says so where a run has nothing to do yet; undefined: it can have.
 */
export async function notDue(stack: string, ended?: AbortSignal): Promise<Memo | undefined> {
  for (;;) {
    const memo = await remembered(stack, seconds());
    if (!memo || memo.nextLook - seconds() > TICK || ended?.aborted) return memo;
    await sleep(Math.max(100, memo.nextLook * 1000 - Date.now()), undefined, ended ? { signal: ended } : {}).catch(
      () => undefined,
    );
  }
}
