// `ephemery destroy`: take the node down, and keep what is worth keeping.

import type { Command } from "commander";
import { Problem } from "../config/problem";
import { destroyStack, type Kept } from "../operations/destroy";
import { existing } from "../operations/engine/stack";
import { finishing } from "../operations/finishing";
import { withRunLock } from "../operations/run-lock";
import { loadStackFile } from "../operations/stack-file";
import { ask, mayTakeOver, stackCommand, tellReconciled } from "./options";
import { openReady } from "./setup";

interface DestroyOptions {
  readonly stack: string;
  readonly yes: boolean;
  readonly purgeKeys: boolean;
  readonly json: boolean;
}

/** What is lost is lost: on a terminal the stack's name has to be typed, elsewhere both flags have to be given. */
async function confirmPurge(name: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY)
    throw new Problem(
      "keys",
      "Keys are removed only when somebody confirms it.",
      "Add --yes to --purge-keys if you mean it.",
    );
  const { input } = await import("@inquirer/prompts");
  const answer = await input({
    message: `This removes the validator keys, their password and slashing protection, and the node keys of ${name} for good.\nType the stack's name to go on:`,
  });
  if (answer !== name) throw new Problem("keys", "Nothing was removed.", "");
}

function tellKept(name: string, { volumes, id }: Kept): void {
  if (volumes.length === 0) return;
  process.stderr.write(`Kept on the host: ${volumes.join(", ")}.\n`);
  if (id === undefined) return;
  process.stderr.write(
    `They were made when this clone was elsewhere or this machine had another name. For the next \`up\` to find them: \`bin/ephemery config set ephemery:id ${id} --stack ${name}\`.\n`,
  );
}

export function registerDestroy(program: Command): void {
  stackCommand(program, "destroy", "take the node down; validator and node keys stay on the host")
    .option("-y, --yes", "ask nothing", false)
    .option("--purge-keys", "remove validator keys, their password, slashing protection and node keys too", false)
    .option("--json", "print what stayed as one JSON object", false)
    .addHelpText(
      "after",
      `
After it, no container, network or chain data of the stack is left on the host. Validator keys
and node keys stay in two volumes: after the next \`up\` the same keys load, with the slashing
protection they had, and peers know the node by the same ENR.

  bin/ephemery destroy --stack mynode
  bin/ephemery destroy --stack mynode --purge-keys     the keys too; asks for the stack's name`,
    )
    .action(async ({ stack: name, yes, purgeKeys, json }: DestroyOptions) => {
      const stack = await existing(await openReady(name));
      if (purgeKeys) await confirmPurge(name, yes);
      else if (!(await ask(`Take the node of stack ${name} down?`, yes, true))) return;
      const settings = await loadStackFile(name);
      const destroy = () => destroyStack(stack, settings, { purgeKeys, show: !json });
      const kept = await withRunLock(name, "destroy", () =>
        finishing(stack, destroy, { mayTakeOver: mayTakeOver(yes), onReconciled: tellReconciled }),
      );
      if (json) console.log(JSON.stringify({ stack: name, kept: kept.volumes, id: kept.id ?? null }));
      else tellKept(name, kept);
    });
}
