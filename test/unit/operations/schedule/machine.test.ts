// How systemd and cron are told, by commands in their place that write down what they were asked.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasRun } from "../../../../operations/schedule/entries";
import { install, renewHere, runOf, uninstall } from "../../../../operations/schedule/install";
import { cron, systemd } from "../../../../operations/schedule/machine";
import { cacheFolder, dataFolder, ROOT } from "../../../../toolchain/paths";
import { ownFolder } from "../../../support/folder";
import { inFront } from "../../../support/shell";
import { systemctlIn, timerState } from "../../../support/systemctl";

const folder = ownFolder("schedulers");
const asked = join(folder, "asked");
const table = join(folder, "table");
const units = join(folder, "units");
const OWNER = { stack: "mynode", id: "0badcafe" };
const NAME = "ephemery-mynode-0badcafe";
const run = runOf(OWNER);

function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

const before = { ...process.env };
beforeEach(() => {
  rmSync(asked, { force: true });
  rmSync(table, { force: true });
  rmSync(units, { recursive: true, force: true });
  mkdirSync(join(folder, "data"), { recursive: true });
  rmSync(timerState(folder), { force: true });
  program("systemctl", systemctlIn(folder, asked));
  program(
    "crontab",
    `case $1 in -l) [ -f ${table} ] && cat ${table} || { echo "no crontab for me" >&2; exit 1; };; -) cat > ${table};; esac`,
  );
  Object.assign(process.env, { PATH: inFront(folder), EPHEMERY_UNITS: units, EPHEMERY_DATA: join(folder, "data") });
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => {
  for (const name of ["PATH", "EPHEMERY_UNITS", "EPHEMERY_DATA"]) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});

const said = (): string[] =>
  existsSync(asked) ? readFileSync(asked, "utf8").trim().replaceAll("--user ", "").split("\n") : [];

describe("systemd", () => {
  test.each([
    ["runs where it has started the machine", "echo LANG=C", true],
    ["does not where it is installed alone, as in a container", "echo 'System has not been booted' >&2; exit 1", false],
  ])("%s", async (_, answer, running) => {
    program("systemctl", answer);
    program("loginctl", "echo yes");
    expect(await systemd.running()).toBe(running);
  });

  test("is given a service and a timer, and starts the timer alone", async () => {
    await systemd.install(run);
    expect(readdirSync(units).sort()).toEqual([`${NAME}.service`, `${NAME}.timer`]);
    expect(said()).toEqual(["daemon-reload", `enable --now ${NAME}.timer`]);
  });

  test("forgets both, and is asked nothing of a stack it does not know", async () => {
    await systemd.remove(NAME);
    expect(said()).toEqual([]);
    await systemd.install(run);
    rmSync(asked);
    await systemd.remove(NAME);
    expect(readdirSync(units)).toEqual([]);
    expect(said()).toEqual([`disable --now ${NAME}.timer`, "daemon-reload", `reset-failed ${NAME}.service`]);
  });

  test.each([
    ["stopped", "inactive", "enabled"],
    ["disabled, until the machine starts anew", "active", "disabled"],
  ])("a timer that was %s is none, which up starts again and destroy takes away", async (_, active, file) => {
    const found = `ActiveState=${active}\nUnitFileState=${file}\n`;
    jest.spyOn(systemd, "running").mockResolvedValue(true);
    await systemd.install(runOf(OWNER));
    expect([await systemd.has(NAME), await renewHere("systemd", OWNER)]).toEqual([true, false]);
    writeFileSync(timerState(folder), found);
    expect(await systemd.has(NAME)).toBe(false);
    rmSync(asked);
    expect(await renewHere("systemd", OWNER)).toBe(true);
    expect(said()).toContain(`enable --now ${NAME}.timer`);
    expect([await systemd.has(NAME), await renewHere("systemd", OWNER)]).toEqual([true, false]);
    writeFileSync(timerState(folder), found);
    await systemd.remove(NAME);
    expect(readdirSync(units)).toEqual([]);
  });

  test("where its commands are gone, a timer that is written is none; where they fail, that is told; up ends well", async () => {
    await systemd.install(runOf(OWNER));
    program("systemctl", "echo 'Failed to connect to bus' >&2; exit 1");
    await expect(systemd.has(NAME)).rejects.toMatchObject({ message: expect.stringContaining("connect to bus") });
    expect(await renewHere("systemd", OWNER)).toBe(false);
    rmSync(join(folder, "systemctl"));
    const path = process.env.PATH;
    process.env.PATH = folder;
    expect(await systemd.has(NAME).finally(() => (process.env.PATH = path))).toBe(false);
  });

  test("promise 9: what it says when it refuses is told, with what to do instead", async () => {
    program("systemctl", "echo 'Unit is masked.'; exit 1");
    await expect(systemd.install(run)).rejects.toMatchObject({
      code: "schedule",
      message: expect.stringContaining("Unit is masked."),
      remedy: expect.stringContaining("ephemery:resetSchedule"),
    });
  });
});

test.each(["systemd", "cron"] as const)("%s: a run that an earlier version wrote is written anew", async (runner) => {
  expect(await renewHere(runner, OWNER)).toBe(false);
  const scheduler = { systemd, cron }[runner];
  const own = runOf(OWNER);
  await scheduler.install(own);
  expect(await renewHere(runner, OWNER)).toBe(false);
  const [file] = await scheduler.files(own);
  if (!file) throw new Error("there is one");
  writeFileSync(file.path, "of an earlier version");
  expect(await renewHere(runner, OWNER)).toBe(true);
  expect(readFileSync(file.path, "utf8")).toBe(file.text);
});

test("a run may write to the clone, to the project's folders, and where the state is, wherever these are", () => {
  const url = process.env.PULUMI_BACKEND_URL;
  process.env.PULUMI_BACKEND_URL = "file:///srv/state";
  try {
    expect(runOf(OWNER).writable).toEqual([ROOT, cacheFolder(), dataFolder(), "/srv/state"]);
  } finally {
    if (url === undefined) delete process.env.PULUMI_BACKEND_URL;
    else process.env.PULUMI_BACKEND_URL = url;
  }
});

describe("cron", () => {
  test("is given the stack's line, and loses it again", async () => {
    writeFileSync(table, "0 3 * * * backup\n");
    await cron.install(run);
    await cron.install(run);
    expect(readFileSync(table, "utf8").match(/^\* /gm)).toHaveLength(1);
    await cron.remove(NAME);
    expect(readFileSync(table, "utf8")).toBe("0 3 * * * backup\n");
    expect(readdirSync(join(folder, "data", "schedules"))).toEqual([]);
  });

  test("keeps every stack's line when many are installed at once, and loses each when they are taken away so", async () => {
    // Slow enough that all of them would have read it before the first has written it.
    program(
      "crontab",
      `sleep 0.05; case $1 in -l) [ -f ${table} ] && cat ${table} || { echo "no crontab for me" >&2; exit 1; };; -) cat > ${table};; esac`,
    );
    const others = "0 3 * * * backup\n";
    writeFileSync(table, others);
    const runs = Array.from({ length: 8 }, (_, index) => runOf({ stack: `node${index}`, id: "0badcafe" }));
    await Promise.all(runs.map((each) => cron.install(each)));
    for (const { name } of runs) expect(hasRun(readFileSync(table, "utf8"), name)).toBe(true);
    await Promise.all(runs.map(({ name }) => cron.remove(name)));
    expect(readFileSync(table, "utf8")).toBe(others);
  });

  test("a line is no run where no cron runs, which up can't start", async () => {
    const running = jest.spyOn(cron, "running").mockResolvedValue(true);
    await cron.install(runOf(OWNER));
    expect(await cron.has(NAME)).toBe(true);
    running.mockResolvedValue(false);
    expect([await cron.has(NAME), await renewHere("cron", OWNER)]).toEqual([false, false]);
    await cron.remove(NAME);
    expect(readFileSync(table, "utf8")).toBe("");
  });

  test("promise 9: a line that something else has written over is told", async () => {
    program("crontab", `case $1 in -l) echo "0 3 * * * backup";; -) cat > /dev/null;; esac`);
    await expect(cron.install(run)).rejects.toMatchObject({
      code: "schedule",
      message: expect.stringContaining("does not keep what was written to it"),
    });
  });

  test("gets a first crontab, and one it cannot read is not written over", async () => {
    await cron.install(run);
    expect(readFileSync(table, "utf8")).toContain(NAME);
    program("crontab", "echo 'you are not allowed' >&2; exit 1");
    await expect(cron.install(run)).rejects.toMatchObject({
      code: "schedule",
      message: expect.stringContaining("not allowed"),
    });
  });
});

describe("promise 9: an install that could not work is refused", () => {
  test("where the scheduler that is asked for does not run", async () => {
    jest.spyOn(systemd, "running").mockResolvedValue(false);
    await expect(install("systemd", OWNER)).rejects.toMatchObject({
      code: "schedule",
      message: expect.stringContaining("systemd"),
    });
  });

  test("where the passphrase is in this shell alone, and not where a file has it that nobody else can read", async () => {
    jest.spyOn(cron, "running").mockResolvedValue(true);
    process.env.PULUMI_CONFIG_PASSPHRASE = "open";
    const file = join(folder, "data", "passphrases", "mynode.txt");
    try {
      await expect(install("cron", OWNER)).rejects.toMatchObject({
        code: "passphrase",
        remedy: expect.stringContaining(file),
      });
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, "open\n", { mode: 0o644 });
      await expect(install("cron", OWNER)).rejects.toMatchObject({
        code: "passphrase",
        remedy: expect.stringContaining("chmod 600"),
      });
      rmSync(file);
      writeFileSync(file, "open\n", { mode: 0o600 });
      expect(await install("cron", OWNER)).toBe("cron");
    } finally {
      delete process.env.PULUMI_CONFIG_PASSPHRASE;
      rmSync(file, { force: true });
    }
    // No secret is written where others can look.
    expect(readFileSync(table, "utf8")).not.toContain("open");
  });
});

describe("auto", () => {
  test.each([
    ["systemd where both run", true, true, "systemd"],
    ["cron where systemd does not", false, true, "cron"],
    ["nothing where neither does", false, false, "none"],
  ])("takes %s, and leaves nothing in the other", async (_, first, second, taken) => {
    jest.spyOn(systemd, "running").mockResolvedValue(first);
    jest.spyOn(cron, "running").mockResolvedValue(second);
    await cron.install(run);
    await systemd.install(run);
    expect(await install("auto", OWNER)).toBe(taken);
    expect(existsSync(join(units, `${NAME}.timer`))).toBe(taken === "systemd");
    expect(readFileSync(table, "utf8").includes(NAME)).toBe(taken === "cron");
    await uninstall(OWNER);
    expect(readdirSync(units)).toEqual([]);
    expect(readFileSync(table, "utf8")).toBe("");
  });
});
