// What `up` looks at before the engine is asked to do anything.

import { writeFileSync } from "node:fs";
import { STAGE_LEAD } from "../../../chain/plan";
import { bringUp } from "../../../operations/up";
import type { Told } from "../../support/docker-here";
import { chainOf } from "../../support/node";
import { ACTIVE, asked, docker, END, LATE, OWNER, outputs, planned, settings, stack } from "../../support/reset-run";

/** Brings the stack up at a time; nothing was cut off before. */
function upAt(time: number): Promise<void> {
  jest.spyOn(Date, "now").mockReturnValue(time * 1000);
  const nothing = (): void => undefined;
  return bringUp(stack(), settings({ resetSchedule: "none" }), {
    mayTakeOver: async () => false,
    onReconciled: nothing,
    onCrashes: nothing,
  });
}

const UP = [expect.stringMatching(/^up/)];
const running = { when: "--filter label=ephemery.id=", stdout: "4b1d\n" };

describe("an up on a node that runs, with a full disk", () => {
  let told: readonly Told[];
  beforeEach(() => {
    told = docker.told();
    // Nothing is free in /proc.
    docker.tell([running, { when: "{{.DockerRootDir}}", stdout: "/proc\n" }, ...told]);
  });
  afterEach(() => docker.tell(told));

  test("that would stage the next chain is told before anything is begun", async () => {
    await expect(upAt(LATE)).rejects.toMatchObject({
      code: "disk-full",
      message: expect.stringContaining("0.0 GiB free; a node needs 1 GiB"),
    });
    expect(asked()).toEqual([]);
  });

  test("that would switch to a chain that was never staged, too", async () => {
    await expect(upAt(END + 5)).rejects.toMatchObject({ code: "disk-full" });
    expect(asked()).toEqual([]);
  });

  test("that has the next chain already needs no more room", async () => {
    const { next } = (await planned(LATE)).plan;
    writeFileSync(outputs, JSON.stringify({ record: { active: ACTIVE, next }, owner: OWNER }));
    await upAt(END + 5);
    expect(asked()).toEqual(UP);
  });

  test("that has another build of the next chain, which would be replaced, is told", async () => {
    writeFileSync(outputs, JSON.stringify({ record: { active: ACTIVE, next: chainOf(166) }, owner: OWNER }));
    await expect(upAt(LATE)).rejects.toMatchObject({ code: "disk-full" });
  });

  test("that comes before a release can be there asks for none", async () => {
    await upAt(END - STAGE_LEAD - 1);
    expect(asked()).toEqual(UP);
  });

  test("that is the stack's first has its own look", async () => {
    writeFileSync(outputs, "{}");
    await upAt(LATE);
    expect(asked()).toEqual(UP);
  });
});
