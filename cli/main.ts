// The `ephemery` command: one file for each of its commands, thin over operations/.

import { Command } from "commander";
import { toProblem } from "../config/problem";
import { registerDestroy } from "./destroy";
import { registerInit } from "./init";
import { registerJob } from "./job";
import { registerRehearse } from "./rehearse";
import { registerRepair } from "./repair";
import { registerReset } from "./reset";
import { registerSetup } from "./setup";
import { registerStatus } from "./status";
import { registerUp } from "./up";

/** The command with all that it can be asked. */
export function commandLine(): Command {
  const program = new Command("ephemery")
    .description("Ephemery nodes as code: bring one up, look at it, take it down, rehearse it.")
    .showHelpAfterError()
    .enablePositionalOptions();
  for (const register of [
    registerUp,
    registerStatus,
    registerDestroy,
    registerReset,
    registerRepair,
    registerInit,
    registerSetup,
    registerRehearse,
  ]) {
    register(program);
  }
  registerJob(program);
  return program;
}

/** Runs the command; sets the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    await commandLine().parseAsync([...args], { from: "user" });
  } catch (thrown) {
    process.stderr.write(`${toProblem(thrown).text}\n`);
    process.exitCode = 1;
  }
}
