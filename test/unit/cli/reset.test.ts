// A run and the history of runs as a person reads them.

import { renderHistory, renderRun } from "../../../cli/reset";
import type { JournalEntry } from "../../../operations/reset/journal";
import type { RunReport } from "../../../operations/reset/run";
import { chainOf } from "../../support/node";

const C166 = chainOf(166).generation;
const C167 = chainOf(167).generation;
const LOOK = Date.UTC(2026, 10, 21, 12, 30, 5) / 1000;

const report: RunReport = {
  stack: "mynode",
  work: [],
  outcome: "nothing",
  active: C166,
  staged: null,
  nodeDownSeconds: null,
  nextLook: LOOK,
};

test.each<[string, Partial<RunReport>, string]>([
  ["nothing was due", {}, `nothing to do. It is on ${C166}`],
  ["it staged", { work: ["stage"], outcome: "done", staged: C167 }, `did stage. It is on ${C166}, ${C167} is staged`],
  [
    "it switched",
    { work: ["switch"], outcome: "done", active: C167, nodeDownSeconds: 14.5 },
    `did switch; the node was down for 14.5 s. It is on ${C167}`,
  ],
  [
    "it would",
    { work: ["stage", "switch"], outcome: "dry-run", active: C167 },
    `would stage, switch. It is on ${C167}`,
  ],
])("a run is told in one line when %s", (_, more, text) => {
  expect(renderRun({ ...report, ...more })).toBe(`mynode: ${text}; next look 2026-11-21 12:30:05 UTC.`);
});

const entry: JournalEntry = {
  at: LOOK,
  seconds: 21.4,
  work: "switch",
  generation: C167,
  outcome: "done",
  nodeDownSeconds: 14.5,
  problem: null,
};

test("the history is a table, a line for each run, with the code of what went wrong", () => {
  const table = renderHistory([
    entry,
    {
      ...entry,
      work: "settle",
      outcome: "failed",
      nodeDownSeconds: null,
      problem: { code: "not-proved", text: "x" },
    },
  ]);
  const rows = table.split("\n").filter((line) => line.includes(C167));
  expect(rows).toEqual([
    expect.stringMatching(/2026-11-21 12:30:05 UTC .* switch .* 21\.4 s .* 14\.5 s .* done/),
    expect.stringMatching(/ settle .* failed: not-proved/),
  ]);
});

test("a stack that never had anything to do says so", () => {
  expect(renderHistory([])).toBe("No run has had anything to do yet.");
});
