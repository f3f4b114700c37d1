// `ephemery up` and `ephemery preview`.

import type { Command } from "commander";
import { existing } from "../operations/engine/stack";
import { loadStackFile } from "../operations/stack-file";
import { rehearsalOf } from "../rehearsal/of-stack";
import { DEFAULT_STACK, openStack } from "./context";
import { startRehearsal } from "./rehearse";
import { setUp } from "./setup";

interface UpOptions {
  readonly stack: string;
  readonly yes: boolean;
  readonly refresh: boolean;
}

export function registerUp(program: Command): void {
  program
    .command("up")
    .description("bring the stack's node up, or change it to what the configuration says")
    .option("-s, --stack <name>", "the stack", DEFAULT_STACK)
    .option("-y, --yes", "ask nothing", false)
    .option("--refresh", "look at the host first, so that what was changed there by hand is put right", false)
    .action(async ({ stack: name, yes, refresh }: UpOptions) => {
      const settings = await loadStackFile(name);
      await setUp({ yes, rehearsal: settings.network === "rehearsal" });
      const rehearsal = rehearsalOf(settings);
      if (rehearsal) await startRehearsal(rehearsal);
      const stack = await openStack(name);
      if (name === DEFAULT_STACK) await stack.init();
      await existing(stack);
      await stack.up({ show: true, args: refresh ? ["--refresh"] : [] });
    });
  program
    .command("preview")
    .description("show what `up` would change")
    .option("-s, --stack <name>", "the stack", DEFAULT_STACK)
    .option("--diff", "show each change in full", false)
    .action(async ({ stack: name, diff }: { stack: string; diff: boolean }) => {
      await loadStackFile(name);
      const stack = await openStack(name);
      if (name === DEFAULT_STACK) await stack.init();
      await existing(stack);
      await stack.preview({ show: true, args: diff ? ["--diff"] : [] });
    });
}
