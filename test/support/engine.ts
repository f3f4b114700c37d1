// An engine that dies as in a crash of the machine, and comes back. Only one that set-up started is a test's to kill.

import { setTimeout as sleep } from "node:timers/promises";
import { engineSteps, startedEngine } from "../../operations/docker-engine";
import { host } from "./machine";

/** Whether there is one to kill. */
export const mayKillEngine = async (): Promise<boolean> => (await startedEngine()) !== undefined;

export async function killEngine(): Promise<void> {
  const pid = await startedEngine();
  if (pid === undefined) throw new Error("the engine of this machine is not the tests' to kill");
  process.kill(pid, "SIGKILL");
  while ((await host.try(["version"])).ok) await sleep(100);
}

/** As the machine's own supervisor would do it. */
export async function startEngine(): Promise<void> {
  for (const { done, run } of await engineSteps()) if (!done) await run(() => undefined);
}
