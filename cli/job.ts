// `ephemery job`: what Pulumi runs on this machine. Not for people.

import { constants, setPriority } from "node:os";
import type { Command } from "commander";
import type { RunnerJobKind } from "../components/host-job";

/** Each is loaded by itself: a start on an empty host waits for several of them. */
export const jobs: Readonly<Record<RunnerJobKind, () => Promise<string>>> = {
  "deliver-genesis": () => {
    const job: typeof import("../operations/jobs/deliver-genesis") = require("../operations/jobs/deliver-genesis");
    return job.deliverGenesis();
  },
  "deliver-keys": () => {
    const job: typeof import("../operations/jobs/deliver-keys") = require("../operations/jobs/deliver-keys");
    return job.deliverKeys();
  },
  "deliver-jwt": () => {
    const job: typeof import("../operations/jobs/deliver-jwt") = require("../operations/jobs/deliver-jwt");
    return job.deliverJwt();
  },
  "await-beacon": () => {
    const job: typeof import("../operations/jobs/await-beacon") = require("../operations/jobs/await-beacon");
    return job.awaitBeacon();
  },
  decide: () => {
    const job: typeof import("../operations/jobs/decide") = require("../operations/jobs/decide");
    return job.decide();
  },
  protect: () => {
    const job: typeof import("../operations/jobs/protect") = require("../operations/jobs/protect");
    return job.protect();
  },
  prove: () => {
    const job: typeof import("../operations/jobs/prove") = require("../operations/jobs/prove");
    return job.prove();
  },
  schedule: () => {
    const jobs: typeof import("../operations/jobs/schedule") = require("../operations/jobs/schedule");
    return jobs.schedule();
  },
  unschedule: () => {
    const jobs: typeof import("../operations/jobs/schedule") = require("../operations/jobs/schedule");
    return jobs.unschedule();
  },
};

/** What only the client that starts last waits for: those before it have the processors first. */
const BEHIND: ReadonlySet<string> = new Set<RunnerJobKind>(["deliver-keys", "protect"]);

export function registerJob(program: Command): void {
  program
    .command("job", { hidden: true })
    .argument("<kind>")
    .action(async (kind: string) => {
      const [, job] = Object.entries(jobs).find(([name]) => name === kind) ?? [];
      if (!job) throw new Error(`no job ${kind}`);
      if (BEHIND.has(kind)) setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
      process.stdout.write(await job());
    });
}
