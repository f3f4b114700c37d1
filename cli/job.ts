// `ephemery job`: what Pulumi runs on this machine. Not for people.

import type { Command } from "commander";
import type { RunnerJobKind } from "../components/host-job";
import { decide } from "../operations/jobs/decide";
import { deliverGenesis } from "../operations/jobs/deliver-genesis";
import { deliverKeys } from "../operations/jobs/deliver-keys";
import { protect } from "../operations/jobs/protect";
import { prove } from "../operations/jobs/prove";
import { stackId } from "../operations/jobs/stack-id";

export const jobs: Readonly<Record<RunnerJobKind, () => Promise<string>>> = {
  "stack-id": stackId,
  "deliver-genesis": deliverGenesis,
  "deliver-keys": deliverKeys,
  decide,
  protect,
  prove,
};

export function registerJob(program: Command): void {
  program
    .command("job", { hidden: true })
    .argument("<kind>")
    .action(async (kind: string) => {
      const [, job] = Object.entries(jobs).find(([name]) => name === kind) ?? [];
      if (!job) throw new Error(`no job ${kind}`);
      process.stdout.write(await job());
    });
}
