// `ephemery up` and `ephemery preview`.

import type { Command } from "commander";
import { isOfThisMachine, LOCAL_URI } from "../operations/docker-engine";
import { existing, type Stack } from "../operations/engine/stack";
import { preflight } from "../operations/preflight";
import { loadStackFile } from "../operations/stack-file";
import { untilAtWork } from "../operations/status/at-work";
import { statusOf } from "../operations/status/of-stack";
import { bringUp } from "../operations/up";
import { rehearsalOf } from "../rehearsal/of-stack";
import { DEFAULT_STACK, mayTakeOver, stackCommand, tellCrashes, tellReconciled } from "./options";
import { startRehearsal } from "./rehearse";
import { openReady, setUp } from "./setup";
import { showReport, showStatus } from "./status";

interface UpOptions {
  readonly stack: string;
  readonly yes: boolean;
  readonly refresh: boolean;
  readonly wait: boolean;
  readonly json: boolean;
}

/** The dev stack is part of the project: it is made when it is first used. */
export async function openForWork(name: string): Promise<Stack> {
  const stack = await openReady(name);
  if (name === DEFAULT_STACK) await stack.init();
  return existing(stack);
}

/** Longest wait for a node to work: a beacon node may have a whole chain to follow. */
const PATIENCE = 15 * 60_000;
const PAUSE = 2_000;

/** Waits until the node is at work, and shows how it is then; exits with 1 when it did not get that far. */
async function waitAndShow(stack: Stack, json: boolean): Promise<void> {
  process.stderr.write("Waiting for the node to be at work …\n");
  const { report, left } = await untilAtWork({
    look: () => statusOf(stack),
    patience: PATIENCE,
    pause: PAUSE,
    tell: (stillToDo) => process.stderr.write(`  ${stillToDo}\n`),
  });
  showReport(report, json);
  if (left === undefined) return;
  if (report.healthy) process.stderr.write(`It was not at work after ${PATIENCE / 60_000} minutes: ${left}.\n`);
  process.exitCode = 1;
}

export function registerUp(program: Command): void {
  stackCommand(program, "up", "bring the stack's node up, or change it to what the configuration says")
    .option("-y, --yes", "ask nothing", false)
    .option("--refresh", "look at the host first, so that what was changed there by hand is put right", false)
    .option(
      "--wait",
      "until the node is healthy, follows the chain, and its validators attest; gives up after 15 minutes",
      false,
    )
    .option("--json", "print the status as one JSON object at the end, and nothing else on stdout", false)
    .addHelpText(
      "after",
      `
It does what \`pulumi up\` does, and before that what this machine still needs (\`setup\`); for a
stack on a rehearsal it starts that too. The dev stack needs nothing from outside this machine.

  bin/ephemery up --wait               the dev stack: a node on a rehearsal, until it attests
  bin/ephemery up --stack mynode       a stack of your own (bin/ephemery init mynode makes it)`,
    )
    .action(async ({ stack: name, yes, refresh, wait, json }: UpOptions) => {
      const settings = await loadStackFile(name);
      const { uri } = settings.host;
      const rehearsalOn = settings.network === "rehearsal" && isOfThisMachine(uri) ? uri : undefined;
      // Set-up puts images on it, which on its own engine are there already.
      if (rehearsalOn !== undefined && rehearsalOn !== LOCAL_URI) await preflight(settings);
      await setUp({ yes, rehearsalOn });
      const rehearsal = rehearsalOf(settings);
      if (rehearsal) await startRehearsal(rehearsal);
      const stack = await openForWork(name);
      await bringUp(stack, settings, {
        show: !json,
        args: refresh ? ["--refresh"] : [],
        mayTakeOver: mayTakeOver(yes),
        onReconciled: tellReconciled,
        onCrashes: tellCrashes,
      });
      if (wait) return waitAndShow(stack, json);
      await showStatus(name, json);
      // A node that was just made is still starting; whether that counts is for --wait to say.
      process.exitCode = 0;
    });
  stackCommand(program, "preview", "show what `up` would change")
    .option("--diff", "each change in full", false)
    .option("--json", "the engine's own JSON", false)
    .addHelpText("after", "\n  bin/ephemery preview --stack mynode --diff")
    .action(async ({ stack: name, diff, json }: { stack: string; diff: boolean; json: boolean }) => {
      await loadStackFile(name);
      const stack = await openForWork(name);
      await stack.preview({ show: true, args: [...(diff ? ["--diff"] : []), ...(json ? ["--json"] : [])] });
    });
}
