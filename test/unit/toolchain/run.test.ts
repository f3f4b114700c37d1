// Programs that are run, and what is said of how it went.

import { run } from "../../../toolchain/run";

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

test("its lines are told as they come, of both streams", async () => {
  const lines: string[] = [];
  await sh("echo one; sleep 0.1; echo two >&2; sleep 0.1; printf three", { onLine: (line) => lines.push(line) });
  expect(lines).toEqual(["one", "two", "three"]);
});
