// A run from its first look to its last word: what it asks before it changes anything, and in which order. Pulumi and
// Docker are scripts that write down what they were asked; plan, releases, guard, hooks, journal and locks are real.

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { STAGE_LEAD } from "../../../../chain/plan";
import { type Decided, decidePlan } from "../../../../chain/planning";
import { RUN_TIME } from "../../../../components/program/run-time";
import { Stack } from "../../../../operations/engine/stack";
import { readJournal } from "../../../../operations/reset/journal";
import { failuresOf, remembered } from "../../../../operations/reset/memo";
import { type ResetOptions, type RunReport, runReset } from "../../../../operations/reset/run";
import { REPOSITORY, serveReleases } from "../../../../rehearsal/server";
import { ROOT } from "../../../../toolchain/paths";
import { DockerHere } from "../../../support/docker-here";
import { ownFolder } from "../../../support/folder";
import { chainOf, settingsOf } from "../../../support/node";

const folder = ownFolder("run");
const docker = new DockerHere(join(folder, "docker"));
const releases = join(folder, "releases");
const calls = join(folder, "calls");
const outputs = join(folder, "outputs.json");
const steps = join(folder, "steps.json");
const pulumi = join(folder, "pulumi");
const hooks = join(folder, "hooks");
const STACK = "run-test";
const OWNER = { host: "local", stack: STACK, id: "0badcafe" };
const ACTIVE = chainOf(165);
const END = ACTIVE.executionGenesisTime + ACTIVE.period;

let server: Server;
let source: string;
const before = { data: process.env.EPHEMERY_DATA, cache: process.env.EPHEMERY_CACHE };

beforeAll(async () => {
  process.env.EPHEMERY_DATA = join(folder, "data");
  process.env.EPHEMERY_CACHE = join(folder, "cache");
  mkdirSync(join(releases, "ephemery-166"), { recursive: true });
  const bundle = "network-config.tar.gz";
  cpSync(join(ROOT, `test/testdata/fulu-166-${bundle}`), join(releases, "ephemery-166", bundle));
  server = await serveReleases(releases, 0);
  const address = server.address();
  source = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/${REPOSITORY}`;
  writeFileSync(
    pulumi,
    [
      "#!/bin/sh",
      `case "$1 $2" in`,
      `"stack output") cat ${outputs};;`,
      `"stack ls") echo '[{"name":"${STACK}"}]';;`,
      `"stack export") echo '{"deployment":{}}';;`,
      `preview*) echo "preview $${RUN_TIME}" >> ${calls}; cat ${steps}.$${RUN_TIME} 2>/dev/null || cat ${steps};;`,
      `up*) echo "up $${RUN_TIME}" >> ${calls}; exit $(cat ${folder}/code);;`,
      "esac",
    ].join("\n"),
    { mode: 0o755 },
  );
  docker.tell([
    { when: "version", stdout: "1.41 20.10.24" },
    { when: "info", stdout: "/nowhere" },
    { when: "ps --all" },
    { when: "inspect", code: 1, stderr: "Error: No such object" },
  ]);
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  for (const [name, value] of [
    ["EPHEMERY_DATA", before.data],
    ["EPHEMERY_CACHE", before.cache],
  ] as const) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

beforeEach(() => {
  for (const each of [calls, hooks, `${steps}.${END - 1}`, join(folder, "data")])
    rmSync(each, { recursive: true, force: true });
  writeFileSync(join(folder, "code"), "0");
  writeFileSync(outputs, JSON.stringify({ record: { active: ACTIVE }, owner: OWNER }));
  would();
});
afterEach(() => jest.restoreAllMocks());

/** What a preview shows, beside what always is the same. */
function would(...changes: readonly { op: string; urn: string }[]): void {
  writeFileSync(steps, JSON.stringify({ steps: [{ op: "same", urn: "x" }, ...changes] }));
}
const urn = (type: string, name: string): string =>
  `urn:pulumi:${STACK}::ephemery::ephemery:index:EphemeryNode$${type}::${name}`;
const client = urn("docker:index/container:Container", "local-beacon");

/** A hook that writes down that it ran, and for which generation. */
function hook(name: string, code = 0): void {
  mkdirSync(hooks, { recursive: true });
  const script = `#!/bin/sh\necho "${name} $EPHEMERY_STACK $EPHEMERY_GENERATION$EPHEMERY_PROBLEM_CODE" >> ${calls}\nexit ${code}\n`;
  writeFileSync(join(hooks, name), script, { mode: 0o755 });
}

const asked = (): string[] => (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : []);
const told: string[] = [];

function runAt(
  time: number,
  options: Partial<ResetOptions> = {},
  config: Readonly<Record<string, string>> = {},
): Promise<RunReport> {
  told.length = 0;
  jest.spyOn(Date, "now").mockReturnValue(time * 1000);
  const settings = settingsOf(
    { network: "rehearsal", p2pNetwork: "x", releaseSources: JSON.stringify([source]), ...config },
    STACK,
  );
  const stack = new Stack(STACK, { origin: "built", pulumi, env: {} }, folder);
  return runReset(stack, settings, {
    dryRun: false,
    stageOnly: false,
    jitter: false,
    show: false,
    tell: (line) => told.push(line),
    hooks,
    ...options,
  });
}

