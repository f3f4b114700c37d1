// What the components rely on in the engine and the Docker provider: held here with busybox
// containers, on a real engine, so that a change of either shows before any client is involved.

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { dockerName } from "../../components/names";
import { Problem } from "../../config/problem";
import type { Stack } from "../../operations/engine/stack";
import { whileListening } from "../../operations/host/client-events";
import { reconcile } from "../../operations/reconcile";
import { isAlive } from "../../toolchain/lock.cjs";
import { ROOT } from "../../toolchain/paths";
import { host, incarnation, objectsWith, type Place, place, stackOf, sweep, toolchain } from "../support/machine";
import { descendants, endAll } from "../support/processes";

jest.setTimeout(300_000);

/** Another one in each run: what has its label is this run's. */
const ID = randomBytes(4).toString("hex");
const LABEL = `ephemery.id=${ID}`;
const NO_CHANGES = ["--expect-no-changes"];

let where: Place;
let stack: Stack;

const nameOf = (what: string, generation?: string): string =>
  dockerName({ host: "local", stack: where.name, id: ID }, what, generation);
const set = async (values: Record<string, string>): Promise<void> => {
  for (const [key, value] of Object.entries(values)) {
    const result = await stack.pulumi(["config", "set", `contract:${key}`, value, "--stack", stack.name]);
    if (!result.ok) throw new Error(result.all);
  }
};
const incarnations = () => Promise.all(["execution", "beacon", "validator"].map((layer) => incarnation(nameOf(layer))));

/** Stops and starts of the clients while something is done, in order, such as `die validator`. */
async function watched(work: () => Promise<unknown>): Promise<string[]> {
  const since = Math.floor(Date.now() / 1000);
  await work();
  await sleep(1_100); // events are asked for in whole seconds
  const until = Math.floor(Date.now() / 1000);
  const filters = ["event=die", "event=start", `label=${LABEL}`].flatMap((filter) => ["--filter", filter]);
  const format = '{{.Action}} {{index .Actor.Attributes "ephemery.role"}}';
  const text = await host.docker([
    "events",
    "--since",
    String(since),
    "--until",
    String(until),
    "--format",
    format,
    ...filters,
  ]);
  return text.split("\n").filter((line) => /execution|beacon|validator/.test(line));
}

beforeAll(async () => {
  where = place("contract");
  stack = await stackOf(where.name, "test/docker/contract");
  await stack.init();
  await set({ id: ID });
  await stack.up();
});

afterAll(async () => {
  await stack.destroy().catch(() => undefined);
  await stack.pulumi(["stack", "rm", "--yes", "--force", "--stack", stack.name]);
  await sweep(LABEL);
  where.dispose();
});

test("promise 1: a second up changes nothing, nor does one with --refresh", async () => {
  const before = await incarnations();
  await stack.up({ args: NO_CHANGES });
  await stack.up({ args: ["--refresh", ...NO_CHANGES] });
  expect(await incarnations()).toEqual(before);
});

test("a new generation stops validator, beacon, execution, then starts execution, beacon, validator", async () => {
  await set({ generation: "2" });
  expect(await watched(() => stack.up())).toEqual([
    "die validator",
    "die beacon",
    "die execution",
    "start execution",
    "start beacon",
    "start validator",
  ]);
  expect((await objectsWith(LABEL)).volumes).toEqual(expect.arrayContaining([nameOf("execution-chain", "2")]));
  expect((await objectsWith(LABEL)).volumes).not.toContain(nameOf("execution-chain", "1"));
});

test("a change to one client restarts that client alone", async () => {
  const [execution, beacon, validator] = await incarnations();
  await set({ changed: "beacon" });
  expect(await watched(() => stack.up())).toEqual(["die beacon", "start beacon"]);
  const after = await incarnations();
  expect([after[0], after[2]]).toEqual([execution, validator]);
  expect(after[1]).not.toBe(beacon);
});

test("the record is what the last successful update deployed, read back by the stack itself", async () => {
  await stack.up();
  expect(await stack.outputs()).toMatchObject({ before: { generation: "2" }, record: { generation: "2" } });
});

test("promise 2: a failed job stops nothing, deletes nothing and moves no record; the next up finishes", async () => {
  const before = await incarnations();
  await set({ generation: "3", failing: "3" });
  await expect(stack.up()).rejects.toThrow(/the job fails/);
  expect(await incarnations()).toEqual(before);
  expect(await stack.outputs()).toMatchObject({ record: { generation: "2" } });
  expect((await objectsWith(LABEL)).volumes).toContain(nameOf("execution-chain", "2"));

  await set({ failing: "none" });
  await stack.up();
  expect(await stack.outputs()).toMatchObject({ record: { generation: "3" } });
  expect((await objectsWith(LABEL)).volumes).not.toContain(nameOf("execution-chain", "2"));
  await stack.up({ args: NO_CHANGES });
});

test("a container stopped or removed by hand is brought back by a refresh", async () => {
  await host.docker(["stop", nameOf("execution")]);
  await host.docker(["rm", "--force", nameOf("validator")]);
  await stack.up({ args: ["--refresh"] });
  for (const layer of ["execution", "validator"]) {
    expect(await host.docker(["inspect", "--format", "{{.State.Running}}", nameOf(layer)])).toBe("true");
  }
  await stack.up({ args: ["--refresh", ...NO_CHANGES] });
});

