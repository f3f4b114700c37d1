// Where the state of a stack lies, where that is on this machine.

import { join } from "node:path";
import { STATE_FOLDER } from "../../toolchain/paths";

/** Where the file backend of Pulumi.yaml lies. Pulumi does not make the folder itself. */
export const BACKEND_FOLDER = join(STATE_FOLDER, "state");

/** The state's file in a backend of files: the one Pulumi.yaml names, or the environment's; undefined elsewhere. */
export function stateFile(stack: string): string | undefined {
  const url = process.env.PULUMI_BACKEND_URL;
  const folder = url === undefined ? BACKEND_FOLDER : /^file:\/\/(\/[^?]*)/.exec(url)?.[1];
  return folder && join(folder, ".pulumi", "stacks", "ephemery", `${stack}.json`);
}
