// `ephemery reset` and `ephemery watch`.

import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { type Problem, toProblem } from "../config/problem";
import { toldToEnd } from "../operations/engine/interrupts";
import { notDue } from "../operations/reset/due";
import type { JournalEntry } from "../operations/reset/journal";
import { type Memo, remembered } from "../operations/reset/memo";
import type { RunReport } from "../operations/reset/run";
import { keepLooking } from "../operations/reset/watch";
import { startApart } from "../toolchain/run";
import { stackCommand } from "./options";

interface ResetOptions {
  readonly stack: string;
  readonly dryRun: boolean;
  readonly stage: boolean;
  readonly now: boolean;
  readonly scheduled: boolean;
  readonly history: boolean;
  readonly json: boolean;
}

const date = (time: number): string => `${new Date(time * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** A run's result as a person reads it. */
export function renderRun(report: RunReport): string {
  const { stack, work, outcome, active, staged, nodeDownSeconds } = report;
  const done = { nothing: "nothing to do", done: `did ${work.join(", ")}`, "dry-run": `would ${work.join(", ")}` }[
    outcome
  ];
  const down = nodeDownSeconds === null ? "" : `; the node was down for ${nodeDownSeconds} s`;
  const ready = staged === null ? "" : `, ${staged} is staged`;
  return `${stack}: ${done}${down}. It is on ${active}${ready}; next look ${date(report.nextLook)}.`;
}

/** The journal as a table, the newest run last. */
export function renderHistory(entries: readonly JournalEntry[]): string {
  if (entries.length === 0) return "No run has had anything to do yet.";
  const Table: typeof import("cli-table3") = require("cli-table3");
  const table = new Table({
    head: ["when", "work", "generation", "took", "node down", "outcome"],
    style: { head: [] },
  });
  for (const { at, work, generation, seconds, nodeDownSeconds, outcome, problem } of entries) {
    const down = nodeDownSeconds === null ? "" : `${nodeDownSeconds} s`;
    table.push([date(at), work, generation, `${seconds} s`, down, problem ? `${outcome}: ${problem.code}` : outcome]);
  }
  return table.toString();
}

type RunOptions = Pick<ResetOptions, "dryRun" | "stage"> & { readonly show: boolean; readonly jitter: boolean };

/** Loads what a run needs when there is one: a look that finds nothing to do has half a second. */
async function runOnce(name: string, { dryRun, stage, show, jitter }: RunOptions): Promise<RunReport> {
  const { openStack }: typeof import("./context") = require("./context");
  const { existing }: typeof import("../operations/engine/stack") = require("../operations/engine/stack");
  const { loadStackFile }: typeof import("../operations/stack-file") = require("../operations/stack-file");
  const { runReset }: typeof import("../operations/reset/run") = require("../operations/reset/run");
  // A node whose switch is cut off is down: who tells a run to end waits for what it has begun.
  startApart();
  const open = async () => ({ settings: await loadStackFile(name), stack: await existing(await openStack(name)) });
  return runReset(name, open, { dryRun, stageOnly: stage, jitter, show, tell });
}

/** What a look that still holds says of a run. */
function nothingYet(stack: string, { active, staged, nextLook }: Memo): RunReport | undefined {
  // A person who tries again after a failure does not have to wait.
  if (active === null) return undefined;
  return { stack, work: [], outcome: "nothing", active, staged, nodeDownSeconds: null, nextLook };
}

/** A run as a timer starts it: silent unless it does something or fails. */
async function runScheduled(name: string, stage: boolean): Promise<void> {
  if (await notDue(name)) return;
  try {
    const report = await runOnce(name, { dryRun: false, stage, show: false, jitter: true });
    if (report.outcome !== "nothing") console.log(renderRun(report));
  } catch (thrown) {
    const { isNoFailure }: typeof import("../operations/reset/run") = require("../operations/reset/run");
    if (!(await isNoFailure(thrown, name))) throw thrown;
  }
}

/** What a run of `watch` failed of; undefined: it went well. */
async function look(name: string): Promise<Problem | undefined> {
  try {
    const report = await runOnce(name, { dryRun: false, stage: false, show: false, jitter: true });
    tell(`${date(Date.now() / 1000)} ${renderRun(report)}`);
    return undefined;
  } catch (thrown) {
    return toProblem(thrown);
  }
}

function alarm(problem: Problem, failures: number): void {
  const again = failures > 1 ? ` It has failed ${failures} times in a row.` : "";
  tell(`${date(Date.now() / 1000)} ${problem.text}\nIt is tried again.${again}`);
}

/** Runs for ever, each time when there can be something to do; ends between two runs. */
const watch = (name: string, ended: AbortSignal): Promise<void> =>
  keepLooking({
    stack: name,
    look: () => look(name),
    failed: alarm,
    pause: (time) => sleep(time * 1000, undefined, { signal: ended }).catch(() => undefined),
    ended,
  });

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export function registerReset(program: Command): void {
  stackCommand(
    program,
    "reset",
    "do what is due for the node to be on the right chain: stage, switch, settle, or nothing",
  )
    .option("--dry-run", "say what would be done, and do nothing", false)
    .option("--stage", "make the next chain ready at most; never move to it", false)
    .option(
      "--now",
      "look now, and do what is due at once: not at the stack's own moment (ephemery:resetJitter)",
      false,
    )
    .option("--scheduled", "as a timer runs it: silent unless it does something, and to the second", false)
    .option("--history", "the runs of this machine that had something to do", false)
    .option("--json", "one JSON object (with --history, an array)", false)
    .addHelpText(
      "after",
      `
