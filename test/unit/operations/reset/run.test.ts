// A run from its first look to its last word: what it asks before it changes anything, and in which order.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { STAGE_LEAD } from "../../../../chain/plan";
import { readJournal } from "../../../../operations/reset/journal";
import { failuresOf, remembered } from "../../../../operations/reset/memo";
import { chainOf } from "../../../support/node";
import {
  ACTIVE,
  asked,
  client,
  docker,
  END,
  folder,
  given,
  happens,
  holds,
  hook,
  LATE,
  OWN_VOLUME,
  OWNER,
  outputs,
  planned,
  runAt,
  STACK,
  steps,
  told,
  urn,
  would,
} from "../../../support/reset-run";

const EARLY = END - STAGE_LEAD - 1_000;

test("promise 3: before a release can be there, nobody is asked and the engine is not started", async () => {
  // Its own moment of the ten minutes over which nodes spread their first looks.
  const nextLook = END - STAGE_LEAD + (Number.parseInt(OWNER.id, 16) % 600);
  expect(await runAt(EARLY)).toMatchObject({ outcome: "nothing", work: [], nextLook });
  expect(asked()).toEqual([]);
  expect(await remembered(STACK, EARLY)).toMatchObject({ nextLook, failures: 0 });
});

test("a stage is previewed first, and updated at the same time by the same plan", async () => {
  const report = await runAt(LATE);
  expect(report).toMatchObject({ outcome: "done", work: ["stage"], active: ACTIVE.generation });
  expect(report.staged).toMatch(/^166-/);
  expect(asked()).toEqual([`preview ${LATE}`, `up ${LATE}`]);
  const { plan } = await planned(LATE);
  expect(given()).toEqual([plan, plan]);
  expect(await readJournal(STACK)).toMatchObject([{ work: "stage", outcome: "done", at: LATE, problem: null }]);
});

test("promise 4: what is more than a reset is held back before anything is done, and is told", async () => {
  would({ op: "replace", urn: client });
  await expect(runAt(LATE)).rejects.toMatchObject({
    code: "held-back",
    message: expect.stringContaining("replace docker:index/container:Container local-beacon"),
  });
  expect(asked()).toEqual([`preview ${LATE}`]);
  expect(await readJournal(STACK)).toMatchObject([{ outcome: "held-back", problem: { code: "held-back" } }]);
});

test("a dry run looks at the preview too, and does nothing", async () => {
  expect(await runAt(LATE, { dryRun: true })).toMatchObject({ outcome: "dry-run", work: ["stage"] });
  expect(asked()).toEqual([`preview ${LATE}`]);
  expect(await readJournal(STACK)).toEqual([]);
  would({ op: "delete", urn: urn("docker:index/volume:Volume", "local-keys") });
  await expect(runAt(LATE, { dryRun: true })).rejects.toMatchObject({ code: "held-back" });
});

test("with --stage nothing moves, however late it is: the update is told a time before the chain's end", async () => {
  expect(await runAt(END + 500, { stageOnly: true })).toMatchObject({ work: ["stage"], active: ACTIVE.generation });
  expect(asked()).toEqual([`preview ${END - 1}`, `up ${END - 1}`]);
});

test("after the chain's end a run would stage and switch in one update", async () => {
  would({ op: "replace", urn: client });
  const report = await runAt(END + 5, { dryRun: true });
  expect(report.work).toEqual(["switch"]);
  expect(report.active).toMatch(/^166-/);
});

test("before a switch what is deployed is previewed, too, and then what the switch would do", async () => {
  await runAt(END + 5, { dryRun: true });
  const { plan } = await planned(END + 5);
  expect(given()).toEqual([{ active: ACTIVE }, plan]);
});

test("promise 4: on an engine that has nothing of the stack's, as that of a CI runner by the same socket, nothing is done", async () => {
  const usual = docker.told();
  docker.tell([{ ...OWN_VOLUME, stdout: "" }, ...usual]);
  await expect(runAt(LATE)).rejects.toMatchObject({ code: "host-changed", remedy: expect.stringContaining("ssh://") });
  docker.tell(usual);
  expect(asked()).toEqual([]);
});

