// An engine that dies as in a crash of the machine, and comes back. Only one that set-up started, with nobody else's
// containers on it, is a test's to kill.

import { setTimeout as sleep } from "node:timers/promises";
import { LABELS } from "../../components/names";
import { engineSteps, startedEngine } from "../../operations/docker-engine";
import { host } from "./machine";

/** @param stacks the test's own. */
export async function killEngine(stacks: readonly string[]): Promise<void> {
  const pid = await startedEngine();
  if (pid === undefined) throw new Error("no engine that a test may kill: run this where set-up started one");
  const running = await host.docker(["ps", "--format", `{{.Names}} {{.Label "${LABELS.stack}"}}`]);
  const others = running.split("\n").filter((line) => line !== "" && !stacks.includes(line.split(" ")[1] ?? ""));
  if (others.length > 0) throw new Error(`others are on the engine that the test would kill: ${others.join(", ")}`);
  process.kill(pid, "SIGKILL");
  while ((await host.try(["version"])).ok) await sleep(100);
}

/** As the machine's own supervisor would do it. */
export async function startEngine(): Promise<void> {
  for (const { done, run } of await engineSteps()) if (!done) await run(() => undefined);
}
