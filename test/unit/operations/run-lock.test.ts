// One run at a time for each stack, held by real processes that end in every way a process can.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { tagOf } from "../../../operations/reset/held.cjs";
import { withLock, withRunLock } from "../../../operations/run-lock";
import { ROOT } from "../../../toolchain/paths";
import { ownFolder } from "../../support/folder";

jest.setTimeout(60_000);

const folder = ownFolder("lock");
const lockFile = join(folder, "data", "locks", `test-${tagOf(process.env.PULUMI_BACKEND_URL ?? ROOT)}.json`);

beforeEach(() => {
  mkdirSync(join(lockFile, ".."), { recursive: true });
  rmSync(lockFile, { force: true });
});

/** A process that takes the lock, says so, and holds it until its stdin ends; or says why it did not get it. */
class Runner {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;

  constructor(command: string) {
    const code = `
      const { withRunLock } = require("./operations/run-lock");
      const hold = async () => {
        console.log("held");
        for await (const _ of process.stdin);
      };
      withRunLock("test", ${JSON.stringify(command)}, hold).catch(({ code, text }) => console.log(JSON.stringify({ code, text })));
    `;
    this.child = spawn(process.execPath, ["--require", "./toolchain/typescript.cjs", "--eval", code], {
      cwd: ROOT,
      env: process.env,
      stdio: ["pipe", "pipe", "inherit"],
    });
    if (!this.child.stdout) throw new Error("stdout is a pipe");
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async says(): Promise<string> {
    return (await this.lines.next()).value;
  }

  async end(signal?: "SIGKILL"): Promise<void> {
    const ended = once(this.child, "exit");
    if (signal) this.child.kill(signal);
    else this.child.stdin?.end();
    await ended;
  }
}

const attempt = (): Promise<string> => withRunLock("test", "repair", async () => "done");

test("the second of two runs is told who holds the stack, and gets it when the first has ended", async () => {
  const first = new Runner("up");
  expect(await first.says()).toBe("held");
  const second = new Runner("destroy");
  const refusal = JSON.parse(await second.says());
  expect(refusal).toMatchObject({ code: "locked" });
  expect(refusal.text).toContain(`\`ephemery up\`: process ${first.pid} on ${hostname()}, since 20`);
  expect(refusal.text).toContain("Wait until it has ended");
  await second.end();

  await first.end();
  const third = new Runner("destroy");
  expect(await third.says()).toBe("held");
  await third.end();
});

test("the lock of a killed run does not survive it", async () => {
  const killed = new Runner("up");
  expect(await killed.says()).toBe("held");
  await killed.end("SIGKILL");
  await expect(attempt()).resolves.toBe("done");
});

test("another stack is another lock, and so is one of the same name in another backend", async () => {
  const first = new Runner("up");
  expect(await first.says()).toBe("held");
  await expect(withRunLock("other", "up", async () => "done")).resolves.toBe("done");
  const { PULUMI_BACKEND_URL: backend } = process.env;
  process.env.PULUMI_BACKEND_URL = "file:///another";
  await expect(attempt()).resolves.toBe("done");
  if (backend === undefined) delete process.env.PULUMI_BACKEND_URL;
  else process.env.PULUMI_BACKEND_URL = backend;
  await first.end();
});

describe("a lock that is waited for", () => {
  const patient = { name: basename(lockFile, ".json"), what: "The crontab", patience: 30_000 };

  test("is had when the other has ended, also where that was killed", async () => {
    for (const signal of [undefined, "SIGKILL"] as const) {
      const first = new Runner("up");
      expect(await first.says()).toBe("held");
      let had = false;
      const second = withLock(patient, "up", async () => {
        had = true;
      });
      await sleep(300);
      expect(had).toBe(false);
      await first.end(signal);
      await second;
      expect(had).toBe(true);
    }
  });

  test("promise 9: is given up in time, and what it is of is named", async () => {
    const first = new Runner("up");
    expect(await first.says()).toBe("held");
    await expect(withLock({ ...patient, patience: 300 }, "up", async () => undefined)).rejects.toMatchObject({
      code: "locked",
      message: expect.stringContaining(`The crontab is in use by \`ephemery up\`: process ${first.pid}`),
    });
    await first.end();
  });
});

test("work that fails gives the lock back, and its failure is passed on", async () => {
  const failing = withRunLock("test", "up", async () => {
    throw new Error("the work fails");
  });
  await expect(failing).rejects.toThrow("the work fails");
  await expect(attempt()).resolves.toBe("done");
});

test("promise 4: one that can't be read, as of a run by sudo, is not taken away", async () => {
  // A folder can't be read as a file by anybody, root neither.
  mkdirSync(lockFile);
  await expect(attempt()).rejects.toMatchObject({ code: "locked" });
  expect(statSync(lockFile).isDirectory()).toBe(true);
  rmSync(lockFile, { recursive: true });
});

test("only its owner may read it", async () => {
  await withRunLock("test", "up", async () => {
    expect(statSync(lockFile).mode & 0o777).toBe(0o600);
  });
});

test("promise 4: of runs that find the lock of a dead one at the same time, one at a time gets it", async () => {
  const dead = { pid: 1, host: hostname(), boot: "earlier", began: "1", command: "up", since: "" };
  for (let round = 0; round < 40; round++) {
    writeFileSync(lockFile, JSON.stringify(dead));
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await sleep(10);
      inside -= 1;
    };
    // They look at slightly different moments, as processes do.
    const runs = Array.from({ length: 6 }, async (_, index) => {
      await sleep(index % 3);
      await withRunLock("test", "up", work);
    });
    const ends = await Promise.allSettled(runs);
    expect(ends.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
    expect(most).toBe(1);
  }
});

test("the guard that a killed run left over a dead lock is taken away in time", async () => {
  writeFileSync(
    lockFile,
    JSON.stringify({ pid: 1, host: hostname(), boot: "earlier", began: "1", command: "up", since: "" }),
  );
  const guard = `${lockFile}.clearing`;
  mkdirSync(guard);
  await expect(attempt()).rejects.toMatchObject({ code: "locked" });
  utimesSync(guard, 0, 0);
  await expect(attempt()).resolves.toBe("done");
  expect(existsSync(guard)).toBe(false);
});

describe("a lock file", () => {
  const { pid: dead } = spawnSync("true");
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const stat = readFileSync("/proc/self/stat", "utf8");
  const began = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  const living = { pid: process.pid, host: hostname(), boot, began, command: "up", since: "2026-11-21T09:00:00.000Z" };

  test.each([
    ["of a process that runs is respected", living, false],
    ["of a process that has ended is taken over", { ...living, pid: dead }, true],
    ["of a number that another process has by now is taken over", { ...living, began: "1" }, true],
    ["of an earlier boot is taken over, whatever runs under that number now", { ...living, boot: "earlier" }, true],
    ["of another machine is respected, whatever it says", { ...living, host: "elsewhere", pid: dead }, false],
    ["of a system that tells no start times is respected while the number is in use", { ...living, began: "" }, false],
    ["that a power cut left cut short is taken over", "{", true],
    ["that a full disk left empty is taken over", "", true],
  ])("%s", async (_, content, free) => {
    writeFileSync(lockFile, typeof content === "string" ? content : JSON.stringify(content));
    if (free) await expect(attempt()).resolves.toBe("done");
    else await expect(attempt()).rejects.toMatchObject({ code: "locked", remedy: expect.stringContaining("Wait") });
  });
});
