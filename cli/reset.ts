// `ephemery reset` and `ephemery watch`.

import { setTimeout as sleep } from "node:timers/promises";
import Table from "cli-table3";
import type { Command } from "commander";
import { type Problem, toProblem } from "../config/problem";
import { existing } from "../operations/engine/stack";
import { type JournalEntry, readJournal } from "../operations/reset/journal";
import { type RunReport, runReset } from "../operations/reset/run";
import { loadStackFile } from "../operations/stack-file";
import { openStack } from "./context";
import { stackCommand } from "./options";

interface ResetOptions {
  readonly stack: string;
  readonly dryRun: boolean;
  readonly stage: boolean;
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

async function runOnce(
  name: string,
  options: Pick<ResetOptions, "dryRun" | "stage"> & { show: boolean },
): Promise<RunReport> {
  const settings = await loadStackFile(name);
  const stack = await existing(await openStack(name));
  return runReset(stack, settings, { dryRun: options.dryRun, stageOnly: options.stage, show: options.show, tell });
}

/** Seconds to wait after the first run that failed; doubled with each further one. */
const BACK_OFF = 15;
const LONGEST_BACK_OFF = 600;

/** Runs for ever, each time when there can be something to do; ends between two runs. */
async function watch(name: string, ended: AbortSignal): Promise<void> {
  let failures = 0;
  while (!ended.aborted) {
    let pause: number;
    try {
      const report = await runOnce(name, { dryRun: false, stage: false, show: false });
      failures = 0;
      tell(`${date(Date.now() / 1000)} ${renderRun(report)}`);
      pause = Math.max(1, report.nextLook - Date.now() / 1000);
    } catch (thrown) {
      failures += 1;
      pause = Math.min(LONGEST_BACK_OFF, BACK_OFF * 2 ** (failures - 1));
      alarm(toProblem(thrown), pause);
    }
    await sleep(pause * 1000, undefined, { signal: ended }).catch(() => undefined);
  }
}

function alarm(problem: Problem, pause: number): void {
  tell(`${date(Date.now() / 1000)} ${problem.text}\nTrying again in ${pause} s.`);
}

export function registerReset(program: Command): void {
  stackCommand(
    program,
    "reset",
    "do what is due for the node to be on the right chain: stage, switch, settle, or nothing",
  )
    .option("--dry-run", "say what would be done, and do nothing", false)
    .option("--stage", "make the next chain ready at most; never move to it", false)
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
    .action(async ({ stack: name, dryRun, stage, history, json }: ResetOptions) => {
      if (history) {
        const entries = await readJournal(name);
        console.log(json ? JSON.stringify(entries) : renderHistory(entries));
        return;
      }
      const report = await runOnce(name, { dryRun, stage, show: !json });
      console.log(json ? JSON.stringify(report) : renderRun(report));
    });
  stackCommand(program, "watch", "run `reset` whenever there can be something to do, until it is stopped")
    .addHelpText(
      "after",
      `
For a supervisor, a container or a terminal. It sleeps until the next time that matters: two hours
before the chain's end, the end itself, and the first epochs of the new chain. A run that fails is
told with its remedy and tried again, after 15 s first and 10 min at most. On SIGTERM or Ctrl-C a run
that is at work is finished first.

  bin/ephemery watch --stack mynode`,
    )
    .action(async ({ stack: name }: { stack: string }) => {
      const ended = new AbortController();
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => ended.abort());
      await watch(name, ended.signal);
    });
}
