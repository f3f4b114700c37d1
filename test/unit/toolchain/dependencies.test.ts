// How a clone gets its npm packages: the real command in a clone that is a test's own, with a script for npm.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { self } from "../../../toolchain/lock.cjs";
import { ROOT } from "../../../toolchain/paths";
import { ownFolder } from "../../support/folder";
import { inFront, type Outcome, outcome } from "../../support/shell";

const folder = ownFolder("dependencies");
const clone = join(folder, "clone");
const bin = join(folder, "bin");
const calls = join(folder, "calls");
const lock = join(clone, ".ephemery", "installing");

for (const file of [
  "bin/ephemery",
  "operations/reset/held.cjs",
  "toolchain/dependencies.cjs",
  "toolchain/lock.cjs",
  "toolchain/typescript.cjs",
]) {
  mkdirSync(dirname(join(clone, file)), { recursive: true });
  cpSync(join(ROOT, file), join(clone, file));
}
writeFileSync(join(clone, "package-lock.json"), "{}");
mkdirSync(bin);

/** In node_modules it puts what the command is loaded by, and a command that says so. */
function npmIs(script: string): void {
  writeFileSync(join(bin, "npm"), `#!/bin/sh\necho "$@" >> ${calls}\n${script}\n`, { mode: 0o755 });
}
const INSTALLS = `sleep 0.5
mkdir -p node_modules/sucrase/dist cli
echo 'exports.addHook = () => undefined' > node_modules/sucrase/dist/register.js
echo 'exports.main = (args) => console.log("ran " + args.join(" "))' > cli/main.js`;

const rung = join(folder, "rung");
mkdirSync(join(clone, "hooks"));
const ALARM = `#!/bin/sh\necho "$EPHEMERY_STACK $EPHEMERY_PROBLEM_CODE" >> ${rung}\n`;
writeFileSync(join(clone, "hooks", "failed"), ALARM, { mode: 0o755 });

const command = (...args: readonly string[]): Promise<Outcome> =>
  outcome(process.execPath, [join(clone, "bin", "ephemery"), ...args], { PATH: inFront(bin) });
const asked = (): string[] => (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : []);

beforeEach(() => {
  for (const each of [calls, rung, lock, `${lock}.clearing`, join(clone, "node_modules")])
    rmSync(each, { recursive: true, force: true });
  npmIs(INSTALLS);
});

test("a first command installs them, without scripts of theirs, and a second one finds them there", async () => {
  expect(await command("status")).toMatchObject({ code: 0, stdout: "ran status\n" });
  expect(await command("status")).toEqual({ code: 0, stdout: "ran status\n", stderr: "" });
  expect(asked()).toEqual(["ci --ignore-scripts --no-audit --no-fund --loglevel=error"]);
  expect(existsSync(lock)).toBe(false);
});

test("of commands that start at once one installs them, and the others wait for it", async () => {
  const ends = await Promise.all(["up", "status", "watch", "preview"].map((name) => command(name)));
  expect(ends.map(({ code, stdout }) => [code, stdout])).toEqual(
    ["up", "status", "watch", "preview"].map((name) => [0, `ran ${name}\n`]),
  );
  expect(asked()).toHaveLength(1);
  expect(ends.filter(({ stderr }) => /Process \d+ installs the dependencies/.test(stderr)).length).toBeGreaterThan(0);
});

test("a timer's run installs them, too, with a cache that its unit may write to: no reset is missed for a pull", async () => {
  npmIs(`echo "cache $npm_config_cache" >> ${calls}\n${INSTALLS}`);
  const runs = ["mynode", "another"].map((stack) => command("reset", "--stack", stack, "--scheduled"));
  expect((await Promise.all(runs)).map(({ code, stdout }) => [code, stdout])).toEqual([
    [0, "ran reset --stack mynode --scheduled\n"],
    [0, "ran reset --stack another --scheduled\n"],
  ]);
  expect(asked()).toEqual([expect.stringMatching(/^ci /), `cache ${join(clone, ".ephemery", "npm")}`]);
});

test("promise 9: an install that fails is told, and the next command tries again", async () => {
  npmIs("exit 1");
  const { code, stderr } = await command("status");
  expect(code).toBe(2);
  expect(stderr).toContain("npm registry");
  npmIs(INSTALLS);
  expect(await command("status")).toMatchObject({ code: 0 });
});