A reset is three updates, each at its time. Stage: as soon as the next chain is released, its data is
verified and made ready beside the running node. Switch: when the old chain has ended, by this
machine's clock and one other, the clients move onto it. Settle: when the node works on the new
chain, the old chain's data goes. Run it as often as you like: without anything to do it changes
nothing. It does resets and nothing else; any other change waits for \`bin/ephemery up\`.

  bin/ephemery reset --stack mynode --dry-run
  bin/ephemery reset --stack mynode --history
  bin/ephemery watch --stack mynode       the same at the right times, until it is stopped`,
    )
    .action(async ({ stack: name, dryRun, stage, now, scheduled, history, json }: ResetOptions) => {
      if (history) {
        const { readJournal }: typeof import("../operations/reset/journal") = require("../operations/reset/journal");
        const entries = await readJournal(name);
        console.log(json ? JSON.stringify(entries) : renderHistory(entries));
        return;
      }
      if (scheduled) return runScheduled(name, stage);
      const memo = now || dryRun ? undefined : await remembered(name, Math.floor(Date.now() / 1000));
      const known = memo && nothingYet(name, memo);
      const report = known ?? (await runOnce(name, { dryRun, stage, show: !json, jitter: false }));
      console.log(json ? JSON.stringify(report) : renderRun(report));
    });
  stackCommand(program, "watch", "run `reset` whenever there can be something to do, until it is stopped")
    .addHelpText(
      "after",
      `
For a supervisor, a container or a terminal. It sleeps until the next time that matters: two hours
before the chain's end, a quarter of an hour before it, the end itself, and the first epochs of the
new chain. A run that fails is told with its remedy and tried again, after 15 s first and 10 min at
most. On SIGTERM or Ctrl-C a run that is at work is finished first; on a second one what it has begun
is ended in order. A supervisor has to tell this process alone, which in a systemd unit is
KillMode=mixed (docs/resets.md).

  bin/ephemery watch --stack mynode`,
    )
    .action(async ({ stack: name }: { stack: string }) => {
      const ended = new AbortController();
      // Once: told again, it ends at once where no engine is at work, which listens for itself.
      const end = (): void => {
        for (const signal of SIGNALS) process.off(signal, end);
        toldToEnd();
        ended.abort();
      };
      for (const signal of SIGNALS) process.on(signal, end);
      await watch(name, ended.signal);
    });
}
