// A run that is killed with all it started, as a crash of the machine would do it, at a moment of the test's choice.

import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, begin } from "./ephemery";
import { descendants, endAll } from "./processes";

/** Milliseconds between two looks: what a switch does between two of its steps takes longer. */
const PAUSE = 50;

/** Seconds in which the moment has to come, on a busy machine too. */
const PATIENCE = 240;

/**
 * @param come whether the moment has come.
 * @returns what it had said by then.
 * @throws when the run ends, or that time has passed, before that.
 */
export async function killedWhen(args: readonly string[], come: () => Promise<boolean>): Promise<Answer> {
  const { child, answer } = begin(args);
  const deadline = Date.now() + PATIENCE * 1000;
  try {
    while (!(await come())) {
      if (child.exitCode !== null) {
        const { code, stdout, stderr } = await answer;
        throw new Error(`the run ended before, with ${code}:\n${stdout}\n${stderr}`);
      }
      if (Date.now() > deadline) throw new Error("the moment did not come");
      await sleep(PAUSE);
    }
  } finally {
    const pid = child.pid ?? 0;
    endAll([pid, ...descendants(pid)]);
    await answer;
  }
  return answer;
}