test("promise 4: an edit that nobody has brought up does not go along with a switch, and is told", async () => {
  would({ op: "delete-replaced", urn: client }, { op: "replace", urn: client });
  await expect(runAt(END + 5)).rejects.toMatchObject({
    code: "held-back",
    message: expect.stringContaining("delete-replaced docker:index/container:Container local-beacon"),
    remedy: expect.stringContaining("bin/ephemery up"),
  });
  expect(asked().filter((call) => call.startsWith("up"))).toEqual([]);
  // Without one the same replacements are the switch's own.
  writeFileSync(`${steps}.${END - 1}`, JSON.stringify({ steps: [] }));
  expect(await runAt(END + 5, { dryRun: true })).toMatchObject({ outcome: "dry-run", work: ["switch"] });
});

test("what is staged needs no room any more: a full disk keeps no node on a chain that has ended", async () => {
  would({ op: "replace", urn: client });
  const room = (): string[] =>
    docker
      .calls()
      .map(({ args }) => args.join(" "))
      .filter((call) => call.includes("DockerRootDir"));
  writeFileSync(join(folder, "code"), "1");
  docker.calls();
  await expect(runAt(END + 5)).rejects.toMatchObject({ code: "engine" });
  expect(room()).toHaveLength(1);
  const staged = (await runAt(END + 5, { dryRun: true })).active;
  const { plan } = await planned(END + 5);
  expect(plan.active.generation).toBe(staged);
  writeFileSync(outputs, JSON.stringify({ record: { active: ACTIVE, next: plan.active }, owner: OWNER }));
  docker.calls();
  await expect(runAt(END + 5)).rejects.toMatchObject({ code: "engine" });
  expect(room()).toEqual([]);
});

test("a switch that was cut off is gone on with: clients it had moved, and that have ended, are started first", async () => {
  would({ op: "replace", urn: client });
  const usual = docker.told();
  docker.tell([{ when: "ps --all", stdout: "job\tJ\nbeacon\tB\nexecution\tE\n" }, { when: "start" }, ...usual]);
  docker.calls();
  writeFileSync(join(folder, "code"), "1");
  const failed = runAt(END + 5);
  await expect(failed).rejects.toMatchObject({ code: "engine" });
  docker.tell(usual);
  const calls = docker.calls().map(({ args }) => args.join(" "));
  expect(calls.filter((call) => call.startsWith("start"))).toEqual(["start E", "start B"]);
  expect(calls.find((call) => call.startsWith("ps --all"))).toMatch(
    new RegExp(`status=exited .*ephemery.id=${OWNER.id} .*ephemery.generation=166-`),
  );
  expect(told).toContain("E had ended; it was started again.");
});

test("a client that can't be started again does not keep a switch from the update, which may put it right", async () => {
  would({ op: "replace", urn: client });
  const usual = docker.told();
  const refused = { when: "start", code: 1, stderr: "Error response from daemon: network 0123 not found" };
  docker.tell([{ when: "ps --all", stdout: "execution\tE\n" }, refused, ...usual]);
  writeFileSync(join(folder, "code"), "1");
  await expect(runAt(END + 5)).rejects.toMatchObject({ code: "engine" });
  docker.tell(usual);
  expect(asked()).toContain(`up ${END + 5}`);
  expect(told.join("\n")).not.toContain("started again");
});

describe("a client that does not know a fork the next chain begins with", () => {
  const old = { beaconImage: "sigp/lighthouse:v7.1.0" };

  test("is told of when that chain is staged, with the version that is needed", async () => {
    expect(await runAt(LATE, {}, old)).toMatchObject({ outcome: "done", work: ["stage"] });
    expect(told.join("\n")).toContain(
      "lighthouse 7.1.0 does not know the fork fulu, which iteration 166 has from its genesis on: that needs 8.0.0 or newer",
    );
  });

  test("is not moved onto it: nothing is asked of the engine, and the run is noted as failed", async () => {
    would({ op: "replace", urn: client });
    await expect(runAt(END + 5, {}, old)).rejects.toMatchObject({
      code: "client-too-old",
      message: expect.stringContaining("needs 8.0.0 or newer"),
      remedy: expect.stringContaining("ephemery:beaconImage"),
    });
    expect(asked()).toEqual([]);
    expect(await readJournal(STACK)).toMatchObject([{ outcome: "failed", problem: { code: "client-too-old" } }]);
  });

  test("is refused by a dry run, too", async () => {
    would({ op: "replace", urn: client });
    await expect(runAt(END + 5, { dryRun: true }, old)).rejects.toMatchObject({ code: "client-too-old" });
  });
});

