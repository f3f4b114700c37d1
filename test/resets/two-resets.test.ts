// Two unattended resets with real clients: cron, by the schedule that `up` installed, carries a node, and a systemd timer
// its seed, from chain to chain to chain; `watch` does what one of them is not there for. A schedule that is deleted
// before comes back.

import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { readDeployment } from "../../operations/deployment";
import type { ScheduledRun } from "../../operations/schedule/entries";
import { runOf, unitName } from "../../operations/schedule/install";
import { cron as scheduler, systemd as timers } from "../../operations/schedule/machine";
import { PROFILES } from "../../rehearsal/profile";
import { type Cron, openUnattended, runningCron } from "../support/cron";
import { ephemery, succeed } from "../support/ephemery";
import { stackOf } from "../support/machine";
import { type Chain, type Rehearsed, rehearsed } from "../support/rehearsed";
import { type Report, statusOf } from "../support/status";
import { ended, runningSystemd, type Systemd } from "../support/systemd";

jest.setTimeout(900_000);

/** Seconds from an execution genesis to slot 0: two nodes switch on one machine, which may be a slow one. */
const DELAY = 160;
/** Seconds of a slot: a slow machine with two nodes on it loses blocks of shorter ones. */
const SLOT = 3;
/** Seconds of an epoch. */
const EPOCH = PROFILES["electra-fast"].slotsPerEpoch * SLOT;
/** Seconds from one execution genesis to the next: time to stage, to switch, and for some epochs. */
const PERIOD = 420;
/** The part of the first duties that a busy machine with two nodes on it may lose to its own load. The bench counts. */
const LOST = 0.25;

const historySchema = z.array(z.looseObject({ work: z.string(), outcome: z.string() }));

let on: Rehearsed;
let cron: Cron | undefined;
let systemd: Systemd | undefined;
/** The seed's resets. */
let seed: ScheduledRun;
/** What the node was before anything was released. */
let kept: Awaited<ReturnType<Rehearsed["kept"]>>;
/** The clients that run, and the chain they are on, when the next release comes. */
let running: { readonly chain: Chain; readonly clients: readonly string[] };

/** The part of the duties that were not done. */
const lost = ({ attested, missed }: Report["validators"]): number =>
  (missed ?? 0) / Math.max(1, (attested ?? 0) + (missed ?? 0));

/** Publishes the next chain, and remembers what runs before anyone can have seen it. */
async function release(): Promise<void> {
  running = { chain: await on.chain(), clients: await on.incarnations() };
  await on.release();
}

beforeAll(async () => {
  cron = await runningCron();
  systemd = await runningSystemd();
  // Told, so that a run that passed shows what it did not try.
  if (!systemd) process.stderr.write("No systemd can be started here: `watch` carries the seed in its place.\n");
  const resetSchedule = cron ? "cron" : "none";
  const config = () => ({ resetSchedule });
  on = await rehearsed({ what: "resets", slot: SLOT, delay: DELAY, period: PERIOD, lead: 100, config });
  const seedStack = await stackOf(`${on.name}-seed`);
  for (const stack of [on.name, seedStack.name]) openUnattended(stack);
  await on.up();
  kept = await on.kept();
  const { owner } = await readDeployment(seedStack);
  if (!owner) throw new Error("the state of the seed does not say whose it is");
  seed = runOf(owner);
});

afterAll(async () => {
  if (systemd && seed) {
    await timers.remove(seed.name);
    await ended(seed.name);
  }
  await on?.end();
  await systemd?.stop();
  await cron?.stop();
});

test("a schedule that somebody deleted is put back by repair, which touches no client that is well", async () => {
  // On a machine that has no cron and gets none, the resets below are driven by a watch.
  if (!cron) return;
  const clients = await on.incarnations();
  const name = unitName(on.owner);
  await scheduler.remove(name);
  expect((await statusOf(on.name)).schedule?.installed).toBe(false);
  // Its exit code says whether the node is at work already, which before slot 0 none is.
  await ephemery(["repair", "--stack", on.name]);
  expect(await scheduler.has(name)).toBe(true);
  expect(await on.incarnations()).toEqual(clients);
});

