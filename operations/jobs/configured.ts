// Secrets of a stack's configuration, for jobs: read by Pulumi itself, and kept nowhere else.

import { Problem } from "../../config/problem";
import { run } from "../../toolchain/run";
import { askUntilWhole } from "../engine/state-file";

/**
 * A secret that is set.
 *
 * @param what for the message: "The mnemonic".
 * @throws Problem `keys` when it can't be read.
 */
export async function configured(stack: string, key: "mnemonic" | "executionJwtSecret", what: string): Promise<string> {
  const args = ["config", "get", `ephemery:${key}`, "--stack", stack, "--non-interactive"];
  // The update that this is a job of writes its state meanwhile.
  const result = await askUntilWhole(() => run("pulumi", args));
  const value = result.ok ? result.stdout.trim() : "";
  if (value !== "") return value;
  throw new Problem(
    "keys",
    `${what} could not be read from the stack's configuration${result.stderr === "" ? "." : `:\n${result.stderr}`}`,
    "Check the stack's passphrase (PULUMI_CONFIG_PASSPHRASE or its file).",
  );
}
