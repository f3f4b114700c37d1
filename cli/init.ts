// `ephemery init`: a stack of one's own.

import type { Command } from "commander";
import { Problem } from "../config/problem";
import { makePassphrase } from "../operations/engine/passphrase";
import { openStack } from "./context";
import { setUp } from "./setup";

const NAME = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;

export function registerInit(program: Command): void {
  program
    .command("init")
    .argument("<stack>", "its name: lower-case letters, digits and dashes")
    .description("make a stack for a node on the public network, with a passphrase of its own")
    .addHelpText(
      "after",
      `
The passphrase opens the stack's secrets. It is generated into a file outside this folder that only
you can read, unless PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE is set. Keep a copy.

  bin/ephemery init mynode
  pulumi config set ephemery:validatorCount 10 --stack mynode     (or edit Pulumi.mynode.yaml)
  bin/ephemery up --stack mynode`,
    )
    .action(async (name: string) => {
      if (!NAME.test(name))
        throw new Problem(
          "config",
          `${JSON.stringify(name)} can't be a stack's name.`,
          "Use 1 to 32 lower-case letters, digits and dashes.",
        );
      await setUp({ yes: false, rehearsalOn: undefined });
      const { env } = process;
      const given = env.PULUMI_CONFIG_PASSPHRASE !== undefined || env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined;
      const file = given ? undefined : await makePassphrase(name);
      const stack = await openStack(name);
      if (await stack.exists())
        throw new Problem(
          "config",
          `There is a stack ${name} already.`,
          `Bring it up with \`bin/ephemery up --stack ${name}\`.`,
        );
      await stack.init();
      if (file !== undefined) process.stderr.write(`The passphrase is in ${file}. Keep a copy of it.\n`);
      process.stderr.write(
        `Stack ${name} is made. Its settings are in Pulumi.${name}.yaml; bring it up with \`bin/ephemery up --stack ${name}\`.\n`,
      );
    });
}
