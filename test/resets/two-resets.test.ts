// Two unattended resets with real clients: the schedule that `up` installed carries a node, and `watch` its seed, from
// chain to chain to chain.

import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { dockerName, type Owner } from "../../components/names";
import { readDeployment, readPubkeys } from "../../operations/deployment";
import { PROFILES } from "../../rehearsal/profile";
import { type Cron, openForCron, runningCron } from "../support/cron";
import {
  type Answer,
  begin,
  ephemery,
  freePort,
  giveMnemonic,
  joining,
  type OwnStack,
  ownStack,
  succeed,
} from "../support/ephemery";
import { incarnation, objectsWith, type Place, place, sweep } from "../support/machine";
import { type Report, statusOf } from "../support/status";

jest.setTimeout(900_000);

const SUBNET = "10.213.44";
/** Seconds from an execution genesis to slot 0: two nodes switch on one machine. */
const DELAY = 120;
/** Seconds from one execution genesis to the next: time to stage, to switch, and for some epochs. */
const PERIOD = 340;
const PROFILE = { ...PROFILES["electra-fast"], delay: DELAY, period: PERIOD };
/** Duties that a machine with two nodes and two cores may lose to its own load, of a hundred. The bench counts them. */
const LOST = 2;
/** Milliseconds between two looks: each is a process of its own, and takes from the clients. */
const PAUSE = 5_000;
const LAYERS = ["execution", "beacon", "validator"] as const;

interface Watcher {
  readonly child: ChildProcess;
  readonly answer: Promise<Answer>;
}

let where: Place;
let node: OwnStack;
let owner: Owner;
let watchers: readonly Watcher[] = [];
let cron: Cron | undefined;
/** What the node was before anything was released. */
let kept: { readonly identity: string | undefined; readonly pubkeys: readonly string[] };
/** The clients that run, and the chain they are on, when the next release comes. */
let running: { readonly chain: Chain; readonly clients: readonly string[] };

type Chain = NonNullable<Report["chain"]>;

const incarnations = () => Promise.all(LAYERS.map((layer) => incarnation(dockerName(owner, layer))));
const volumesOf = async (generation: string): Promise<string[]> =>
  (await objectsWith(`ephemery.generation=${generation}`)).volumes.filter((name) => name.includes(`-${owner.id}-`));

async function look(): Promise<typeof running> {
  const { chain } = await statusOf(where.name);
  if (!chain) throw new Error("there is no chain");
  return { chain, clients: await incarnations() };
}

/** Publishes the next chain, and remembers what runs before anyone can have seen it. */
async function release(): Promise<void> {
  running = await look();
  await succeed(["rehearse", "release", "--name", where.name]);
}

async function until(what: string, done: (report: Report) => boolean, seconds: number): Promise<Report> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const report = await statusOf(where.name);
    if (done(report)) return report;
    if (Date.now() > deadline) throw new Error(`${what}: not in ${seconds} s: ${JSON.stringify(report)}`);
    await sleep(PAUSE);
  }
}

beforeAll(async () => {
  where = place("resets");
  const port = await freePort();
  const rehearse = ["rehearse", "start", "--name", where.name, "--profile", "electra-fast", "--period", `${PERIOD}`];
  await succeed([...rehearse, "--delay", `${DELAY}`, "--port", `${port}`, "--subnet", SUBNET, "--lead", "100"]);
  cron = await runningCron();
  openForCron(where.name);
  const resetSchedule = cron ? "cron" : "none";
  const config = joining({ rehearsal: where.name, port, subnet: SUBNET, profile: PROFILE });
  node = await ownStack(where.name, { ...config, resetSchedule });
  await giveMnemonic(node.stack);
  await succeed(["up", "--stack", where.name, "--yes"]);
  const deployment = await readDeployment(node.stack);
  owner = deployment.owner ?? { host: "", stack: "", id: "" };
  kept = { identity: deployment.identity, pubkeys: await readPubkeys(node.stack) };
  await release();
  const seed = `${where.name}-seed`;
  watchers = (cron ? [seed] : [seed, where.name]).map((name) => begin(["watch", "--stack", name]));
});

