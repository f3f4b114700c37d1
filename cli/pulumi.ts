// `ephemery config` and `ephemery pulumi`: the engine's own commands for a stack, which need no Pulumi on the PATH that way.

import type { Command } from "commander";
import { stackCommand } from "./options";
import { openForWork } from "./up";

/** Runs the engine on this process's streams, and ends as it does. */
async function passOn(name: string, words: readonly string[]): Promise<void> {
  const stack = await openForWork(name);
  process.exitCode = (await stack.attended([...words, "--stack", name])) ?? 1;
}

export function registerPulumi(program: Command): void {
  stackCommand(program, "config", "the stack's settings: lists them, or sets one")
    .argument("[words...]", "what `pulumi config` takes; without any, every setting is listed")
    .option("--secret", "with set: store the value encrypted", false)
    .allowUnknownOption()
    .addHelpText(
      "after",
      `
It is \`pulumi config\` for the stack, with the Pulumi that set-up made ready and the stack's passphrase.
A value that is not given is asked for, or read from stdin: so a secret gets into no shell's history.
README.md lists every key; they can be written into Pulumi.<stack>.yaml as well, but for secrets.

  bin/ephemery config --stack mynode
  bin/ephemery config set ephemery:validatorCount 10 --stack mynode
  bin/ephemery config set --secret ephemery:mnemonic --stack mynode     asks for the words`,
    )
    .action((words: readonly string[], { stack, secret }: { readonly stack: string; readonly secret: boolean }) =>
      passOn(stack, ["config", ...words, ...(secret ? ["--secret"] : [])]),
    );
  stackCommand(program, "pulumi", "any other command of Pulumi's that is for a stack")
    .argument("<words...>", "what `pulumi` takes")
    .allowUnknownOption()
    .addHelpText(
      "after",
      `
For what no command here does. It runs the Pulumi that set-up made ready, in this folder, with the stack's
passphrase and \`--stack\`; and nothing of what \`up\`, \`repair\` and \`reset\` see to around it.

  bin/ephemery pulumi cancel --stack mynode              clears the lock of a machine that is dead
  bin/ephemery pulumi stack output record --stack mynode
  bin/ephemery pulumi stack export --stack mynode > state.json`,
    )
    .action((words: readonly string[], { stack }: { readonly stack: string }) => passOn(stack, words));
}
