// The user's own programs around a reset: run for real, from a folder of the test's.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runHook } from "../../../../operations/reset/hooks";
import { ownFolder } from "../../../support/folder";

const folder = join(ownFolder("hooks"), "hooks");
const out = join(folder, "out");
mkdirSync(folder);
const hook = (script: string, mode = 0o755): void =>
  writeFileSync(join(folder, "before-switch"), `#!/bin/sh\n${script}\n`, { mode });
const run = (timeout = 20): Promise<boolean> =>
  runHook("before-switch", { timeout, folder, env: { EPHEMERY_STACK: "mynode", EPHEMERY_GENERATION: "166-x" } });

test("without one there is nothing to run", async () => {
  expect(await runHook("after-settle", { timeout: 1, folder, env: {} })).toBe(false);
});

test("it is told the stack and the generation, and its end is waited for", async () => {
  hook(`sleep 0.2; echo "$EPHEMERY_STACK $EPHEMERY_GENERATION" > ${out}`);
  expect(await run()).toBe(true);
  expect(readFileSync(out, "utf8")).toBe("mynode 166-x\n");
});

describe("promise 9: what it did wrong is told", () => {
  test("when it ends with a code", async () => {
    hook("echo to stdout; echo to stderr >&2; exit 3");
    await expect(run()).rejects.toMatchObject({
      code: "hook",
      message: expect.stringMatching(
        /^hooks\/before-switch ended with code 3:(?=[\s\S]*to stdout)(?=[\s\S]*to stderr)/,
      ),
    });
  });

  test("when it can't be run", async () => {
    writeFileSync(join(folder, "before-stage"), "#!/bin/sh\n", { mode: 0o644 });
    await expect(runHook("before-stage", { timeout: 1, folder, env: {} })).rejects.toThrow("is not executable");
    writeFileSync(join(folder, "failed"), "#!/no/such/shell\n", { mode: 0o755 });
    await expect(runHook("failed", { timeout: 1, folder, env: {} })).rejects.toThrow("could not be started");
  });

  test("when it takes too long: it is ended, with all that it started", async () => {
    hook(`(sleep 3; touch ${join(folder, "late")}) & echo begun; sleep 60`);
    const began = Date.now();
    await expect(run(1)).rejects.toThrow(/took more than 1 s \(ephemery:hookTimeout\) and was ended:\nbegun/);
    expect(Date.now() - began).toBeLessThan(20_000);
    await sleep(3_500);
    expect(existsSync(join(folder, "late"))).toBe(false);
  });
});

test("what it leaves running on purpose does not hold the run up", async () => {
  hook("setsid sleep 30 & echo $! > /dev/null; exit 0");
  const began = Date.now();
  expect(await run()).toBe(true);
  expect(Date.now() - began).toBeLessThan(15_000);
});

test("one that ends just before its limit, and leaves something that holds its pipes, stops nothing", async () => {
  hook("setsid sleep 30 & sleep 0.8; exit 0");
  // A slow machine may start it late. What must not come is an error out of the timer, which nobody could catch.
  const outcome = await run(1).catch((error: Error) => error.message);
  expect(String(outcome)).toMatch(/^true$|took more than 1 s/);
});