test("promise 9: a timer's run that can't install them rings the alarm, and not each minute", async () => {
  npmIs("exit 1");
  const run = () => command("reset", "--stack", "mynode", "--scheduled");
  expect(await run()).toMatchObject({ code: 2, stderr: expect.stringContaining("npm registry") });
  expect(await run()).toMatchObject({ code: 2 });
  expect(readFileSync(rung, "utf8")).toBe("mynode toolchain\n");
  utimesSync(join(clone, ".ephemery", "rung-mynode"), 1, 1);
  await run();
  expect(readFileSync(rung, "utf8")).toBe("mynode toolchain\nmynode toolchain\n");
  // A person sees it.
  await command("status");
  expect(readFileSync(rung, "utf8").trim().split("\n")).toHaveLength(2);
});

test("promise 9: so does one that can't even take its lock, as on a full disk", async () => {
  rmSync(join(clone, ".ephemery"), { recursive: true, force: true });
  // Not a folder: nobody may write below it, root neither.
  writeFileSync(join(clone, ".ephemery"), "");
  const { code, stderr } = await command("reset", "--stack", "mynode", "--scheduled");
  rmSync(join(clone, ".ephemery"));
  expect(code).toBe(2);
  expect(stderr).toContain(".ephemery");
  expect(stderr).toContain("the disk has room");
  expect(readFileSync(rung, "utf8")).toBe("mynode toolchain\n");
  expect(asked()).toEqual([]);
});

describe("the lock of a command that was killed in its middle", () => {
  const { pid: dead } = spawnSync("true");
  beforeEach(() => {
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, JSON.stringify({ ...self(), pid: dead }));
  });

  test.each([
    ["of a number that another process has by now", JSON.stringify({ ...self(), began: "17" })],
    ["of an earlier boot", JSON.stringify({ ...self(), boot: "earlier" })],
    ["that a power cut left empty", ""],
  ])("%s does not either", async (_, text) => {
    writeFileSync(lock, text);
    expect(await command("status")).toMatchObject({ code: 0 });
    expect(asked()).toHaveLength(1);
  });

  test("nor under another name of the host, which nothing else tells from another host", async () => {
    writeFileSync(lock, JSON.stringify({ ...self(), host: "elsewhere" }));
    utimesSync(lock, 1, 1);
    expect(await command("status")).toEqual({ code: 0, stdout: "ran status\n", stderr: expect.any(String) });
    expect(asked()).toHaveLength(1);
  }, 20_000);

  test("does not survive it, also where many find it at once", async () => {
    const ends = await Promise.all(["up", "status", "watch"].map((name) => command(name)));
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(asked()).toHaveLength(1);
  });

  test("nor does the guard that another left over it", async () => {
    mkdirSync(`${lock}.clearing`);
    utimesSync(`${lock}.clearing`, 1, 1);
    expect(await command("status")).toMatchObject({ code: 0 });
  });
});

test.each([
  [
    "of another host, which shares the clone,",
    () => writeFileSync(lock, JSON.stringify({ ...self(), host: "elsewhere" })),
    `Process ${process.pid} of host elsewhere`,
  ],
  // A folder can't be read as a file by anybody, root neither.
  ["of another user, whose lock can't be read,", () => mkdirSync(lock), "Another user's process"],
])("an install %s is waited for", async (_, hold, who) => {
  mkdirSync(dirname(lock), { recursive: true });
  hold();
  const waiting = command("status");
  await sleep(2_000);
  expect([existsSync(lock), asked()]).toEqual([true, []]);
  rmSync(lock, { recursive: true });
  const stderr = expect.stringContaining(`${who} installs the dependencies`);
  expect(await waiting).toMatchObject({ code: 0, stderr });
  expect(asked()).toHaveLength(1);
});

test("an install that was taken over leaves the lock to who has it now", async () => {
  npmIs(`echo another > ${lock}\n${INSTALLS}`);
  expect(await command("status")).toMatchObject({ code: 0 });
  expect(readFileSync(lock, "utf8")).toBe("another\n");
});

test("what is installed is told by the whole of package-lock.json", async () => {
  await command("status");
  const marker = readFileSync(join(clone, "node_modules", ".ephemery-lock"), "utf8");
  expect(marker).toBe(createHash("sha256").update("{}").digest("hex"));
});