test("a changed healthcheck is really applied", async () => {
  await set({ retries: "7" });
  await stack.up();
  expect(await host.docker(["inspect", "--format", "{{json .Config.Healthcheck.Test}}", nameOf("beacon")])).toContain(
    "test -f /tmp/up -a -n 7",
  );
});

/** Whether something that a process started waits for a client. */
const waits = (pid: number): boolean =>
  descendants(pid).some((each) => {
    try {
      return readFileSync(`/proc/${each}/cmdline`, "utf8").startsWith("docker\0events");
    } catch {
      return false; // it has ended since
    }
  });

/** An update in a process group of its own, as a terminal or a timer would start it. */
async function startedUp() {
  const { pulumi, env } = await toolchain();
  const run = spawn(pulumi, ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack.name], {
    cwd: join(ROOT, "test/docker/contract"),
    env: { ...process.env, ...env },
    stdio: "ignore",
    detached: true,
  });
  const ended = new Promise<void>((resolve) => run.on("exit", () => resolve()));
  return { run, pid: run.pid ?? 0, ended };
}

/** As a crash of the machine would end it. */
function kill(pid: number): void {
  const started = descendants(pid);
  process.kill(-pid, "SIGKILL");
  // Plugins are in groups of their own and outlive an engine that was killed.
  endAll(started);
}

test.each<[string, string, string, (pid: number) => boolean, string[]]>([
  ["makes a container", "4", "create", () => true, ["beacon"]],
  ["waits until a client is healthy", "5", "start", waits, []],
])("a run killed while it %s is finished by reconcile and up", async (_, generation, after, reached, removed) => {
  await set({ generation });
  const { run, pid, ended } = await startedUp();
  const killWhenReached = async (): Promise<void> => {
    while (run.exitCode === null && !reached(pid)) await sleep(20);
    kill(pid);
  };
  const killed: Promise<void>[] = [];
  await whileListening(
    host,
    { stack: stack.name, id: ID },
    () => ended,
    ({ action, role }) => {
      if (action === after && role === "beacon" && killed.length === 0) killed.push(killWhenReached());
    },
  );
  await Promise.all(killed);
  expect([killed.length, run.signalCode]).toEqual([1, "SIGKILL"]);

  await expect(stack.up()).rejects.toMatchObject({ code: "locked", abandoned: true });
  expect(await reconcile(stack)).toEqual({ unlocked: true, removed: removed.map((layer) => nameOf(layer)) });
  await stack.up();
  expect(await stack.outputs()).toMatchObject({ record: { generation } });
  await stack.up({ args: ["--refresh", ...NO_CHANGES] });
});

test("a run killed while it makes a network is finished by reconcile and up: Docker would take a second one", async () => {
  await set({ another: "true" });
  const another = async (): Promise<string[]> =>
    (await objectsWith(LABEL)).networks.filter((name) => name === nameOf("api-network"));
  const { run, pid, ended } = await startedUp();
  while (run.exitCode === null && (await another()).length === 0) await sleep(20);
  kill(pid);
  await ended;
  expect(run.signalCode).toBe("SIGKILL");

  await expect(stack.up()).rejects.toMatchObject({ code: "locked", abandoned: true });
  expect(await reconcile(stack)).toEqual({ unlocked: true, removed: [nameOf("api-network")] });
  await stack.up();
  expect(await another()).toEqual([nameOf("api-network")]);
  await stack.up({ args: ["--refresh", ...NO_CHANGES] });
});

test("Ctrl-C ends the wait for a client that does not become healthy, and leaves nothing that listens", async () => {
  await set({ sick: "beacon" });
  const { run, pid, ended } = await startedUp();
  while (run.exitCode === null && !waits(pid)) await sleep(50);
  const started = descendants(pid);
  process.kill(-pid, "SIGINT");
  await ended;
  expect(run.exitCode).not.toBe(0);
  const left = (): readonly number[] => started.filter((each) => isAlive(each));
  for (let attempt = 0; attempt < 100 && left().length > 0; attempt++) await sleep(50);
  expect(left()).toEqual([]);

  await set({ sick: "none" });
  await stack.up();
  await stack.up({ args: ["--refresh", ...NO_CHANGES] });
});

test("reconcile leaves alone what no run began", async () => {
  const stray = nameOf("stray");
  await host.docker([
    "run",
    "--detach",
    `--label=${LABEL}`,
    "--label=ephemery.role=beacon",
    `--name=${stray}`,
    "ephemery.local/tools:1.35.0-1",
    "sleep",
    "60",
  ]);
  try {
    expect(await reconcile(stack)).toEqual({ unlocked: false, removed: [] });
    expect((await objectsWith(LABEL)).containers).toContain(stray);
  } finally {
    await host.docker(["rm", "--force", stray]);
  }
});

test("promise 5: kept volumes outlive destroy, with what is in them, and the next up takes them over", async () => {
  const write = ["run", "--rm", `--volume=${nameOf("keys")}:/keys`, "ephemery.local/tools:1.35.0-1", "sh", "-c"];
  await host.docker([...write, "echo kept > /keys/proof"]);
  await stack.destroy();
  expect(await objectsWith(LABEL)).toEqual({ containers: [], networks: [], volumes: [nameOf("keys")] });
  await stack.up();
  expect(await host.docker([...write, "cat /keys/proof"])).toBe("kept");
});

test("promise 9: a failure of the engine is a problem with a remedy", async () => {
  await set({ generation: "6", failing: "6" });
  const problem = await stack.up().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({ remedy: expect.stringContaining("bin/ephemery up") });
});
