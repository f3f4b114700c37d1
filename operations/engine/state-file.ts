// Where the state of a stack lies, where that is on this machine.

import { join } from "node:path";
import { STATE_FOLDER } from "../../toolchain/paths";

/** Where the file backend of Pulumi.yaml lies. Pulumi does not make the folder itself. */
export const BACKEND_FOLDER = join(STATE_FOLDER, "state");

/** The folder of a backend of files: the one Pulumi.yaml names, or the environment's; undefined where it is elsewhere. */
export function backendFolder(): string | undefined {
  const url = process.env.PULUMI_BACKEND_URL;
  return url === undefined ? BACKEND_FOLDER : /^file:\/\/(\/[^?]*)/.exec(url)?.[1];
}

/** The file of a stack's state in it. */
export function stateFile(stack: string): string | undefined {
  const folder = backendFolder();
  return folder && join(folder, ".pulumi", "stacks", "ephemery", `${stack}.json`);
}
