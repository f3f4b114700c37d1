// What starts a stack's resets: one job on the machine that runs Pulumi, undone by destroy.

import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { isScheduled, ResetSchedule } from "../../components/reset-schedule";
import { scheduleInput } from "../../operations/jobs/input";
import { ownerOf } from "../support/mocked-node";
import { type Run, tree, underMocks } from "../support/mocks";
import { REHEARSAL, settingsOf } from "../support/node";

const OWNER = ownerOf();

const run = (): Promise<Run<ResetSchedule>> =>
  underMocks(
    async () =>
      new ResetSchedule("local", { owner: OWNER, schedule: "auto", after: new pulumi.ComponentResource("x:y:Z", "z") }),
    () => ({ stdout: "systemd" }),
  );

test("it is one job, which is told what it reads and is undone with the same input", async () => {
  const { resources } = await run();
  expect(tree(resources)).toEqual([
    "pulumi:pulumi:Stack ephemery-test",
    "  ephemery:index:ResetSchedule local",
    "    command:local:Command local-reset-timer",
    "  x:y:Z z",
  ]);
  const inputs = resources.find(({ name }) => name === "local-reset-timer")?.inputs ?? {};
  const { EPHEMERY_JOB } = z.object({ EPHEMERY_JOB: z.string() }).parse(inputs.environment);
  expect(scheduleInput.strict().parse(JSON.parse(EPHEMERY_JOB))).toEqual({ owner: OWNER, kind: "auto" });
  expect(inputs).toMatchObject({
    create: "node bin/ephemery job schedule",
    delete: "node bin/ephemery job unschedule",
  });
});

test("promise 1: nothing of the machine is in it: a preview elsewhere wants nothing else", async () => {
  const { resources } = await run();
  const raw = resources.map((each) => each.raw).join("\n");
  for (const here of [process.execPath, process.cwd(), process.env.PATH ?? ""]) expect(raw).not.toContain(here);
});

test.each([
  ["the public network", {}, true],
  ["the public network, told so", { resetSchedule: "cron" }, true],
  ["the public network without", { resetSchedule: "none" }, false],
  ["a rehearsal", REHEARSAL, false],
  ["a rehearsal that asks for it", { ...REHEARSAL, resetSchedule: "cron" }, true],
])("whether %s has one", (_, config, scheduled) => {
  expect(isScheduled(settingsOf(config))).toBe(scheduled);
});
