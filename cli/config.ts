// `ephemery config`: the stack's settings, by the engine's own `pulumi config`, which needs no Pulumi on the PATH that way.

import type { Command } from "commander";
import { stackCommand } from "./options";
import { openForWork } from "./up";

interface ConfigOptions {
  readonly stack: string;
  readonly secret: boolean;
}

export function registerConfig(program: Command): void {
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
    .action(async (words: readonly string[], { stack: name, secret }: ConfigOptions) => {
      const stack = await openForWork(name);
      const code = await stack.attended(["config", ...words, ...(secret ? ["--secret"] : []), "--stack", name]);
      process.exitCode = code ?? 1;
    });
}
