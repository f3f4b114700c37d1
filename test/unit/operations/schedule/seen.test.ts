// What the status tells of a schedule: whether it is really there, and what its last look on this machine left.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Deployment } from "../../../../operations/deployment";
import { remember } from "../../../../operations/reset/memo";
import { runOf } from "../../../../operations/schedule/install";
import { cron, systemd } from "../../../../operations/schedule/machine";
import { seenSchedule } from "../../../../operations/schedule/seen";
import { ownFolder } from "../../../support/folder";
import { inFront } from "../../../support/shell";
import { systemctlIn, timerState } from "../../../support/systemctl";

const folder = ownFolder("seen");
const [table, units, bin] = [join(folder, "table"), join(folder, "units"), join(folder, "bin")];
const asked = join(folder, "asked");
const owner = { host: "local", stack: "mynode", id: "0badcafe" };
const run = runOf(owner);
const LOOK = { at: 1_000, nextLook: 5_000, active: "166-0badcafe", staged: null, silent: 0, doubted: 0, turn: 0 };

const before = { PATH: process.env.PATH, EPHEMERY_UNITS: process.env.EPHEMERY_UNITS };
beforeEach(() => {
  for (const each of [table, units, asked, timerState(folder), join(folder, "data")])
    rmSync(each, { recursive: true, force: true });
  mkdirSync(bin, { recursive: true });
  program("systemctl", systemctlIn(folder, asked));
  jest.spyOn(cron, "running").mockResolvedValue(true);
  program(
    "crontab",
    `case $1 in -l) cat ${table} 2>/dev/null || { echo "no crontab for me"; exit 1; };; -) cat > ${table};; esac`,
  );
  Object.assign(process.env, { PATH: inFront(bin), EPHEMERY_UNITS: units });
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

const seen = (deployment: Partial<Deployment>) => seenSchedule({ owner, ...deployment });

test.each([
  ["systemd", systemd],
  ["cron", cron],
] as const)("%s is installed while its entry is there, whatever the state says", async (schedule, scheduler) => {
  const here = async () => (await seen({ schedule, scheduleOn: "runner" }))?.installed;
  expect(await here()).toBe(false);
  await scheduler.install(run);
  expect(await here()).toBe(true);
  // Another stack's is no help.
  expect((await seenSchedule({ owner: { ...owner, id: "5eed5eed" }, schedule }))?.installed).toBe(false);
  await scheduler.remove(run.name);
  expect(await here()).toBe(false);
});

test("a timer that somebody has stopped is not installed: that is asked once, and is not known where nothing answers", async () => {
  await systemd.install(run);
  rmSync(asked);
  writeFileSync(timerState(folder), "ActiveState=inactive\nUnitFileState=enabled\n");
  expect(await seen({ schedule: "systemd" })).toMatchObject({ installed: false });
  expect(readFileSync(asked, "utf8").trim().split("\n")).toHaveLength(1);
  program("systemctl", "exit 1");
  expect(await seen({ schedule: "systemd" })).toMatchObject({ installed: null });
});

test("a crontab's line is not installed where no cron runs", async () => {
  await cron.install(run);
  jest.spyOn(cron, "running").mockResolvedValue(false);
  expect(await seen({ schedule: "cron" })).toMatchObject({ installed: false });
});

test("the last look of this machine is told, and how many runs have failed", async () => {
  expect(await seen({ schedule: "systemd" })).toMatchObject({ nextLook: null, failures: 0 });
  await remember("mynode", { ...LOOK, failures: 2 });
  expect(await seen({ schedule: "systemd" })).toEqual({
    runner: "systemd",
    on: "runner",
    installed: false,
    nextLook: 5_000,
    failures: 2,
  });
});

test("without a schedule there is none, and the looks of a `watch` are told", async () => {
  await remember("mynode", { ...LOOK, failures: 0 });
  expect(await seen({ schedule: "none" })).toEqual({
    runner: "none",
    on: "runner",
    installed: false,
    nextLook: 5_000,
    failures: 0,
  });
});

test("of one on the host only the state is known elsewhere; on the host itself it is all there", async () => {
  const state = { schedule: "systemd", scheduleOn: "host" } as const;
  await remember("mynode", { ...LOOK, failures: 1 });
  const elsewhere = { runner: "systemd", on: "host", installed: null, nextLook: null, failures: null };
  expect(await seen(state)).toEqual(elsewhere);
  await systemd.install(run);
  expect(await seen(state)).toEqual({ ...elsewhere, installed: true, nextLook: 5_000, failures: 1 });
});

test("before an update has got as far there is nothing to tell, and a crontab that can't be read is not known", async () => {
  expect(await seen({})).toBeNull();
  program("crontab", "echo 'you are not allowed' >&2; exit 1");
  expect(await seen({ schedule: "cron" })).toMatchObject({ installed: null });
});
