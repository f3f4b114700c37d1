// The wait for a client, by a shell and an engine that says what a test has it say.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { awaitHealth } from "../../components/until-healthy";
import { isAlive } from "../../toolchain/lock.cjs";
import { ownFolder } from "../support/folder";
import { mockedNode } from "../support/mocked-node";
import { VALIDATORS } from "../support/node";
import { inFront, type Outcome, outcome } from "../support/shell";

const folder = ownFolder("until-healthy");
const health = join(folder, "health");
const state = join(folder, "state");
const listened = join(folder, "listened");
const listener = join(folder, "listener");
const programs = join(folder, "programs");
mkdirSync(programs);

/** An engine of which `inspect` says what is in a file, and `events` what the test has it do. */
function engine(events: string): void {
  const inspect = `[ -e ${health} ] || { echo "Error: No such object" >&2; exit 1; }; echo "2026-11-27T10:00:00.5Z $(cat ${state}) $(cat ${health})"`;
  const listen = `echo $$ > ${listener}; printf '%s\\n' "$*" >> ${listened}; ${events}`;
  writeFileSync(
    join(programs, "docker"),
    `#!/bin/bash\ncase $1 in inspect) ${inspect} ;; start) echo running > ${state} ;; events) shift; ${listen} ;; esac\n`,
    { mode: 0o755 },
  );
}

const wait = (within = 60): Promise<Outcome> =>
  outcome("sh", ["-c", awaitHealth("the-beacon", "beacon", within)], { PATH: inFront(programs) });
const asked = (): string[] => (existsSync(listened) ? readFileSync(listened, "utf8").trim().split("\n") : []);

beforeEach(() => {
  rmSync(listened, { force: true });
  writeFileSync(health, "starting");
  writeFileSync(state, "running");
});

test("one that is healthy is waited for no longer, and listened to not at all", async () => {
  engine("exit 1");
  writeFileSync(health, "healthy");
  expect(await wait()).toMatchObject({ code: 0, stderr: "" });
  expect(asked()).toEqual([]);
});

test("one that starts is waited for until the engine tells that it is healthy, and the listening ends", async () => {
  engine(`echo exec_die; sleep 0.3; echo healthy > ${health}; echo 'health_status: healthy'; exec sleep 60`);
  const begin = Date.now();
  expect(await wait()).toMatchObject({ code: 0, stderr: "" });
  expect(Date.now() - begin).toBeLessThan(20_000);
  expect(asked()).toHaveLength(1);
  expect(asked()[0]).toMatch(/^--since 2026-11-27T10:00:00\.5Z --until \d+ --filter container=the-beacon /);
  expect(isAlive(Number(readFileSync(listener, "utf8")))).toBe(false);
});

test("what was told and is over does not end the wait", async () => {
  engine(`[ $(wc -l < ${listened}) -lt 3 ] || echo healthy > ${health}; echo 'health_status: healthy'; exec sleep 60`);
  expect((await wait()).code).toBe(0);
  expect(asked()).toHaveLength(3);
});

test("one that has ended is started, though it was healthy when it did", async () => {
  engine("echo 'health_status: healthy'; exec sleep 60");
  writeFileSync(health, "healthy");
  writeFileSync(state, "exited");
  expect((await wait()).code).toBe(0);
  expect(readFileSync(state, "utf8")).toBe("running\n");
});

test("one that is gone is not waited for", async () => {
  engine(`rm ${health}; echo destroy; exec sleep 60`);
  const { code, stderr } = await wait();
  expect(code).toBe(1);
  expect(stderr).toContain("No such object");
});

test("whoever kills it gets all of its output at once, and its listening ends with the next probe that is told of", async () => {
  engine("while sleep 0.2; do echo exec_die; done");
  const shell = spawn("sh", ["-c", awaitHealth("the-beacon", "beacon", 60)], {
    env: { ...process.env, PATH: inFront(programs) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  while (asked().length === 0) await sleep(20);
  const closed = new Promise((resolve) => shell.on("close", resolve));
  shell.kill("SIGKILL");
  await closed;
  const pid = Number(readFileSync(listener, "utf8"));
  for (let attempt = 0; attempt < 200 && isAlive(pid); attempt++) await sleep(50);
  expect(isAlive(pid)).toBe(false);
});

test("one that is late is told by name", async () => {
  engine("exit 0");
  expect(await wait(1)).toMatchObject({
    code: 1,
    stderr: "The beacon client, the-beacon, did not become healthy in 1 seconds.\n",
  });
});

test("each client is waited for again when its container is another one", async () => {
  const run = await mockedNode(VALIDATORS);
  for (const layer of ["execution", "beacon", "validator"] as const) {
    const { inputs, inputsFrom, deleteBeforeReplace } = run.named(`local-${layer}-healthy`);
    const container = `ephemery-local-test-0123abcd-${layer}`;
    expect(inputs).toMatchObject({
      create: awaitHealth(container, layer, layer === "beacon" ? 900 : 300),
      update: ":",
      environment: { DOCKER_HOST: "unix:///var/run/docker.sock" },
    });
    expect(inputsFrom.triggers).toEqual([`local-${layer}`]);
    expect(deleteBeforeReplace).toBe(false);
  }
});
