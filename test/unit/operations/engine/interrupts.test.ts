// A process that is told to end while an engine of its is at work. A script stands for Pulumi and notes its signals; the
// signals go to the whole process group, as a terminal sends them.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "../../../../toolchain/paths";
import { ownFolder } from "../../../support/folder";
import { descendants, endAll } from "../../../support/processes";

const folder = ownFolder("interrupts");
const pulumi = join(folder, "pulumi");
const noted = join(folder, "noted");
const finish = join(folder, "finish");

/** It ends when it is let, or by its second signal, as Pulumi does; at the latest when the test is over. */
writeFileSync(
  pulumi,
  `#!/bin/sh
signals=0
got() { echo $1 >> ${noted}; signals=$((signals + 1)); [ $signals -lt 2 ] || exit 3; }
trap 'got INT' INT
trap 'got TERM' TERM
echo started >> ${noted}
until rm ${finish} 2> /dev/null; do sleep 0.05; [ -d ${folder} ] || exit 4; done
echo finished >> ${noted}
`,
  { mode: 0o755 },
);

beforeEach(() => {
  rmSync(noted, { force: true });
  rmSync(finish, { force: true });
});

const notes = (): string[] => (existsSync(noted) ? readFileSync(noted, "utf8").trim().split("\n") : []);

class Run {
  private readonly child: ChildProcess;
  private said = "";

  /** @param engines that it runs one after the other. */
  constructor(unattended: boolean, engines = 1) {
    const code = `
      const { Stack } = require("./operations/engine/stack");
      const { startApart } = require("./toolchain/run");
      ${unattended ? "startApart();" : ""}
      const stack = new Stack("test", { origin: "built", pulumi: ${JSON.stringify(pulumi)}, env: {} }, ${JSON.stringify(folder)});
      const work = async () => {
        for (let engine = 0; engine < ${engines}; engine++) await stack.up();
      };
      work().then(() => process.stderr.write("well"), () => process.stderr.write("ill"));
    `;
    this.child = spawn(process.execPath, ["--require", "./toolchain/typescript.cjs", "--eval", code], {
      cwd: ROOT,
      stdio: ["ignore", "inherit", "pipe"],
      detached: true,
    });
    this.child.stderr?.on("data", (chunk) => {
      this.said += chunk;
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  async says(text: string): Promise<void> {
    await until(() => this.said.includes(text));
  }

  async ended(): Promise<NodeJS.Signals | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
    return this.child.signalCode;
  }
}

async function until(come: () => boolean): Promise<void> {
  for (let look = 0; look < 400 && !come(); look++) await sleep(50);
  expect(come()).toBe(true);
}

const started = (times = 1): Promise<void> =>
  until(() => notes().filter((note) => note === "started").length === times);

test.each(["SIGINT", "SIGTERM"] as const)(
  "the engine of a run without a person finishes after a %s",
  async (signal) => {
    const run = new Run(true);
    await started();
    run.signal(signal);
    await run.says("finished first");
    writeFileSync(finish, "");
    await run.says("well");
    expect(await run.ended()).toBeNull();
    expect(notes()).toEqual(["started", "finished"]);
  },
);

test("a second signal is passed on to it, and so is every other", async () => {
  const run = new Run(true);
  await started();
  run.signal("SIGTERM");
  await run.says("finished first");
  run.signal("SIGINT");
  await until(() => notes().length === 2);
  run.signal("SIGTERM");
  await run.says("ill");
  expect(await run.ended()).toBeNull();
  expect(notes()).toEqual(["started", "INT", "TERM"]);
});

test("it is the second one also where the first came to an engine before", async () => {
  const run = new Run(true, 2);
  await started();
  run.signal("SIGINT");
  await run.says("finished first");
  writeFileSync(finish, "");
  await started(2);
  run.signal("SIGINT");
  await until(() => notes().includes("INT"));
  writeFileSync(finish, "");
  await run.ended();
});

test("a terminal that is closed ends both at once", async () => {
  const run = new Run(true);
  await started();
  const engine = descendants(run.pid);
  run.signal("SIGHUP");
  expect(await run.ended()).toBe("SIGHUP");
  await until(() => !engine.some((pid) => existsSync(`/proc/${pid}`)));
});

test("what kills a run and all that it started finds its engine too", async () => {
  const run = new Run(true);
  await started();
  const engine = descendants(run.pid);
  expect(engine.length).toBeGreaterThan(0);
  endAll([run.pid, ...engine]);
  expect(await run.ended()).toBe("SIGKILL");
  writeFileSync(finish, "");
  await sleep(300);
  expect(notes()).toEqual(["started"]);
});

test("Ctrl-C of a person goes to the engine as well, at once", async () => {
  const run = new Run(false);
  await started();
  run.signal("SIGINT");
  await run.says("a second Ctrl-C");
  await until(() => notes().includes("INT"));
  writeFileSync(finish, "");
  await run.says("well");
  expect(notes()).toEqual(["started", "INT", "finished"]);
});
