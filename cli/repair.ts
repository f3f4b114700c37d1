// `ephemery repair` and `ephemery rotate-jwt`.

import type { Command } from "commander";
import { repair } from "../operations/repair";
import { loadStackFile } from "../operations/stack-file";
import { rotateJwt } from "../operations/up";
import { stackCommand, tellCrashes, tellReconciled } from "./options";
import { showStatus } from "./status";
import { openForWork } from "./up";

export function registerRepair(program: Command): void {
  stackCommand(program, "repair", "put state and host in line after a run that was cut off, and bring the node up")
    .option("--json", "print the status as one JSON object at the end, and nothing else on stdout", false)
    .addHelpText(
      "after",
      `
It clears the lock of a run that is over, removes containers that run began and did not record and
those that somebody made in the clients' place, looks at what is really on the host, makes clients
anew that are not healthy, puts back what starts the resets if somebody deleted or stopped it, and brings
the node to what the configuration says. A beacon node that never became healthy gets a new decision of
where to start from. It touches nothing but the stack's own objects, and nothing while another run
is alive.

  bin/ephemery repair --stack mynode`,
    )
    .action(async ({ stack: name, json }: { stack: string; json: boolean }) => {
      const settings = await loadStackFile(name);
      await repair(await openForWork(name), settings, {
        show: !json,
        onReconciled: tellReconciled,
        onCrashes: tellCrashes,
      });
      await showStatus(name, json);
    });
  stackCommand(program, "rotate-jwt", "a new JWT secret; execution client and beacon node start anew with it")
    .addHelpText("after", "\n  bin/ephemery rotate-jwt --stack mynode")
    .action(async ({ stack: name }: { stack: string }) => {
      const settings = await loadStackFile(name);
      await rotateJwt(await openForWork(name), settings, { show: true });
    });
}
