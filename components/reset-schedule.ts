// What starts the resets of a stack, on the machine that runs Pulumi: made by `up`, taken away by `destroy`.

import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../config/settings";
import { runnerJob } from "./host-job";
import type { Owner } from "./names";

export interface ResetScheduleArgs {
  readonly owner: Owner;
  readonly schedule: Settings["resets"]["schedule"];
  /** What has to be there first: without a node there is nothing to reset. */
  readonly after: pulumi.Input<pulumi.Resource>;
}

/** Whether a stack has one: a rehearsal comes and goes, and has none unless it is asked for. */
export const isScheduled = ({ network, resets: { schedule } }: Pick<Settings, "network" | "resets">): boolean =>
  schedule !== "none" && !(schedule === "auto" && network === "rehearsal");

export class ResetSchedule extends pulumi.ComponentResource {
  /** `systemd`, `cron`, or `none` where neither runs. */
  readonly runner: pulumi.Output<string>;

  constructor(name: string, { owner, schedule, after }: ResetScheduleArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("ephemery:index:ResetSchedule", name, {}, opts);
    // Which one it is, is found out by the job: a preview on another machine wants nothing else.
    const job = runnerJob(
      `${name}-reset-timer`,
      { kind: "schedule", undo: "unschedule", input: { owner, kind: schedule }, again: true },
      { parent: this, dependsOn: after },
    );
    this.runner = job.stdout;
    this.registerOutputs({ runner: this.runner });
  }
}
