// What a run tells of what endangers a reset: a node that does not show that it is on its new chain, a release that can't
// be taken, a source that is silent.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { Problem } from "../../../../config/problem";
import { tagOf } from "../../../../operations/reset/held.cjs";
import { readJournal } from "../../../../operations/reset/journal";
import { failuresOf, remembered } from "../../../../operations/reset/memo";
import { ROOT } from "../../../../toolchain/paths";
import { chainOf } from "../../../support/node";
import {
  ACTIVE,
  asked,
  calls,
  client,
  clock,
  END,
  folder,
  hook,
  LATE,
  OWNER,
  outputs,
  planned,
  releases,
  runAt,
  STACK,
  steps,
  told,
  would,
} from "../../../support/reset-run";

/** On a machine whose kernel is synchronised with nobody. */
async function withoutKernelClock(work: () => Promise<void>): Promise<void> {
  const path = process.env.PATH;
  const programs = join(folder, "programs");
  mkdirSync(programs, { recursive: true });
  writeFileSync(join(programs, "timedatectl"), "#!/bin/sh\necho no\n", { mode: 0o755 });
  process.env.PATH = `${programs}:${path}`;
  try {
    await work();
  } finally {
    process.env.PATH = path;
  }
}

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

  test("a chain that lies ready and was released anew with other forks rings until the end, and does not keep the node back", async () => {
    hook("failed");
    const { plan } = await planned(LATE);
    const next = { ...(plan.next ?? chainOf(166)), forks: [{ name: "other", epoch: 3 }] };
    writeFileSync(outputs, JSON.stringify({ record: { active: ACTIVE, next, settled: true }, owner: OWNER }));
    await expect(runAt(END - 600)).rejects.toMatchObject({ code: "forks-changed" });
    expect(asked()).toEqual([`failed ${STACK} forks-changed`]);
    would({ op: "replace", urn: client });
    const moved = await runAt(END + 1, { dryRun: true });
    expect(moved).toMatchObject({ work: ["switch"], active: next.generation });
  });

  test("what somebody else did meanwhile is no failure: the next run looks again, and nobody is woken", async () => {
    hook("failed");
    const { text } = new Problem("plan-stale", "The stack has changed.", "The next one looks again.");
    writeFileSync(
      steps,
      JSON.stringify({ steps: [], diagnostics: [{ message: `error: ${text}\n`, severity: "error" }] }),
    );
    writeFileSync(join(folder, "preview-code"), "1");
    await expect(runAt(LATE)).rejects.toMatchObject({ code: "plan-stale" });
    expect(asked()).toEqual([`preview ${LATE}`]);
    expect(await remembered(STACK, LATE)).toMatchObject({ nextLook: LATE + 15 });
  });

  test("what keeps a run from its stack fails it like all else: it is noted, tried again later and later, and rings", async () => {
    hook("failed");
    const gone = new Problem("toolchain", "Pulumi and its plugins are not ready on this machine.", "Set it up.");
    const open = () => Promise.reject(gone);
    await expect(runAt(LATE, {}, {}, open)).rejects.toBe(gone);
    expect(await remembered(STACK, LATE)).toMatchObject({ nextLook: LATE + 15, failures: 1 });
    await expect(runAt(LATE + 15, {}, {}, open)).rejects.toBe(gone);
    expect(await remembered(STACK, LATE + 15)).toMatchObject({ nextLook: LATE + 45, failures: 2 });
    expect(asked()).toEqual([`failed ${STACK} toolchain`, `failed ${STACK} toolchain`]);
    const failure = { work: "look", generation: "", outcome: "failed", problem: { code: "toolchain" } };
    expect(await readJournal(STACK)).toMatchObject([failure, failure]);
  });

  test("nor does it make a switch late: runs that can't look into the state go by what the last one knew", async () => {
    writeFileSync(outputs, JSON.stringify({ record: { active: ACTIVE, next: chainOf(166) }, owner: OWNER }));
    await runAt(END - 250);
    const open = () => Promise.reject(new Problem("engine", "The backend does not answer.", "Wait."));
    let time = END - 240;
    for (let look = 0; look < 5; look++) {
      await expect(runAt(time, {}, {}, open)).rejects.toMatchObject({ code: "engine" });
      time = (await remembered(STACK, time))?.nextLook ?? 0;
    }
    // By its own back-off it would be END + 225.
    expect(time).toBe(END);
    // What failed before counts no more.
    await expect(runAt(time, {}, {}, open)).rejects.toMatchObject({ code: "engine" });
    expect(await remembered(STACK, time)).toMatchObject({ nextLook: END + 15, failures: 1 });
  });

  test("a full disk, on which nothing can be noted, keeps nobody from being told", async () => {
    hook("failed");
    const open = () => Promise.reject(new Problem("engine", "The backend does not answer.", "Wait."));
    for (const each of ["journals", "looks"]) {
      rmSync(join(folder, "data", each), { recursive: true, force: true });
      mkdirSync(join(folder, "data"), { recursive: true });
      writeFileSync(join(folder, "data", each), "");
    }
    await expect(runAt(LATE, {}, {}, open)).rejects.toMatchObject({ code: "engine" });
    expect(asked()).toEqual([`failed ${STACK} engine`]);
  });

  describe("a run that holds the stack", () => {
    const place = process.env.PULUMI_BACKEND_URL ?? ROOT;
    const lock = join(folder, "data", "locks", `${STACK}-${tagOf(place)}.json`);
    const holder = (since: number): void => {
      mkdirSync(join(lock, ".."), { recursive: true });
      const when = new Date(since * 1000).toISOString();
      const mine = { pid: process.pid, host: hostname(), boot: "", began: "", command: "reset", since: when };
      const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      writeFileSync(lock, JSON.stringify({ ...mine, boot }));
    };
    afterEach(() => rmSync(lock, { force: true }));

    /** A look that has nothing to do, as all is staged, and knows when the node moves. */
    async function looked(): Promise<void> {
      const record = { active: ACTIVE, next: (await planned(END - 400)).plan.next };
      writeFileSync(outputs, JSON.stringify({ record, owner: OWNER }));
      expect(await runAt(END - 400)).toMatchObject({ outcome: "nothing" });
    }

    test("is waited for, and nobody is told", async () => {
      hook("failed");
      holder(LATE - 1_790);
      await expect(runAt(LATE)).rejects.toMatchObject({ code: "locked" });
      expect(asked()).toEqual([]);
      expect(await remembered(STACK, LATE)).toBeUndefined();
    });

    test("and has held it for longer than any run takes, is a failure", async () => {
      hook("failed");
      holder(LATE - 1_810);
      await expect(runAt(LATE)).rejects.toMatchObject({ code: "locked" });
      expect(asked()).toEqual([`failed ${STACK} locked`]);
      expect(await remembered(STACK, LATE)).toMatchObject({ nextLook: LATE + 15, failures: 1 });
      const failure = { work: "look", generation: "", outcome: "failed", problem: { code: "locked" } };
      expect(await readJournal(STACK)).toMatchObject([failure]);
    });

    test("and had it when a switch came due, is waited for a minute: slot 0 is ten away", async () => {
      await looked();
      hook("failed");
      holder(END - 300);
      await expect(runAt(END + 30)).rejects.toMatchObject({ code: "locked" });
      expect(asked()).toEqual([]);
      expect(await readJournal(STACK)).toEqual([]);
      await expect(runAt(END + 90)).rejects.toMatchObject({ code: "locked" });
      expect(asked()).toEqual([`failed ${STACK} locked`]);
      expect(await readJournal(STACK)).toMatchObject([{ work: "look", problem: { code: "locked" } }]);
    });

    test("and came after that, may be what does it, and has its half an hour", async () => {
      await looked();
      hook("failed");
      holder(END + 5);
      await expect(runAt(END + 90)).rejects.toMatchObject({ code: "locked" });
      expect(asked()).toEqual([]);
    });
  });

  test("a lock of Pulumi's that a run elsewhere has left rings when a switch waits for it, and is looked at each minute", async () => {
    hook("failed");
    const since = new Date((END - 300) * 1000).toISOString();
    const message = `error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.\n  file:///state/.pulumi/locks/x.json: created by runner@elsewhere (pid 7) at ${since}`;
    writeFileSync(steps, JSON.stringify({ steps: [], diagnostics: [{ message, severity: "error" }] }));
    writeFileSync(join(folder, "preview-code"), "1");
    writeFileSync(outputs, JSON.stringify({ record: { active: ACTIVE, next: chainOf(166) }, owner: OWNER }));
    const rung = (): string[] => asked().filter((call) => call.startsWith("failed"));
    const looks: number[] = [];
    for (let time = END; time < END + 400; ) {
      await expect(runAt(time)).rejects.toMatchObject({ code: "locked" });
      if (time < END + 60) expect(rung()).toEqual([]);
      looks.push(time - END);
      time = (await remembered(STACK, time))?.nextLook ?? 0;
    }
    expect(looks).toEqual([0, 15, 45, 105, 165, 225, 285, 345]);
    // After one minute, two and four: whoever has been told need not be told each minute.
    expect(rung()).toHaveLength(3);
  });

  test("a switch that nobody else says is due is looked at again soon, and rings once, after a minute", async () => {
    hook("failed");
    writeFileSync(outputs, JSON.stringify({ record: { active: ACTIVE, next: chainOf(166) }, owner: OWNER }));
    const nobody = { releaseSources: JSON.stringify(["http://127.0.0.1:1/nobody/there"]) };
    await withoutKernelClock(async () => {
      for (let look = 0; look < 7; look++)
        expect(await runAt(END + 15 * look, {}, nobody)).toMatchObject({
          outcome: "nothing",
          nextLook: END + 15 * (look + 1),
        });
    });
    expect(asked()).toEqual([`failed ${STACK} clock`]);
    expect(await readJournal(STACK)).toMatchObject([{ work: "look", outcome: "failed", problem: { code: "clock" } }]);
    expect(await failuresOf(STACK)).toBe(0);
  });

  test("a clock that was told of before is told of again, where the switch then waits for it", async () => {
    hook("failed");
    clock.ahead = 40;
    const begin = END - 5_000;
    writeFileSync(outputs, JSON.stringify({ record: { active: ACTIVE, next: chainOf(166) }, owner: OWNER }));
    for (const time of [begin, begin + 60]) await runAt(time).catch(() => undefined);
    const rung = (): string[] => asked().filter((call) => call.endsWith("clock"));
    expect(rung()).toHaveLength(1);
    const nobody = { releaseSources: JSON.stringify(["http://127.0.0.1:1/nobody/there"]) };
    await withoutKernelClock(async () => {
      for (let look = 0; look < 7; look++) await runAt(END + 15 * look, {}, nobody);
    });
    expect(rung()).toHaveLength(2);
  });

  test("a clock that is behind the source's rings once, after a minute, and changes nothing", async () => {
    hook("failed");
    clock.ahead = 900;
    const begin = END - 5_000;
    await runAt(begin);
    expect(told.join("\n")).toContain("This machine's clock is 900 s behind");
    const staged = { active: ACTIVE, next: (await planned(begin)).plan.next };
    writeFileSync(outputs, JSON.stringify({ record: staged, owner: OWNER }));
    const rung = (): string[] => asked().filter((call) => call.startsWith("failed"));
    expect(rung()).toEqual([]);
    // Not at the next time that matters, which may be the switch.
    expect(await remembered(STACK, begin)).toMatchObject({ nextLook: begin + 60, failures: 0 });
    const { nextLook } = await runAt(begin + 60);
    expect(rung()).toEqual([`failed ${STACK} clock`]);
    expect(nextLook).toBeGreaterThanOrEqual(END - 900);
    expect(await runAt(nextLook)).toMatchObject({ outcome: "nothing", nextLook: END });
    expect(rung()).toHaveLength(1);
    expect((await readJournal(STACK)).slice(1)).toMatchObject([{ work: "look", problem: { code: "clock" } }]);
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
