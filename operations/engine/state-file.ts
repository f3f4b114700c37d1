// Where the state of a stack lies, where that is on this machine.

import { join } from "node:path";
import { STATE_FOLDER } from "../../toolchain/paths";

/** Where the file backend of Pulumi.yaml lies. Pulumi does not make the folder itself. */
export const BACKEND_FOLDER = join(STATE_FOLDER, "state");

/** The file of the backend that Pulumi.yaml names; undefined where the user's environment names another one. */
export function stateFile(stack: string, { env } = process): string | undefined {
  if (env.PULUMI_BACKEND_URL !== undefined) return undefined;
  return join(BACKEND_FOLDER, ".pulumi", "stacks", "ephemery", `${stack}.json`);
}