afterAll(async () => {
  for (const { child } of watchers) child.kill("SIGTERM");
  for (const { answer } of watchers) await answer;
  await ephemery(["destroy", "--stack", where.name, "--yes", "--purge-keys"]);
  await cron?.stop();
  await ephemery(["rehearse", "stop", "--name", where.name]);
  for (const stack of [where.name, `${where.name}-seed`]) await sweep(`ephemery.stack=${stack}`);
  await sweep(`ephemery.rehearsal=${where.name}`);
  await node?.forget();
  where.dispose();
});

describe.each([
  ["first", true],
  ["second", false],
])("the %s reset", (_, another) => {
  let old: Chain;

  test("promise 2: a stage makes the next chain ready beside the running node, and touches nothing that runs", async () => {
    const { release } = await until("a stage", (report) => report.release.staged !== null, 180);
    const next = running.chain.iteration + 1;
    expect(release.staged).toMatch(new RegExp(`^${next}-`));
    expect(await volumesOf(release.staged ?? "")).toHaveLength(5);
    expect(await incarnations()).toEqual(running.clients);
  });

  test("a switch has every client on the new chain before its slot 0, and never before the old one's end", async () => {
    const { chain: before, clients } = running;
    old = before;
    await until("a switch", ({ chain }) => chain?.iteration === before.iteration + 1, 400);
    const { reset, chain } = await until(
      "its end",
      (report) => report.reset.last?.generation === report.chain?.generation,
      60,
    );
    expect(reset.last?.switchedAt).toBeGreaterThan(before.nextResetTime);
    expect(reset.last?.switchedAt).toBeLessThan(chain?.genesisTime ?? 0);
    expect(reset.last?.nodeDownSeconds).toBeGreaterThan(0);
    for (const each of await incarnations()) expect(clients).not.toContain(each);
    // Until the new chain has proved itself, the old one's data stays.
    expect(await volumesOf(before.generation)).toHaveLength(5);
  });

  test("the validators' duties are done from the first epoch on", async () => {
    const counted = ({ validators }: Report): boolean => (validators.countedThrough ?? -1) >= 1;
    const { validators, reset } = await until("the duties of two epochs", counted, 300);
    expect(validators).toMatchObject({ configured: 32, active: 32 });
    expect(validators.attested).toBeGreaterThan(32);
    expect(reset.last?.missedDuties).toBeLessThanOrEqual(LOST);
    expect(reset.last?.firstDutySlot).toBeLessThanOrEqual(2);
    // Not before: a stage would take from the clients just when they begin.
    if (another) await release();
  });

  test("a settle removes the old chain's data, and no key; then an up has nothing to do", async () => {
    const { chain, reset } = await until("a settle", (report) => report.reset.last?.outcome === "settled", 180);
    expect(reset.state).not.toBe("settling");
    expect(await volumesOf(old.generation)).toEqual([]);
    expect(await volumesOf(chain?.generation ?? "")).toHaveLength(5);
    const { identity, record } = await readDeployment(node.stack);
    expect({ identity, pubkeys: await readPubkeys(node.stack) }).toEqual(kept);
    expect(record).toMatchObject({ settled: true, active: { generation: chain?.generation } });
  });
});

test("promise 1: an up after two resets has nothing to do", async () => {
  const args = ["preview", "--stack", where.name, "--non-interactive", "--expect-no-changes"];
  const preview = await node.stack.pulumi(args);
  if (!preview.ok) throw new Error(preview.all);
});

test("the history has every run that did something", async () => {
  const history = JSON.parse(await succeed(["reset", "--stack", where.name, "--history", "--json"]));
  const done = history.filter(({ outcome }: { outcome: string }) => outcome === "done");
  const work = done.map((entry: { work: string }) => entry.work);
  expect(work.toSorted()).toEqual(["settle", "settle", "stage", "stage", "switch", "switch"]);
});
