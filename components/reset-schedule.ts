// What starts the resets of a stack, on the machine that runs Pulumi or on the node's host: made by `up`, taken away by
// `destroy`.

import * as pulumi from "@pulumi/pulumi";
import type { ScheduleHost, Settings } from "../config/settings";
import { runnerJob } from "./host-job";
import type { Owner } from "./names";

/** Which machine runs the resets. */
export type Where = "runner" | "host";

export interface ResetScheduleArgs {
  /** Whose resets: the schedule's name on its machine is made from it. */
  readonly owner: Owner;
  /** As `ephemery:resetSchedule` says: `auto` is whichever runs on the machine. */
  readonly schedule: Settings["resets"]["schedule"];
  /** Undefined: the machine that runs Pulumi does it. */
  readonly host?: ScheduleHost | undefined;
  /** What has to be there first: without a node there is nothing to reset. */
  readonly after: pulumi.Input<pulumi.Resource>;
}

/** A systemd timer or a line of cron's that runs `bin/ephemery reset` each minute. */
export class ResetSchedule extends pulumi.ComponentResource {
  /** `systemd`, `cron`, or `none` where neither runs. */
  readonly runner: pulumi.Output<string>;
  /** The machine it is on. */
  readonly on: pulumi.Output<Where>;

  constructor(
    name: string,
    { owner, schedule, host, after }: ResetScheduleArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("ephemery:index:ResetSchedule", name, {}, opts);
    const on: Where = host ? "host" : "runner";
    // Which one it is, is found out by the job: a preview on another machine wants nothing else.
    const job = runnerJob(
      `${name}-reset-timer`,
      {
        kind: "schedule",
        undo: "unschedule",
        input: { owner, kind: schedule, ...(host && { host }) },
        again: true,
        // What moves is taken away where it was: run again, the job would know of its new place alone.
        ...(host && { triggers: [on] }),
      },
      { parent: this, dependsOn: after },
    );
    this.runner = job.stdout;
    this.on = job.stdout.apply(() => on);
    this.registerOutputs({ runner: this.runner, on: this.on });
  }
}
