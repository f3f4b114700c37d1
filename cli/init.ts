// `ephemery init`: a stack of one's own.

import type { Command } from "commander";
import { Problem } from "../config/problem";
import { makePassphrase } from "../operations/engine/passphrase";
import type { Stack } from "../operations/engine/stack";
import { openStack } from "./context";
import { setUp } from "./setup";

const NAME = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;

/**
 * Makes the stack, with a passphrase of its own where the environment has none. Only once it is known not to be there:
 * a stack that is has another one, and every later command would take the new file for it.
 *
 * @returns the file of a passphrase that was made for it.
 * @throws Problem `config` where there is one of its name.
 */
export async function makeStack(stack: Stack): Promise<string | undefined> {
  if (await stack.exists())
    throw new Problem(
      "config",
      `There is a stack ${stack.name} already.`,
      `Bring it up with \`bin/ephemery up --stack ${stack.name}\`.`,
    );
  const { env } = process;
  const given = env.PULUMI_CONFIG_PASSPHRASE !== undefined || env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined;
  const file = given ? undefined : await makePassphrase(stack.name);
  await stack.init();
  return file;
}

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
  bin/ephemery config set ephemery:validatorCount 10 --stack mynode     (or edit Pulumi.mynode.yaml)
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
      const file = await makeStack(await openStack(name));
      if (file !== undefined) process.stderr.write(`The passphrase is in ${file}. Keep a copy of it.\n`);
      process.stderr.write(
        `Stack ${name} is made. Its settings are in Pulumi.${name}.yaml; bring it up with \`bin/ephemery up --stack ${name}\`.\n`,
      );
    });
}
