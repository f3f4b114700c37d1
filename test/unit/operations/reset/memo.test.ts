// A look that still holds: nothing has changed since, and its time has not come.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stateFile } from "../../../../operations/engine/state-file";
import { notDue } from "../../../../operations/reset/due";
import { lookFile, nothingDue, tagOf } from "../../../../operations/reset/held.cjs";
import { backOff, failuresOf, type Memo, remember, remembered } from "../../../../operations/reset/memo";
import { cronScript } from "../../../../operations/schedule/entries";
import { runOf } from "../../../../operations/schedule/install";
import { dataFolder, ROOT } from "../../../../toolchain/paths";
import { ownFolder } from "../../../support/folder";

const data = ownFolder("memo");
const STACK = "memo-test";
const NOW = 1_800_000_000;
const memo: Memo = {
  at: NOW,
  nextLook: NOW + 500,
  active: "166-a",
  staged: null,
  failures: 0,
  silent: 0,
  doubted: 0,
  turn: 0,
};
const file = join(data, "looks", `${STACK}-${tagOf(ROOT)}.json`);

const before = { data: process.env.EPHEMERY_DATA, url: process.env.PULUMI_BACKEND_URL };
beforeEach(() => {
  process.env.EPHEMERY_DATA = data;
  delete process.env.PULUMI_BACKEND_URL;
  rmSync(file, { force: true });
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => {
  for (const [name, value] of [
    ["EPHEMERY_DATA", before.data],
    ["PULUMI_BACKEND_URL", before.url],
  ] as const) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

test("holds until its time comes", async () => {
  expect(await remembered(STACK, NOW)).toBeUndefined();
  await remember(STACK, memo);
  expect(await remembered(STACK, NOW)).toMatchObject(memo);
  expect(await remembered(STACK, NOW + 499)).toMatchObject(memo);
  expect(await remembered(STACK, NOW + 500)).toBeUndefined();
});

test("does not hold for a clock that was set back: what it says was computed in a future that is none", async () => {
  await remember(STACK, { ...memo, nextLook: NOW + 30 * 86_400 });
  expect(await remembered(STACK, NOW - 1)).toBeUndefined();
});

test("does not hold for a stack of the same name in another clone, which has a file of its own", async () => {
  await remember(STACK, memo);
  const elsewhere = lookFile(STACK, "/elsewhere");
  expect(elsewhere).not.toBe(file);
  writeFileSync(elsewhere, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), folder: "/elsewhere" }));
  expect(await remembered(STACK, NOW)).toMatchObject(memo);
  cpSync(elsewhere, file);
  expect(await remembered(STACK, NOW)).toBeUndefined();
});

test("does not hold for a stack of the same name in another backend", async () => {
  await remember(STACK, memo);
  process.env.PULUMI_BACKEND_URL = "file:///elsewhere";
  expect(await remembered(STACK, NOW)).toBeUndefined();
});

