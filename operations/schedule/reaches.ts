// Whether a scheduled run would reach the stack's Docker host and its state: with the variables of its own, without those
// of the shell that installs it, and with nobody to ask.

import { Problem } from "../../config/problem";
import { run } from "../../toolchain/run";
import type { Machine } from "../host/machine";
import { dockerScript, type ScheduledRun, stateScript } from "./entries";

/** Milliseconds: it is asked under the stack's lock, which a switch may be waiting for. */
const PATIENCE = 60_000;

/** This one, where otherwise ssh would ask on the terminal, which the run does not have. */
const apart: Pick<Machine, "run"> = {
  run: (program, args, options) => run(program, args, { ...options, apart: true }),
};

/** What is said last of a question that is asked in a run's place and fails; undefined: it does not. */
async function refusal(
  question: string,
  { env }: ScheduledRun,
  machine: Pick<Machine, "run"> = apart,
  timeout = PATIENCE,
): Promise<string | undefined> {
  const path = env.PATH === undefined ? [] : [`PATH=${env.PATH}`];
  const result = await machine.run("env", ["-i", ...path, "sh", "-s"], { input: question, timeout });
  if (result.ok) return undefined;
  return result.timedOut ? "it took too long" : (result.stderr.trim().split("\n").at(-1) ?? "");
}

const WITHOUT = "Of this shell's variables it has only those that say where things are";

const remedy = (mend: string, stack: string): string =>
  `${mend}, then run \`bin/ephemery up --stack ${stack}\` again. Or set ephemery:resetSchedule to none and run \`bin/ephemery watch --stack ${stack}\`.`;

/** @throws Problem `schedule` that says what is missing. */
export async function assertReaches(scheduled: ScheduledRun, uri: string): Promise<void> {
  const { stack, envFile } = scheduled;
  const said = await refusal(dockerScript(scheduled, uri), scheduled);
  if (said === undefined) return;
  const overSsh = uri.startsWith("ssh://");
  const without = overSsh ? "It has neither the ssh agent of this shell nor anybody to ask for a passphrase" : WITHOUT;
  const mend = overSsh
    ? "Give ssh a key for that host that needs neither an agent nor a passphrase (IdentityFile in ~/.ssh/config)"
    : `Write what docker needs besides to ${envFile} (NAME=value lines, chmod 600)`;
  throw new Problem(
    "schedule",
    `A scheduled run of ${stack} would not reach ${uri}: ${said}\n${without}.`,
    remedy(mend, stack),
  );
}

/** What keeps a run on another machine from the stack's state; undefined: nothing. */
export const stateRefusal = (
  scheduled: ScheduledRun,
  machine: Machine,
  patience?: number,
): Promise<string | undefined> => refusal(stateScript(scheduled), scheduled, machine, patience);

/** @throws Problem `schedule` that says what keeps a run on this machine from the stack's state. */
export async function assertReachesState(scheduled: ScheduledRun): Promise<void> {
  const { stack, envFile } = scheduled;
  const said = await refusal(stateScript(scheduled), scheduled);
  if (said === undefined) return;
  throw new Problem(
    "schedule",
    `A scheduled run of ${stack} would not reach the stack's state: ${said}\n${WITHOUT}.`,
    remedy(`Write what the backend needs besides, such as keys, to ${envFile} (NAME=value lines, chmod 600)`, stack),
  );
}