describe("a settle whose removals failed, or were cut off: by the state the chain has proved itself, and is settled", () => {
  const volume = (generation: string): string =>
    urn("docker:index/volume:Volume", `local-${generation}-execution-chain`);
  const record = { active: ACTIVE, settled: true };
  beforeEach(() => {
    writeFileSync(outputs, JSON.stringify({ record, owner: OWNER }));
    holds(volume("164-0123abcd"), volume(ACTIVE.generation));
  });

  test("is done again, and noted", async () => {
    expect(await runAt(EARLY)).toMatchObject({ outcome: "done", work: ["settle"], nodeDownSeconds: null });
    expect(asked()).toEqual([`preview ${EARLY}`, `up ${EARLY}`]);
    expect(given()).toEqual([record, record]);
    expect(await readJournal(STACK)).toMatchObject([
      { work: "settle", generation: ACTIVE.generation, outcome: "done" },
    ]);
    expect(await runAt(EARLY + 60)).toMatchObject({ outcome: "nothing", work: [] });
  });

  test("makes its room before the next chain needs it", async () => {
    expect(await runAt(LATE)).toMatchObject({ outcome: "done", work: ["settle", "stage"] });
    expect(given().map(({ next }) => next?.iteration)).toEqual([undefined, undefined, 166, 166]);
  });

  test("waits where nothing is left of any other chain, where a switch is near, and for a dry run", async () => {
    expect(await runAt(EARLY, { dryRun: true })).toMatchObject({ outcome: "nothing", work: [] });
    expect(await runAt(END - 30)).toMatchObject({ work: ["stage"] });
    holds(volume(ACTIVE.generation));
    expect(await runAt(EARLY)).toMatchObject({ outcome: "nothing", work: [] });
  });
});

test("a stack with a moment of its own does it then, and not before", async () => {
  const jitter = { resetJitter: "300" };
  const offset = Number.parseInt(OWNER.id, 16) % 301;
  expect(offset).toBeGreaterThan(5);
  expect((await runAt(END + offset - 1, { jitter: true, dryRun: true }, jitter)).work).toEqual(["stage"]);
  would({ op: "replace", urn: client });
  expect((await runAt(END + offset, { jitter: true, dryRun: true }, jitter)).work).toEqual(["switch"]);
  // A person who says so does not wait.
  expect((await runAt(END, { dryRun: true }, jitter)).work).toEqual(["switch"]);
});

describe("the journal has the time at which a run began", () => {
  const begins = async (): Promise<unknown> => (await readJournal(STACK)).map(({ work, at }) => [work, at]);

  test("also where the stack has a moment of its own", async () => {
    const jitter = { resetJitter: "300" };
    const turn = END + (Number.parseInt(OWNER.id, 16) % 301);
    would({ op: "replace", urn: client });
    writeFileSync(join(folder, "code"), "1");
    await expect(runAt(turn, { jitter: true }, jitter)).rejects.toMatchObject({ code: "engine" });
    expect(asked().at(-1)).toBe(`up ${END}`);
    expect(await begins()).toEqual([["switch", turn]]);
  });

  test("also where it stages after the chain's end", async () => {
    await runAt(END + 500, { stageOnly: true });
    expect(await begins()).toEqual([["stage", END + 500]]);
  });
});

test("the journal says of a switch whether what it moves to lay ready", async () => {
  would({ op: "replace", urn: client });
  writeFileSync(join(folder, "code"), "1");
  await expect(runAt(END + 5)).rejects.toMatchObject({ code: "engine" });
  const { plan } = await planned(END + 5);
  writeFileSync(outputs, JSON.stringify({ record: { active: ACTIVE, next: plan.active }, owner: OWNER }));
  await expect(runAt(END + 10)).rejects.toMatchObject({ code: "engine" });
  expect((await readJournal(STACK)).map(({ ready }) => ready)).toEqual([false, true]);
});

test("a switch that fails keeps since when the node is down, and the run that sees it come up counts from there", async () => {
  would({ op: "replace", urn: client });
  writeFileSync(join(folder, "code"), "1");
  const usual = docker.told();
  happens({ action: "kill", role: "beacon", time: END + 6.3 }, { action: "die", role: "beacon", time: END + 7 });
  await expect(runAt(END + 5)).rejects.toMatchObject({ code: "engine" });
  // Nothing is left to be stopped.
  happens({ action: "health_status: healthy", role: "beacon", time: END + 46.8 });
  await expect(runAt(END + 20)).rejects.toMatchObject({ code: "engine" });
  docker.tell(usual);
  const [stopped, ready] = await readJournal(STACK);
  expect(stopped).toMatchObject({ work: "switch", nodeDownSeconds: null, downSince: END + 6.3 });
  expect(ready).toMatchObject({ work: "switch", nodeDownSeconds: 40.5 });
  expect(ready).not.toHaveProperty("downSince");
});

