// What a rehearsal's beacon nodes said of each other, for a wait that was in vain: their containers go with the test,
// and with them why.

import { host } from "./machine";

const TELLS = /level=(warning|error|fatal)|peer|goodbye|score|prefix=initial-sync/i;
const CHATTER =
  /Topic Parameters|topic scoring|Synced new|gossip|Submitted|Config file|Failed to broadcast|Voting period|Can not trigger/i;
const LINES = 60;
const WIDTH = 300;

/** The last lines about peers and sync in the logs of the beacon nodes of some stacks. */
export async function evidence(stacks: readonly string[], on = host): Promise<string> {
  const parts: string[] = [];
  for (const stack of stacks) {
    const filters = [`--filter=label=ephemery.stack=${stack}`, "--filter=label=ephemery.role=beacon"];
    const found = await on.try(["ps", "--all", "--quiet", ...filters]);
    for (const id of found.stdout.split(/\s+/).filter((each) => each !== "")) {
      const { stdout, stderr } = await on.try(["logs", "--tail", "20000", id]);
      const told = `${stdout}\n${stderr}`.split("\n").filter((line) => TELLS.test(line) && !CHATTER.test(line));
      const last = told.slice(-LINES).map((line) => line.slice(0, WIDTH));
      parts.push([`--- beacon node of ${stack}, ${id}:`, ...last].join("\n"));
    }
  }
  return parts.join("\n");
}
