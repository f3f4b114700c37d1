// Whether a run on this machine would reach the stack's Docker host: with the variables of its own, without those of the
// shell that installs it, and with nobody to ask.

import { Problem } from "../../config/problem";
import { run } from "../../toolchain/run";
import { dockerScript, type ScheduledRun } from "./entries";

/** Milliseconds. */
const PATIENCE = 60_000;

/** @throws Problem `schedule` that says what is missing. */
export async function assertReaches(scheduled: ScheduledRun, uri: string): Promise<void> {
  const { stack, env, envFile } = scheduled;
  const path = env.PATH === undefined ? [] : [`PATH=${env.PATH}`];
  const result = await run("env", ["-i", ...path, "sh", "-s"], {
    input: dockerScript(scheduled, uri),
    // Otherwise ssh would ask on the terminal, which the run does not have.
    apart: true,
    timeout: PATIENCE,
  });
  if (result.ok) return;
  const said = result.timedOut ? "it took too long" : result.stderr.trim().split("\n").at(-1);
  const overSsh = uri.startsWith("ssh://");
  const without = overSsh
    ? "It has neither the ssh agent of this shell nor anybody to ask for a passphrase"
    : "Of this shell's variables it has only those that say where things are";
  const mend = overSsh
    ? "Give ssh a key for that host that needs neither an agent nor a passphrase (IdentityFile in ~/.ssh/config)"
    : `Write what docker needs besides to ${envFile} (NAME=value lines, chmod 600)`;
  throw new Problem(
    "schedule",
    `A scheduled run of ${stack} would not reach ${uri}: ${said}\n${without}.`,
    `${mend}, then run \`bin/ephemery up --stack ${stack}\` again. Or set ephemery:resetSchedule to none and run \`bin/ephemery watch --stack ${stack}\`.`,
  );
}
