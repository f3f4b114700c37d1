// Programs that are run, and what is said of how it went.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../toolchain/run";
import { ownFolder } from "../../support/folder";

const folder = ownFolder("run");

const sh = (script: string, options: Parameters<typeof run>[2] = {}) => run("sh", ["-c", script], options);

test.each([
  [
    "ends well",
    "echo out; echo err >&2",
    { ok: true, code: 0, stdout: "out", stderr: "err", missing: false, timedOut: false },
  ],
  ["fails", "echo why >&2; exit 3", { ok: false, code: 3, stdout: "", stderr: "why", missing: false }],
  ["is killed", "kill -9 $$", { ok: false, code: undefined }],
  ["says nothing", ":", { ok: true, stdout: "", stderr: "", all: "" }],
])("a program that %s", async (_, script, expected) => {
  expect(await sh(script)).toMatchObject(expected);
});

test("a program that is not there is missing, not an exception", async () => {
  expect(await run("no-such-program-here", [])).toMatchObject({ ok: false, code: undefined, missing: true });
});

test("one that takes too long is ended, and that is told", async () => {
  expect(await sh("exec sleep 30", { timeout: 300 })).toMatchObject({ ok: false, timedOut: true });
});

test("one that is given up is ended", async () => {
  const given = new AbortController();
  const ended = sh("exec sleep 30", { signal: given.signal });
  setTimeout(() => given.abort(), 100);
  expect(await ended).toMatchObject({ ok: false, timedOut: false });
});

test("its variables are added to those of this process", async () => {
  expect((await sh('echo "$ADDED $HOME"', { env: { ADDED: "yes" } })).stdout).toBe(`yes ${process.env.HOME}`);
});

test("its input is text or bytes, and nothing without any", async () => {
  expect((await sh("cat", { input: "text" })).stdout).toBe("text");
  expect((await sh("od -An -tx1", { input: Uint8Array.of(0, 255, 10) })).stdout).toBe(" 00 ff 0a");
  expect((await sh("cat; echo end")).stdout).toBe("end");
});

test("it runs where it is told to", async () => {
  expect((await sh("pwd", { cwd: "/" })).stdout).toBe("/");
});

test("one that is apart has a session of its own, and its process id is that of its group", async () => {
  // Process id, its group's and its session's (proc(5), stat).
  const ids = async (apart: boolean): Promise<{ started: number | undefined; seen: readonly number[] }> => {
    let started: number | undefined;
    const onStart = (pid: number): void => {
      started = pid;
    };
    const { stdout } = await sh("cut -d ' ' -f 1,5,6 /proc/$$/stat", { apart, onStart });
    return { started, seen: stdout.split(" ").map(Number) };
  };
  const { started, seen } = await ids(true);
  expect(seen).toEqual([started, started, started]);
  const together = await ids(false);
  expect(together.seen[0]).toBe(together.started);
  expect(together.seen[1]).not.toBe(together.started);
});

test("its lines are told as they come, of both streams", async () => {
  const heard = join(folder, "heard");
  const lines: string[] = [];
  const onLine = (line: string): void => {
    lines.push(line);
    if (line === "one") writeFileSync(heard, "");
  };
  // It goes on only when it was heard.
  await sh(`echo one; until [ -e ${heard} ]; do sleep 0.05; done; echo two >&2; printf three`, { onLine });
  expect(lines[0]).toBe("one");
  expect(lines.slice(1).sort()).toEqual(["three", "two"]);
});

test("a line that comes in pieces is told whole, whatever the other stream says in between", async () => {
  const lines: string[] = [];
  const onLine = (line: string): number => lines.push(line);
  await sh("printf wh; sleep 0.2; echo other >&2; sleep 0.2; echo ole", { onLine });
  expect(lines.sort()).toEqual(["other", "whole"]);
});