describe.each([
  ["first", true],
  ["second", false],
])("the %s reset", (_, another) => {
  let old: Chain;

  beforeAll(async () => {
    if (!another) return;
    await release();
    if (systemd) await timers.install(seed);
    else on.watch();
    if (!cron) on.watch(on.name);
  });

  test("promise 2: a stage makes the next chain ready beside the running node, and touches nothing that runs", async () => {
    const { release } = await on.until("a stage", (report) => report.release.staged !== null, 180);
    const next = running.chain.iteration + 1;
    expect(release.staged).toMatch(new RegExp(`^${next}-`));
    expect(await on.volumesOf(release.staged ?? "")).toHaveLength(5);
    expect(await on.incarnations()).toEqual(running.clients);
  });

  test("a switch has every client on the new chain before its slot 0, and never before the old one's end", async () => {
    const { chain: before, clients } = running;
    old = before;
    await on.until("a switch", ({ chain }) => chain?.iteration === before.iteration + 1, PERIOD);
    const ended = ({ chain, reset }: Report): boolean => reset.last?.generation === chain?.generation;
    const { reset, chain } = await on.until("its end", ended, 60);
    expect(reset.last?.switchedAt).toBeGreaterThan(before.nextResetTime);
    expect(reset.last?.switchedAt).toBeLessThan(chain?.genesisTime ?? 0);
    expect(reset.last?.nodeDownSeconds).toBeGreaterThan(0);
    for (const each of await on.incarnations()) expect(clients).not.toContain(each);
    // Until the new chain has proved itself, the old one's data stays.
    expect(await on.volumesOf(before.generation)).toHaveLength(5);
  });

  test("the validators' duties are done from the first epoch on", async () => {
    // Each look of the test's own takes from the clients what their duties need.
    const { genesisTime } = await on.chain();
    await sleep((genesisTime + 3 * EPOCH) * 1000 - Date.now());
    const counted = ({ validators }: Report): boolean => (validators.countedThrough ?? -1) >= 1;
    const { validators, reset } = await on.until("the duties of two epochs", counted, 300);
    // Not before: a stage would take from the clients just when they begin.
    if (another) await release();
    expect(validators).toMatchObject({ configured: on.validators, active: on.validators });
    expect(validators.attested).toBeGreaterThan(0);
    // What a machine is too slow for, the seed loses as well: it has moved at the same time.
    if (lost(validators) > LOST) {
      const seed = await statusOf(`${on.name}-seed`);
      throw new Error(`lost ${lost(validators)} of the duties, the seed ${lost(seed.validators)}; at most ${LOST}`);
    }
    expect(reset.last?.firstDutySlot).toBeLessThanOrEqual(4);
  });

  test("the seed, its network's only bootnode, started its beacon node once, though it had nobody to meet at first", async () => {
    expect(await on.seedStartedAfter()).toBeLessThan(10);
  });

  test("a settle removes the old chain's data, and no key; then an up has nothing to do", async () => {
    const { chain, reset } = await on.until("a settle", (report) => report.reset.last?.outcome === "settled", 180);
    expect(reset.state).not.toBe("settling");
    expect(await on.volumesOf(old.generation)).toEqual([]);
    expect(await on.volumesOf(chain?.generation ?? "")).toHaveLength(5);
    expect(await on.kept()).toEqual(kept);
    const { record } = await readDeployment(on.node.stack);
    expect(record).toMatchObject({ settled: true, active: { generation: chain?.generation } });
  });
});

test("promise 1: an up after two resets has nothing to do, also where it looks at the host", () =>
  on.expectNoChanges("--refresh"));

/** That some of the work was done in each of both resets, and once. */
async function expectDone(stack: string, each: readonly string[]): Promise<void> {
  const history = await succeed(["reset", "--stack", stack, "--history", "--json"]);
  const done = historySchema.parse(JSON.parse(history)).filter(({ outcome }) => outcome === "done");
  const work = done.map((entry) => entry.work).filter((name) => each.includes(name));
  if (work.toSorted().join() === [...each, ...each].toSorted().join()) return;
  // What failed before it was done, and when, tells why something is not there, or twice.
  throw new Error(`${stack} has done: ${work.join(", ")}; the journal:\n${history}\n${systemd?.said() ?? ""}`);
}

test("the history has every run that did something", () => expectDone(on.name, ["stage", "switch", "settle"]));

test("the seed was carried by its timer, in the confinement that systemd gives a run, and loses it", async () => {
  if (!systemd) return;
  await expectDone(seed.stack, ["stage", "switch"]);
  expect(await timers.has(seed.name)).toBe(true);
  await timers.remove(seed.name);
  expect(await timers.has(seed.name)).toBe(false);
});
