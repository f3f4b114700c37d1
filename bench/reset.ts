// `npm run bench -- reset`: unattended resets of a node with real clients, driven by the schedule that `up` installed.
// `--resets N` takes another number than five; `--json` prints one object.

import { setTimeout as sleep } from "node:timers/promises";
import Table from "cli-table3";
import { z } from "zod";
import { LONGEST_JITTER } from "../config/keys";
import { whileListening } from "../operations/host/client-events";
import { offsetOf } from "../operations/reset/work";
import { openUnattended, runningCron } from "../test/support/cron";
import { succeed } from "../test/support/ephemery";
import { host } from "../test/support/machine";
import { type Rehearsed, rehearsed } from "../test/support/rehearsed";
import type { Report } from "../test/support/status";
import { keepEvidence } from "./evidence";
import { type SwitchTimes, switchesOf, switchTimes } from "./switch-times";
import { median, seconds } from "./timing";
import { type UsualWay, usualWay } from "./usual-way";

/** Seconds from an execution genesis to slot 0: node and seed switch on one machine, one after the other. */
const DELAY = 130;
/** Seconds from one execution genesis to the next: time to switch, to count duties, to settle and to stage. */
const PERIOD = 450;
/**
 * As the public network, with slots of 3 s. With slots of 2 s and epochs of 8 two nodes on two processors lose a block
 * now and then, and the duties of its slot with it, the seed's as well as the node's.
 */
const PROFILE = "fulu";
/** Seconds after the old chain's end from which the node switches: the seed has done so then. No host has two nodes. */
const TURN = 60;
/** Epochs of a new chain whose duties are counted: the first one is where a reset loses some. */
const EPOCHS = 1;
/** Looks with nothing to do that are timed. */
const LOOKS = 9;

interface Reset {
  readonly generation: string;
  /** Seconds the run took that made the chain ready, guard and hooks among them. */
  readonly staging: number;
  readonly attested: number;
  readonly missed: number;
  readonly firstDutySlot: number | null;
  /** Unix seconds. */
  readonly oldEnd: number;
}

export interface ResetBench {
  readonly resets: readonly (Reset & SwitchTimes)[];
  /** Seconds of a timer's look with nothing to do. */
  readonly look: number;
  readonly usual: UsualWay;
  /** The node's turn, seconds after the old chain's end. */
  readonly turn: number;
}

const tell = (text: string): void => void process.stderr.write(`${text}\n`);

/**
 * One reset, from the release of the next chain to the duties of its first epochs.
 *
 * @param staged done while the next chain is ready and its time has not come.
 */
async function oneReset(on: Rehearsed, staged: () => Promise<void>): Promise<Reset> {
  const old = await on.chain();
  await on.release();
  await on.until("a stage", (report) => report.release.staged !== null, PERIOD);
  await staged();
  // Nothing of the bench's own runs beside a switch: no host of a node has that to do either.
  await sleep((old.nextResetTime + DELAY) * 1000 - Date.now());
  const counted = ({ chain, validators, reset }: Report): boolean =>
    chain?.iteration === old.iteration + 1 &&
    reset.last?.generation === chain.generation &&
    (validators.countedThrough ?? -1) >= EPOCHS - 1;
  const { chain, validators, reset } = await on.until("a reset and its first duties", counted, 2 * PERIOD);
  const generation = chain?.generation ?? "";
  return {
    generation,
    staging: await stageTime(on.name, generation),
    attested: validators.attested ?? 0,
    missed: reset.last?.missedDuties ?? Number.NaN,
    firstDutySlot: reset.last?.firstDutySlot ?? null,
    oldEnd: old.nextResetTime,
  };
}

const historySchema = z.array(
  z.looseObject({ work: z.string(), generation: z.string(), outcome: z.string(), seconds: z.number() }),
);

async function stageTime(stack: string, generation: string): Promise<number> {
  const history = historySchema.parse(JSON.parse(await succeed(["reset", "--stack", stack, "--history", "--json"])));
  const stage = history.find((run) => run.work === "stage" && run.generation === generation && run.outcome === "done");
  return stage?.seconds ?? Number.NaN;
}

/** Until a release is there a look waits for its turn to ask for one; with the next chain staged it has nothing to do. */
async function lookTimes(stack: string): Promise<number[]> {
  const look = ["reset", "--stack", stack, "--scheduled"];
  const times: number[] = [];
  for (let nth = 0; nth < LOOKS; nth++) times.push(await seconds(() => succeed(look)));
  return times;
}

