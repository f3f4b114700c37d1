// A run that is killed with all it started, as a crash of the machine would do it, at a moment of the test's choice.

import { setTimeout as sleep } from "node:timers/promises";
import { begin } from "./ephemery";
import { descendants, endAll } from "./processes";

/** Milliseconds between two looks: what a switch does between two of its steps takes longer. */
const PAUSE = 50;

/**
 * @param come whether the moment has come.
 * @throws when the run ends, or a minute passes, before that.
 */
export async function killedWhen(args: readonly string[], come: () => Promise<boolean>): Promise<void> {
  const { child, answer } = begin(args);
  const deadline = Date.now() + 60_000;
  while (!(await come())) {
    if (child.exitCode !== null) throw new Error(`the run ended before: ${(await answer).stderr}`);
    if (Date.now() > deadline) throw new Error("the moment did not come");
    await sleep(PAUSE);
  }
  const pid = child.pid ?? 0;
  endAll([pid, ...descendants(pid)]);
  await answer;
}