/** As a run at that time plans. */
async function planned(time: number): Promise<Decided> {
  const settings = settingsOf(
    { network: "rehearsal", p2pNetwork: "x", releaseSources: JSON.stringify([source]) },
    STACK,
  );
  return decidePlan(settings, { active: ACTIVE }, time);
}

const EARLY = END - STAGE_LEAD - 1_000;
const LATE = END - 100;

test("promise 3: before a release can be there, nobody is asked and the engine is not started", async () => {
  // Its own moment of the ten minutes over which nodes spread their first looks.
  const nextLook = END - STAGE_LEAD + (Number.parseInt(OWNER.id, 16) % 600);
  expect(await runAt(EARLY)).toMatchObject({ outcome: "nothing", work: [], nextLook });
  expect(asked()).toEqual([]);
  expect(await remembered(STACK, EARLY)).toMatchObject({ nextLook, failures: 0 });
});

test("a stage is previewed first, and updated at the same time of the same plan", async () => {
  const report = await runAt(LATE);
  expect(report).toMatchObject({ outcome: "done", work: ["stage"], active: ACTIVE.generation });
  expect(report.staged).toMatch(/^166-/);
  expect(asked()).toEqual([`preview ${LATE}`, `up ${LATE}`]);
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

test("promise 2: a switch is done when the node is proved to be on the new chain; one that is not has failed", async () => {
  would({ op: "replace", urn: client });
  hook("after-switch");
  const deployed = { containers: {}, apiNetwork: "api", tools: "tools", host: { name: "local", uri: "unix:///x" } };
  writeFileSync(outputs, JSON.stringify({ record: { active: ACTIVE }, owner: OWNER, ...deployed }));
  // No client is there. Each look takes its time, as far as the run can tell, and slot 0 is long past.
  const failed = runAt(END + 700);
  let now = (END + 700) * 1000;
  jest.spyOn(Date, "now").mockImplementation(() => {
    now += 20_000;
    return now;
  });
  await expect(failed).rejects.toMatchObject({ code: "not-proved" });
  const [stays, switches, update] = asked();
  expect(stays).toBe(`preview ${END - 1}`);
  expect(update?.split(" ")).toEqual(["up", switches?.split(" ")[1]]);
  const failure = { work: "switch", outcome: "failed", problem: { code: "not-proved" } };
  expect(await readJournal(STACK)).toMatchObject([failure]);

  // The update has moved the record; the next run looks again, and changes nothing.
  const record = { active: chainOf(166), previous: ACTIVE };
  writeFileSync(outputs, JSON.stringify({ record, owner: OWNER, ...deployed }));
  rmSync(calls);
  const again = runAt(END + 1_000);
  now = (END + 1_000) * 1000;
  jest.spyOn(Date, "now").mockImplementation(() => {
    now += 20_000;
    return now;
  });
  await expect(again).rejects.toMatchObject({ code: "not-proved" });
  expect(asked()).toEqual([]);
  expect(await readJournal(STACK)).toMatchObject([failure, failure]);
  expect(await failuresOf(STACK)).toBe(2);
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

describe("promise 9: nobody has to look to learn that a reset is in danger", () => {
  test("a release that is there and refused fails the run, after all else is done, and rings", async () => {
    hook("failed");
    const bundle = join(releases, "ephemery-166", "network-config.tar.gz");
    const good = readFileSync(bundle);
    rmSync(join(folder, "cache"), { recursive: true, force: true });
    writeFileSync(bundle, good.subarray(0, 1_000));
    try {
      await expect(runAt(LATE)).rejects.toMatchObject({ code: "bundle-refused" });
    } finally {
      writeFileSync(bundle, good);
    }
    expect(told.join("\n")).toContain("The node stays on iteration 165");
    expect(asked()).toEqual([`failed ${STACK} bundle-refused`]);
    expect(await readJournal(STACK)).toMatchObject([
      { work: "look", generation: ACTIVE.generation, outcome: "failed", problem: { code: "bundle-refused" } },
    ]);
    expect(await remembered(STACK, LATE)).toMatchObject({ nextLook: LATE + 15, failures: 1 });
  });

  test("a chain that was released anew under the node rings, and is in the journal", async () => {
    hook("failed");
    const other = { ...chainOf(166), identity: "ff".repeat(32), executionGenesisTime: LATE - 2_419_200 + 100 };
    writeFileSync(outputs, JSON.stringify({ record: { active: other }, owner: OWNER }));
    await expect(runAt(LATE)).rejects.toMatchObject({ code: "identity-changed" });
    expect(asked()).toEqual([`failed ${STACK} identity-changed`]);
    expect(await readJournal(STACK)).toMatchObject([{ work: "look", problem: { code: "identity-changed" } }]);
  });

  test("a source that does not answer is no failure: it is asked less and less often", async () => {
    hook("failed");
    const nobody = { releaseSources: JSON.stringify(["http://127.0.0.1:1/nobody/there"]) };
    const pauses: number[] = [];
    for (let time = LATE - 2_000, look = 0; look < 4; look++) {
      const { nextLook } = await runAt(time, {}, nobody);
      pauses.push(nextLook - time);
      time = nextLook;
    }
    expect(pauses).toEqual([60, 120, 240, 300]);
    expect(asked()).toEqual([]);
    expect(await readJournal(STACK)).toEqual([]);
    // It answers, and is asked each minute again.
    await runAt(LATE);
    expect(await remembered(STACK, LATE)).toMatchObject({ silent: 0 });
  });
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
