// A probe's pace, by the shells that run it: at once while a client starts, after a rest once it was well.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROBE, unhurried } from "../../components/probe";
import { ownFolder } from "../support/folder";
import { BUSYBOX, inFront, outcome } from "../support/shell";

const folder = ownFolder("probe");
const mark = join(folder, "well");
const rests = join(folder, "rests");
const answer = join(folder, "answer");
const programs = join(folder, "programs");
mkdirSync(programs);
writeFileSync(join(programs, "sleep"), `#!/bin/sh\necho "$@" >> ${rests}\n`, { mode: 0o755 });

beforeEach(() => {
  for (const file of [mark, rests]) rmSync(file, { force: true });
});

/** One look; the client is well where it says so. */
async function look(test: readonly string[], well: boolean): Promise<number> {
  writeFileSync(answer, well ? "yes" : "no");
  const [kind, ...words] = unhurried(test).map((word) => word.replaceAll("/tmp/.well", mark));
  // Its own tools would come before the stand-in for sleep.
  const [file = "", ...args] = kind === "CMD" ? words : ["sh", "-c", ...words];
  return (await outcome(file, args, { PATH: inFront(programs) })).code;
}
const rested = (): string[] => (existsSync(rests) ? readFileSync(rests, "utf8").trim().split("\n") : []);

const SCRIPT = `grep -q yes ${answer}`;
describe.each([
  ["CMD-SHELL", ["CMD-SHELL", SCRIPT]],
  // As the probes by bash end: the script itself exits.
  ["CMD", ["CMD", "bash", "-c", `found=1; ${SCRIPT} && found=0; exit $found`]],
])("a probe by %s", (_, probe) => {
  test("does not rest while the client starts, nor at the first look that finds it well", async () => {
    expect([await look(probe, false), await look(probe, false), await look(probe, true)]).toEqual([1, 1, 0]);
    expect(rested()).toEqual([]);
  });

  test("rests before each look once the client was well", async () => {
    await look(probe, true);
    expect([await look(probe, true), await look(probe, true)]).toEqual([0, 0]);
    expect(rested()).toEqual(["10", "10"]);
  });

  test("hurries again from the first look that fails", async () => {
    await look(probe, true);
    expect([await look(probe, false), await look(probe, false), await look(probe, true)]).toEqual([1, 1, 0]);
    expect(rested()).toEqual(["10"]);
  });
});

test("runs in busybox's shell, too", async () => {
  const [file, ...args] = BUSYBOX;
  const [, script = ""] = unhurried(["CMD-SHELL", "true"]);
  expect((await outcome(file, [...args, "-c", script.replaceAll("/tmp/.well", mark)])).code).toBe(0);
  expect(existsSync(mark)).toBe(true);
});

test.each([[["CMD", "curl", "http://127.0.0.1"]], [["NONE"]], [[]]])("is a script, not %j", (probe) => {
  expect(() => unhurried(probe)).toThrow("a probe is a script");
});

test("promise 1: durations are written as Go writes them, which is how the provider reads them back", () => {
  const { interval, timeout, startPeriod } = PROBE;
  // Below a second in milliseconds; "0.7s" would be read back as another text, and each container replaced for it.
  for (const duration of [interval, timeout, startPeriod])
    expect(duration).toMatch(/^([1-9]\d{0,2}ms|0s|[1-9]\d*(\.\d*[1-9])?s)$/);
});