/** The jitter that gives the stack the first turn that is not before its time. */
function turnOf(id: string): { readonly jitter: number; readonly turn: number } {
  const jitters = Array.from({ length: LONGEST_JITTER - TURN + 1 }, (_, more) => TURN + more);
  const turns = jitters.map((jitter) => ({ jitter, turn: offsetOf(id, jitter) })).filter(({ turn }) => turn >= TURN);
  const [first] = turns.toSorted((a, b) => a.turn - b.turn);
  if (!first) throw new Error(`no jitter gives ${id} a turn`);
  return first;
}

export async function benchResets(count: number): Promise<ResetBench> {
  const cron = await runningCron();
  if (!cron) throw new Error("there is no cron on this machine, and none can be installed");
  let on: Rehearsed | undefined;
  try {
    tell(`Bringing a rehearsal up whose chains last ${PERIOD} s …`);
    const config = () => ({ resetSchedule: "cron" });
    const times = { profile: PROFILE, delay: DELAY, period: PERIOD, lead: DELAY } as const;
    on = await rehearsed({ what: "bench", ...times, config });
    openUnattended(on.name);
    await on.up();
    const { jitter, turn } = turnOf(on.owner.id);
    on.node.configure({ ...on.config, resetJitter: jitter });
    on.watch();
    const { result, events } = await whileListening(host, on.owner, () => several(on, count));
    const switches = switchesOf(events).map(switchTimes);
    tell("The same once more, the usual way …");
    await on.until("a settle", ({ reset }) => reset.last?.outcome === "settled", PERIOD);
    on.node.configure({ ...on.config, resetSchedule: "none" });
    await on.up();
    const usual = await usualWay(on);
    return {
      look: median(result.looks),
      usual,
      turn,
      resets: result.resets.map((reset, index) => {
        const time = switches[index];
        if (!time) throw new Error(`the switch to ${reset.generation} was not seen from its first to its last event`);
        return { ...reset, ...time };
      }),
    };
  } finally {
    await on?.end();
    await cron.stop();
  }
}

async function several(on: Rehearsed | undefined, count: number) {
  const resets: Reset[] = [];
  const looks: number[] = [];
  for (let number = 1; on && number <= count; number++) {
    const { name } = on;
    const reset = await oneReset(on, async () => {
      if (number === 1) looks.push(...(await lookTimes(name)));
    });
    tell(`reset ${number} of ${count}: ${reset.missed} duties missed, ${reset.attested} done`);
    if (reset.missed !== 0) tell(`  why, may be in ${await keepEvidence(on, reset.generation)}`);
    resets.push(reset);
  }
  return { resets, looks };
}

/** Shows it; says whether every goal is met. */
export function showResets({ resets, look, usual, turn }: ResetBench): boolean {
  const table = new Table({
    head: ["generation", "staged in", "first duty", "done", "missed", "down", "own", "ready after its turn"],
    style: { head: [], border: [] },
  });
  const after = ({ ready, oldEnd }: ResetBench["resets"][number]): number => ready - oldEnd - turn;
  for (const reset of resets) {
    const { generation, staging, firstDutySlot, attested, missed, down, own } = reset;
    table.push([
      generation,
      `${staging.toFixed(0)} s`,
      `slot ${firstDutySlot}`,
      attested,
      missed,
      `${down.toFixed(1)} s`,
      `${own.toFixed(1)} s`,
      `${after(reset).toFixed(0)} s`,
    ]);
  }
  console.log(table.toString());
  const missed = resets.reduce((sum, reset) => sum + reset.missed, 0);
  const ratio = median(resets.map(({ down, own }) => down / own));
  const rows = [
    ["duties on the new chains, from slot 1, not done", missed, 0],
    ["node down / clients' own stops and cold starts", Number(ratio.toFixed(2)), 1.5],
    [
      "old chain's end to validator client ready / the same the usual way",
      Number((median(resets.map(after)) / usual.sinceEnd).toFixed(2)),
      0.33,
    ],
    ["the longest stage, seconds", Math.max(...resets.map(({ staging }) => staging)), 120],
    ["a look with nothing to do, seconds", Number(look.toFixed(2)), 0.5],
  ] as const;
  const goals = new Table({ head: ["what", "is", "goal"], style: { head: [], border: [] } });
  for (const [what, is, goal] of rows) goals.push([what, is, `≤ ${goal}`]);
  console.log(goals.toString());
  console.log(
    `The usual way: ${usual.sinceEnd.toFixed(0)} s from the old chain's end, ${usual.down.toFixed(1)} s of them from the first stop. Here nothing but loopback is between it and the download.`,
  );
  return rows.every(([, is, goal]) => is <= goal);
}