describe("a timer's command line, asked before anything is loaded", () => {
  const timers = ["reset", "--stack", STACK, "--scheduled"];
  const now = (): number => Math.floor(Date.now() / 1000);
  const looked = (left: number): Promise<void> => remember(STACK, { ...memo, at: now(), nextLook: now() + left });

  test("has nothing to do while a look holds and nothing comes within a tick", async () => {
    expect(nothingDue(timers, ROOT)).toBe(false);
    await looked(500);
    expect(nothingDue(timers, ROOT)).toBe(true);
    await looked(55);
    expect(nothingDue(timers, ROOT)).toBe(false);
  });

  test("is the one that a schedule runs; any other is left to the command", async () => {
    await looked(500);
    const run = { ...runOf({ stack: STACK, id: "0" }), node: "node" };
    expect(cronScript(run)).toContain(`exec node bin/ephemery ${timers.join(" ")}\n`);
    for (const args of [[], ["reset"], timers.slice(0, 3), [...timers, "--stage"], ["status", ...timers.slice(1)]])
      expect(nothingDue(args, ROOT)).toBe(false);
  });

  test("ends with `bin/ephemery`, without a word and before anything is loaded", async () => {
    const guard = join(data, "guard.cjs");
    const refuse = `if (name.endsWith("typescript.cjs")) throw new Error("loaded");`;
    writeFileSync(
      guard,
      `const m = require("module"); const load = m._load; m._load = (name, ...more) => { ${refuse} return load(name, ...more); };`,
    );
    const look = () =>
      spawnSync(process.execPath, ["--require", guard, join(ROOT, "bin", "ephemery"), ...timers], {
        env: process.env,
        encoding: "utf8",
      });
    await looked(500);
    expect(look()).toMatchObject({ status: 0, stdout: "", stderr: "" });
    await looked(55);
    expect(look()).toMatchObject({ status: 1, stderr: expect.stringContaining("loaded") });
  });

  test("finds the file where every other part of the command has it", () => {
    const home = { data: process.env.EPHEMERY_DATA, xdg: process.env.XDG_DATA_HOME };
    for (const [given, base] of [
      [data, undefined],
      [undefined, "/xdg"],
      [undefined, undefined],
    ]) {
      process.env.EPHEMERY_DATA = given ?? "";
      process.env.XDG_DATA_HOME = base ?? "";
      expect(lookFile(STACK, ROOT)).toBe(join(dataFolder(), "looks", `${STACK}-${tagOf(ROOT)}.json`));
    }
    process.env.EPHEMERY_DATA = home.data ?? "";
    process.env.XDG_DATA_HOME = home.xdg ?? "";
  });
});

test("a file that was cut off is no look", async () => {
  await remember(STACK, memo);
  writeFileSync(file, readFileSync(file, "utf8").slice(0, 20));
  expect(await remembered(STACK, NOW)).toBeUndefined();
});

test.each([
  ["the project's backend", undefined],
  ["a folder of the user's", `file://${join(data, "state")}`],
])("does not hold when the state was written since, in %s", async (_, url) => {
  if (url !== undefined) process.env.PULUMI_BACKEND_URL = url;
  const state = stateFile(STACK) ?? "";
  mkdirSync(join(state, ".."), { recursive: true });
  try {
    writeFileSync(state, "{}");
    await remember(STACK, memo);
    expect(await remembered(STACK, NOW + 1)).toMatchObject(memo);
    utimesSync(state, NOW, NOW);
    expect(await remembered(STACK, NOW + 1)).toBeUndefined();
  } finally {
    rmSync(state, { force: true });
  }
});

test("holds for an hour at most where the state is elsewhere", async () => {
  process.env.PULUMI_BACKEND_URL = "s3://bucket";
  await remember(STACK, { ...memo, nextLook: NOW + 86_400 });
  expect(await remembered(STACK, NOW + 3_599)).toBeDefined();
  expect(await remembered(STACK, NOW + 3_600)).toBeUndefined();
});

test("failures are counted, and waited for longer and longer, but not for ever", async () => {
  expect(await failuresOf(STACK)).toBe(0);
  await remember(STACK, { ...memo, failures: 3 });
  expect(await failuresOf(STACK)).toBe(3);
  expect([1, 2, 3, 4, 7, 50].map(backOff)).toEqual([15, 30, 60, 120, 600, 600]);
});

describe("a timer's look", () => {
  const at = (time: number): void => void jest.spyOn(Date, "now").mockImplementation(() => time * 1000);

  test("ends at once while nothing is due within a tick", async () => {
    await remember(STACK, memo);
    at(NOW + 400);
    expect(await notDue(STACK)).toMatchObject(memo);
  });

  test("waits for what is due within one, and goes on to the second", async () => {
    await remember(STACK, memo);
    const { now } = performance;
    const began = now.call(performance);
    jest.spyOn(Date, "now").mockImplementation(() => (NOW + 499) * 1000 + (now.call(performance) - began));
    expect(await notDue(STACK)).toBeUndefined();
    const waited = now.call(performance) - began;
    expect(waited).toBeGreaterThanOrEqual(990);
    expect(waited).toBeLessThan(10_000);
  });

  test("ends with what waits for it", async () => {
    await remember(STACK, memo);
    at(NOW + 490);
    const ended = new AbortController();
    setTimeout(() => ended.abort(), 50);
    expect(await notDue(STACK, ended.signal)).toMatchObject(memo);
  });
});
