// What starts a stack's resets: one job on the machine that runs Pulumi, undone by destroy.

import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { ResetSchedule } from "../../components/reset-schedule";
import { isScheduled, type ScheduleHost, scheduleHost } from "../../config/settings";
import { scheduleInput } from "../../operations/jobs/input";
import { ownerOf } from "../support/mocked-node";
import { type Run, resolved, tree, underMocks } from "../support/mocks";
import { REHEARSAL, settingsOf } from "../support/node";

const OWNER = ownerOf();

const HOST = { uri: "ssh://ops@node.example", folder: "/srv/ephemery" };

const run = (host?: ScheduleHost): Promise<Run<ResetSchedule>> =>
  underMocks(
    async () => {
      const after = new pulumi.ComponentResource("x:y:Z", "z");
      return new ResetSchedule("local", { owner: OWNER, schedule: "auto", host, after });
    },
    () => ({ stdout: "systemd" }),
  );

const jobOf = ({ resources }: Run<ResetSchedule>): Readonly<Record<string, unknown>> =>
  resources.find(({ name }) => name === "local-reset-timer")?.inputs ?? {};

const told = (inputs: Readonly<Record<string, unknown>>): unknown => {
  const { EPHEMERY_JOB } = z.object({ EPHEMERY_JOB: z.string() }).parse(inputs.environment);
  return scheduleInput.strict().parse(JSON.parse(EPHEMERY_JOB));
};

test("it is one job, which is told what it reads and is undone with the same input", async () => {
  const made = await run();
  expect(tree(made.resources)).toEqual([
    "pulumi:pulumi:Stack ephemery-test",
    "  ephemery:index:ResetSchedule local",
    "    command:local:Command local-reset-timer",
    "  x:y:Z z",
  ]);
  expect(told(jobOf(made))).toEqual({ owner: OWNER, kind: "auto" });
  expect(jobOf(made)).toEqual({
    create: "node bin/ephemery job schedule",
    delete: "node bin/ephemery job unschedule",
    addPreviousOutputInEnv: false,
    environment: expect.anything(),
    logging: "none",
  });
  expect(await resolved(pulumi.output(made.outputs.on))).toBe("runner");
});

test("on the node's host it is the same job, which is told of the host", async () => {
  const made = await run(HOST);
  expect(tree(made.resources)).toEqual(tree((await run()).resources));
  expect(told(jobOf(made))).toEqual({ owner: OWNER, kind: "auto", host: HOST });
  expect(await resolved(pulumi.output(made.outputs.on))).toBe("host");
});

test("what moves is undone where it was: another place is a replacement, another clone on the host is none", async () => {
  const triggers = async (host?: ScheduleHost) => jobOf(await run(host)).triggers;
  expect(await triggers()).toBeUndefined();
  expect(await triggers(HOST)).toEqual(["host"]);
  expect(await triggers({ ...HOST, folder: "/elsewhere" })).toEqual(["host"]);
});

test("the host is the stack's own, where its configuration says so", () => {
  const config = { dockerHost: HOST.uri, resetScheduleFolder: HOST.folder };
  expect(scheduleHost(settingsOf({ ...config, resetScheduleOn: "host" }))).toEqual(HOST);
  expect(scheduleHost(settingsOf(config))).toBeUndefined();
});

test("promise 1: nothing of the machine is in it: a preview elsewhere wants nothing else", async () => {
  const resources = [...(await run()).resources, ...(await run(HOST)).resources];
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
