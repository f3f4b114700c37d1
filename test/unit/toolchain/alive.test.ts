// A process is over when it has ended, not only when somebody has taken notice of that.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../../toolchain/lock.cjs";

test("this process is alive, and so is another user's", () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(1)).toBe(true);
});

test("a number that nobody has is not", () => {
  expect(isAlive(4_194_303)).toBe(false);
});

test("a process that was killed, and that its parent does not ask for, is over", async () => {
  // The shell becomes a program that never asks for its children.
  const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const [said] = await once(parent.stdout, "data");
    const pid = Number(String(said));
    expect(isAlive(pid)).toBe(true);
    await sleep(200);
    process.kill(pid, "SIGKILL");
    for (let look = 0; look < 50 && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8")); look++) await sleep(50);
    expect(() => process.kill(pid, 0)).not.toThrow();
    expect(isAlive(pid)).toBe(false);
  } finally {
    parent.kill("SIGKILL");
  }
});
