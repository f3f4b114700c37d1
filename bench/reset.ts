// `npm run bench -- reset`: unattended resets of a node with real clients, driven by the schedule that `up` installed.
// `--resets N` takes another number than five; `--json` prints one object.

import { setTimeout as sleep } from "node:timers/promises";
import Table from "cli-table3";
import { readDeployment } from "../operations/deployment";
import { whileListening } from "../operations/reset/downtime";
import { PROFILES } from "../rehearsal/profile";
import { openForCron, runningCron } from "../test/support/cron";
import { begin, ephemery, freePort, giveMnemonic, joining, ownStack, succeed } from "../test/support/ephemery";
import { host, place, sweep } from "../test/support/machine";
import { type Report, statusOf } from "../test/support/status";
import { type SwitchTimes, switchesOf, switchTimes } from "./switch-times";
import { median, seconds } from "./timing";

const SUBNET = "10.213.46";
/** Seconds from an execution genesis to slot 0: node and seed switch on one machine. */
const DELAY = 100;
/** Seconds from one execution genesis to the next: time to switch, to count duties, to settle and to stage. */
const PERIOD = 320;
const PROFILE = { ...PROFILES["electra-fast"], delay: DELAY, period: PERIOD };
/** Epochs of a new chain whose duties are counted. */
const EPOCHS = 3;
/** Looks with nothing to do that are timed. */
const LOOKS = 9;
/** Milliseconds between two looks at the node: each takes from its clients. */
const PAUSE = 5_000;

interface Reset {
  readonly generation: string;
  readonly attested: number;
  readonly missed: number;
  readonly firstDutySlot: number | null;
  /** Seconds from the old chain's end to the end of the switch. */
  readonly switchedAfter: number;
}

export interface ResetBench {
  readonly resets: readonly (Reset & SwitchTimes)[];
  /** Seconds of a look with nothing to do. */
  readonly look: number;
}

const tell = (text: string): void => void process.stderr.write(`${text}\n`);

async function until(stack: string, what: string, limit: number, done: (report: Report) => boolean): Promise<Report> {
  const deadline = Date.now() + limit * 1000;
  for (;;) {
    const report = await statusOf(stack);
    if (done(report)) return report;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limit} s: ${JSON.stringify(report)}`);
    await sleep(PAUSE);
  }
}

/** One reset, from the release of the next chain to the duties of its first epochs. */
async function oneReset(rehearsal: string): Promise<Reset> {
  const { chain: old } = await statusOf(rehearsal);
  if (!old) throw new Error("there is no chain");
  await succeed(["rehearse", "release", "--name", rehearsal]);
  const counted = ({ chain, validators, reset }: Report): boolean =>
    chain?.iteration === old.iteration + 1 &&
    reset.last?.generation === chain.generation &&
    (validators.countedThrough ?? -1) >= EPOCHS - 1;
  const { chain, validators, reset } = await until(rehearsal, "a reset and its first duties", 2 * PERIOD, counted);
  return {
    generation: chain?.generation ?? "",
    attested: validators.attested ?? 0,
    missed: reset.last?.missedDuties ?? Number.NaN,
    firstDutySlot: reset.last?.firstDutySlot ?? null,
    switchedAfter: (reset.last?.switchedAt ?? Number.NaN) - old.nextResetTime,
  };
}

async function lookTime(stack: string): Promise<number> {
  // The first one may be the one that looks; those after it are told by what it found.
  await succeed(["reset", "--stack", stack]);
  const times: number[] = [];
  for (let look = 0; look < LOOKS; look++) times.push(await seconds(() => succeed(["reset", "--stack", stack])));
  return median(times);
}

export async function benchResets(count: number): Promise<ResetBench> {
  const where = place("bench");
  const { name } = where;
  const cron = await runningCron();
  if (!cron) throw new Error("there is no cron on this machine, and none can be installed");
  const port = await freePort();
  const rehearse = ["rehearse", "start", "--name", name, "--profile", "electra-fast", "--period", `${PERIOD}`];
  const config = joining({ rehearsal: name, port, subnet: SUBNET, profile: PROFILE });
  let node: Awaited<ReturnType<typeof ownStack>> | undefined;
  let seed: ReturnType<typeof begin> | undefined;
  try {
    tell(`Bringing a rehearsal up whose chains last ${PERIOD} s …`);
    await succeed([...rehearse, "--delay", `${DELAY}`, "--port", `${port}`, "--subnet", SUBNET, "--lead", "100"]);
    openForCron(name);
    node = await ownStack(name, { ...config, resetSchedule: "cron" });
    await giveMnemonic(node.stack);
    await succeed(["up", "--stack", name, "--yes"]);
    const { owner } = await readDeployment(node.stack);
    if (!owner) throw new Error("the stack is not deployed");
    seed = begin(["watch", "--stack", `${name}-seed`]);
    const look = await lookTime(name);
    const { result: resets, events } = await whileListening(host, owner, async () => {
      const done: Reset[] = [];
      for (let number = 1; number <= count; number++) {
        const reset = await oneReset(name);
        tell(`reset ${number} of ${count}: ${reset.missed} duties missed, ${reset.attested} done`);
        done.push(reset);
      }
      return done;
    });
    const times = switchesOf(events).map(switchTimes);
    return {
      look,
      resets: resets.map((reset, index) => {
        const time = times[index];
        if (!time) throw new Error(`the switch to ${reset.generation} was not seen from its first to its last event`);
        return { ...reset, ...time };
      }),
    };
  } finally {
    seed?.child.kill("SIGTERM");
    await seed?.answer;
    await ephemery(["destroy", "--stack", name, "--yes", "--purge-keys"]);
    await cron.stop();
    await ephemery(["rehearse", "stop", "--name", name]);
    for (const stack of [name, `${name}-seed`]) await sweep(`ephemery.stack=${stack}`);
    await sweep(`ephemery.rehearsal=${name}`);
    await node?.forget();
    where.dispose();
  }
}

/** Shows it; says whether every goal is met. */
export function showResets({ resets, look }: ResetBench): boolean {
  const table = new Table({
    head: ["generation", "first duty", "done", "missed", "down", "own", "switched after the end"],
    style: { head: [], border: [] },
  });
  for (const { generation, firstDutySlot, attested, missed, down, own, switchedAfter } of resets)
    table.push([
      generation,
      `slot ${firstDutySlot}`,
      attested,
      missed,
      `${down.toFixed(1)} s`,
      `${own.toFixed(1)} s`,
      `${switchedAfter.toFixed(0)} s`,
    ]);
  console.log(table.toString());
  const missed = resets.reduce((sum, reset) => sum + reset.missed, 0);
  const ratio = median(resets.map(({ down, own }) => down / own));
  const rows = [
    ["duties on the new chains, from slot 1, not done", missed, 0],
    ["node down / clients' own stops and cold starts", Number(ratio.toFixed(2)), 1.5],
    ["a look with nothing to do, seconds", Number(look.toFixed(2)), 0.5],
  ] as const;
  const goals = new Table({ head: ["what", "is", "goal"], style: { head: [], border: [] } });
  for (const [what, is, goal] of rows) goals.push([what, is, `≤ ${goal}`]);
  console.log(goals.toString());
  return rows.every(([, is, goal]) => is <= goal);
}