test("a run that fails is noted, and the next one waits longer each time", async () => {
  writeFileSync(join(folder, "code"), "1");
  await expect(runAt(LATE)).rejects.toMatchObject({ code: "engine" });
  expect(await readJournal(STACK)).toMatchObject([{ outcome: "failed", problem: { code: "engine" } }]);
  expect(await remembered(STACK, LATE)).toMatchObject({ nextLook: LATE + 15, failures: 1, active: null });
  await expect(runAt(LATE + 20)).rejects.toMatchObject({ code: "engine" });
  expect(await remembered(STACK, LATE + 20)).toMatchObject({ nextLook: LATE + 50, failures: 2 });
  writeFileSync(join(folder, "code"), "0");
  await runAt(LATE + 60);
  expect(await failuresOf(STACK)).toBe(0);
});

describe("a switch waits for nothing that failed before its time", () => {
  test("back-off ends at the chain's end, and begins anew there", async () => {
    writeFileSync(join(folder, "code"), "1");
    for (const time of [END - 2_000, END - 1_900, END - 1_800, END - 1_700, LATE])
      await expect(runAt(time)).rejects.toMatchObject({ code: "engine" });
    expect(await remembered(STACK, LATE)).toMatchObject({ nextLook: END, failures: 5 });
    would({ op: "replace", urn: client });
    await expect(runAt(END)).rejects.toMatchObject({ code: "engine" });
    expect(await remembered(STACK, END)).toMatchObject({ nextLook: END + 15, failures: 1 });
    await expect(runAt(END + 15)).rejects.toMatchObject({ code: "engine" });
    expect(await remembered(STACK, END + 15)).toMatchObject({ nextLook: END + 45, failures: 2 });
  });

  test("of a stack with a moment of its own, at that", async () => {
    const jitter = { resetJitter: "300" };
    const turn = END + (Number.parseInt(OWNER.id, 16) % 301);
    writeFileSync(join(folder, "code"), "1");
    await expect(runAt(turn - 5, { jitter: true }, jitter)).rejects.toMatchObject({ code: "engine" });
    expect(await remembered(STACK, turn - 5)).toMatchObject({ nextLook: turn, failures: 1 });
  });

  test("a chain that has ended proves nothing any more: no settle between its end and the stack's moment", async () => {
    const jitter = { resetJitter: "300", releaseSources: JSON.stringify(["http://127.0.0.1:1/nobody/there"]) };
    const record = { active: ACTIVE, previous: chainOf(164) };
    writeFileSync(outputs, JSON.stringify({ record, owner: OWNER }));
    const options = { jitter: true, dryRun: true };
    expect((await runAt(END - 1, options, jitter)).work).toEqual(["settle"]);
    expect(await runAt(END, options, jitter)).toMatchObject({ outcome: "nothing", work: [] });
  });
});

describe("hooks", () => {
  test("are run around the work, after the guard has agreed", async () => {
    for (const name of ["before-stage", "after-stage", "before-switch", "failed"]) hook(name);
    const { staged } = await runAt(LATE);
    expect(asked()).toEqual([
      `preview ${LATE}`,
      `before-stage ${STACK} ${staged}`,
      `up ${LATE}`,
      `after-stage ${STACK} ${staged}`,
    ]);
  });

  test("one that fails before the work keeps it from being done, and `failed` is run", async () => {
    hook("before-stage", 1);
    hook("failed");
    await expect(runAt(LATE)).rejects.toMatchObject({ code: "hook" });
    expect(asked()).toEqual([`preview ${LATE}`, expect.stringMatching(/^before-stage /), `failed ${STACK} hook`]);
    expect(await readJournal(STACK)).toMatchObject([{ outcome: "failed", problem: { code: "hook" } }]);
  });

  test("one that fails after the work is told, and the work is done", async () => {
    hook("after-stage", 1);
    expect(await runAt(LATE)).toMatchObject({ outcome: "done" });
    expect(told.join("\n")).toContain("hooks/after-stage ended with code 1");
    expect(await readJournal(STACK)).toMatchObject([{ outcome: "done" }]);
  });
});

test("a stack without a node has nothing to reset, and is told how to get one", async () => {
  writeFileSync(outputs, "{}");
  await expect(runAt(LATE)).rejects.toMatchObject({
    code: "no-plan",
    remedy: expect.stringContaining("bin/ephemery up"),
  });
  expect(asked()).toEqual([]);
});
