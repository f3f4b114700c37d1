// What a repair does about a schedule of this machine's that somebody has stopped.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repair } from "../../../operations/repair";
import { runOf } from "../../../operations/schedule/install";
import { systemd } from "../../../operations/schedule/machine";
import { ACTIVE, docker, folder, LATE, OWNER, outputs, STACK, settings, stack } from "../../support/reset-run";
import { inFront } from "../../support/shell";
import { systemctlIn, timerState } from "../../support/systemctl";

const bin = join(folder, "systemd");
const asked = join(bin, "asked");
const START = `enable --now ephemery-${STACK}-${OWNER.id}.timer`;

const NAMES = ["PATH", "EPHEMERY_UNITS", "PULUMI_BACKEND_URL"] as const;
const before = NAMES.map((name) => process.env[name]);
afterEach(() =>
  NAMES.forEach((name, index) => {
    const value = before[index];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }),
);

beforeEach(async () => {
  for (const each of [asked, join(bin, "units"), timerState(bin)]) rmSync(each, { recursive: true, force: true });
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "systemctl"), `#!/bin/sh\n${systemctlIn(bin, asked)}\n`, { mode: 0o755 });
  Object.assign(process.env, {
    PATH: inFront(bin),
    EPHEMERY_UNITS: join(bin, "units"),
    PULUMI_BACKEND_URL: "s3://states",
  });
  docker.tell([{ when: "ps " }, { when: "events", hangs: true }, ...docker.told()]);
  jest.spyOn(systemd, "running").mockResolvedValue(true);
  jest.spyOn(Date, "now").mockReturnValue(LATE * 1000);
});

const said = (): string => (existsSync(asked) ? readFileSync(asked, "utf8") : "");

/** A stack whose state has a timer, on the runner or on the host. */
async function repaired(scheduleOn: "runner" | "host"): Promise<void> {
  const state = { record: { active: ACTIVE }, owner: OWNER, schedule: "systemd", scheduleOn };
  writeFileSync(outputs, JSON.stringify(state));
  const nothing = (): void => undefined;
  await repair(stack(), settings(), { onReconciled: nothing, onCrashes: nothing });
}

/** Somebody has stopped the timer that is written here. */
async function stopped(): Promise<void> {
  await systemd.install(runOf(OWNER));
  writeFileSync(timerState(bin), "ActiveState=inactive\nUnitFileState=enabled\n");
  rmSync(asked);
}

test("it is started again, also where the state is elsewhere and the engine is not told to make it anew", async () => {
  await stopped();
  await repaired("runner");
  expect(said()).toContain(START);
});

test("where another machine has it, none is started here", async () => {
  await repaired("runner");
  expect(said()).not.toContain("enable");
  await stopped();
  await repaired("host");
  expect(said()).not.toContain("enable");
});
