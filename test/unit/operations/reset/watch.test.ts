// A watch looks again when there can be something to do, and after a failure later and later.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Problem, toProblem } from "../../../../config/problem";
import { Locked } from "../../../../operations/locked";
import { keepLooking } from "../../../../operations/reset/watch";
import { asked, END, folder, hook, runAt, STACK } from "../../../support/reset-run";

const GONE = new Problem("engine", "The backend does not answer.", "Wait.");

/** When a watch looks that begins at a time, in seconds from then; and what it tells of failures in a row. */
async function looks(
  begin: number,
  count: number,
  run: (time: number, nth: number) => Promise<unknown>,
): Promise<{ times: number[]; told: number[] }> {
  let time = begin;
  const set = (): void => void jest.spyOn(Date, "now").mockReturnValue(time * 1000);
  const ended = new AbortController();
  const times: number[] = [];
  const told: number[] = [];
  set();
  await keepLooking({
    stack: STACK,
    look: () => {
      times.push(time - begin);
      if (times.length === count) ended.abort();
      return run(time, times.length).then(() => undefined, toProblem);
    },
    failed: (_, failures) => void told.push(failures),
    pause: async (seconds) => {
      time += seconds;
      set();
    },
    ended: ended.signal,
  });
  return { times, told };
}

const fails = (time: number): Promise<unknown> => runAt(time, {}, {}, () => Promise.reject(GONE));

describe("a data folder that takes no note of when to look again, as on a full disk", () => {
  const file = join(folder, "data", "looks");
  const full = (): void => {
    rmSync(file, { recursive: true, force: true });
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, "");
  };

  test("is looked at, and rung for, later and later all the same", async () => {
    full();
    hook("failed");
    const { times, told } = await looks(END - 5_000, 6, fails);
    expect(times).toEqual([0, 15, 45, 105, 225, 465]);
    expect(told).toEqual([1, 2, 3, 4, 5, 6]);
    expect(asked()).toHaveLength(6);
  });

  test("counts anew after a run that went well", async () => {
    full();
    const { told } = await looks(END - 5_000, 4, (time, nth) => (nth === 3 ? Promise.resolve() : fails(time)));
    expect(told).toEqual([1, 2, 1]);
  });
});

test("a stack that another run has is looked at again soon, and counts as no failure", async () => {
  const begin = END - 5_000;
  const { times, told } = await looks(begin, 4, () => Promise.reject(new Locked("In use.", "Wait.", begin - 10)));
  expect(times).toEqual([0, 5, 10, 15]);
  expect(told).toEqual([0, 0, 0, 0]);
});
