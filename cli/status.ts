// `ephemery status`: how the node is, for people and for scripts.

import type { Command } from "commander";
import prettyMilliseconds from "pretty-ms";
import { EXTERNAL } from "../config/keys";
import { type Problem, toldInFull, toProblem } from "../config/problem";
import { statusOf } from "../operations/status/of-stack";
import type { Peers, StatusReport } from "../operations/status/report";
import { openStack } from "./context";
import { stackCommand } from "./options";
import { plainTable } from "./table";

const NOT_HEALTHY = 1;
const COULD_NOT_LOOK = 2;

const date = (time: number): string => new Date(time * 1000).toISOString().replace("T", " ").replace(".000Z", " UTC");
const span = (seconds: number): string =>
  prettyMilliseconds(Math.max(0, seconds) * 1000, { unitCount: 2, secondsDecimalDigits: 0 });
const known = (value: number | string | null): string => (value === null ? "?" : String(value));

function peersOf({ in: inbound, out, total }: Peers): string {
  const parts = inbound === null || out === null ? "" : ` (${inbound} in, ${out} out)`;
  return `${known(total)} ${total === 1 ? "peer" : "peers"}${parts}`;
}

function chainLine({ chain }: StatusReport, now: number): string[] {
  if (!chain) return ["", ""];
  const place =
    chain.slot < 0 ? `slot 0 in ${span(chain.genesisTime - now)}` : `slot ${chain.slot}, epoch ${chain.epoch}`;
  return [
    `${chain.network} ${chain.iteration}`,
    `${place}; next reset in ${span(chain.nextResetTime - now)}, ${date(chain.nextResetTime)}`,
  ];
}

function validatorLine({
  configured,
  active,
  pending,
  attested,
  missed,
  proposed,
  missedProposals,
  countedFrom,
  uncounted,
}: StatusReport["validators"]): string[] {
  if (configured === null) return ["not looked at", ""];
  if (configured === 0) return ["none", ""];
  const state = `${known(active)} of ${configured} active${pending ? `, ${pending} pending` : ""}`;
  if (uncounted !== null) return [state, `duties not counted: ${uncounted}`];
  if (active === 0) return [state, "none has duties on this chain"];
  const since = countedFrom ? `; since epoch ${countedFrom}` : "";
  return [
    state,
    `attested ${known(attested)}, missed ${known(missed)}; blocks ${known(proposed)}, missed ${known(missedProposals)}${since}`,
  ];
}

/** What starts the resets, and when that looks next: who has nothing that does is told what would. */
function scheduleLine(
  stack: string,
  { runner, on, installed, nextLook, failures }: NonNullable<StatusReport["schedule"]>,
  now: number,
): string[] {
  const watch = `\`bin/ephemery watch --stack ${stack}\` runs them`;
  const failed = failures ? [`${failures} ${failures === 1 ? "run has" : "runs have"} failed in a row`] : [];
  const due = nextLook !== null && nextLook > now ? `next look ${date(nextLook)}` : "next look is due";
  const look = nextLook === null ? [] : [due];
  if (runner === "none") return ["no schedule", [watch, ...look, ...failed].join("; ")];
  if (installed) return [runner, [on === "host" ? "on this host" : "on this machine", ...look, ...failed].join("; ")];
  if (on === "host") return [runner, "on the host, by the stack's state"];
  if (installed === null)
    return [
      runner,
      [`by the stack's state; ${runner} could not be asked on this machine`, ...look, ...failed].join("; "),
    ];
  const back = `unless another one has it, \`bin/ephemery repair --stack ${stack}\` puts it back, or ${watch}`;
  return [runner, [`not at work on this machine; ${back}`, ...failed].join("; ")];
}

/** The report as a person reads it. */
export function renderStatus(report: StatusReport, now: number): string {
  const { stack, execution, beacon, validators, schedule, problem } = report;
  const rows: string[][] = [];
  rows.push(["chain", ...chainLine(report, now)]);
  if (execution?.client === EXTERNAL) {
    rows.push(["execution", EXTERNAL, "somebody else's; the beacon node's problem tells when it can't be reached"]);
  } else if (execution) {
    const state = execution.syncing ? ", syncing" : "";
    rows.push([
      "execution",
      execution.client,
      `block ${known(execution.block)}${state}, ${peersOf(execution.peers)}, ${known(execution.version)}`,
    ]);
  }
  if (beacon) {
    const state = `${beacon.syncing ? ", syncing" : ""}${beacon.optimistic ? ", optimistic" : ""}`;
    rows.push([
      "beacon",
      beacon.client,
      `head ${known(beacon.headSlot)}, final epoch ${known(beacon.finalizedEpoch)}${state}, ${peersOf(beacon.peers)}, ${known(beacon.version)}`,
    ]);
  }
  rows.push(["validators", ...validatorLine(validators)]);
  if (schedule) rows.push(["resets", ...scheduleLine(stack, schedule, now)]);
  const lines = plainTable(rows)
    .split("\n")
    .map((line) => `  ${line}`);
  const head = `${stack}: ${report.healthy ? "healthy" : "not healthy"}`;
  return [head, ...lines, ...(problem ? ["", toldInFull(problem.code, problem.text, problem.remedy)] : [])].join("\n");
}

/** A report that says only why there is none. */
function blind(stack: string, problem: Problem): StatusReport {
  const counts = {
    active: null,
    pending: null,
    attested: null,
    missed: null,
    proposed: null,
    missedProposals: null,
    countedFrom: null,
    countedThrough: null,
    uncounted: null,
  };
  return {
    stack,
    healthy: false,
    chain: null,
    execution: null,
    beacon: null,
    validators: { configured: null, ...counts },
    release: { seen: null, verified: null, staged: null },
    reset: { state: null, last: null },
    schedule: null,
    problem: { code: problem.code, text: problem.message, remedy: problem.remedy },
  };
}

/** Prints a report; the exit code says whether the node is healthy. */
export function showReport(report: StatusReport, json: boolean): void {
  console.log(json ? JSON.stringify(report) : renderStatus(report, Math.floor(Date.now() / 1000)));
  process.exitCode = report.healthy ? 0 : NOT_HEALTHY;
}

/** Prints the status; the exit code says the rest. */
export async function showStatus(name: string, json: boolean): Promise<void> {
  try {
    showReport(await statusOf(await openStack(name)), json);
  } catch (thrown) {
    const problem = toProblem(thrown);
    if (json) console.log(JSON.stringify(blind(name, problem)));
    else process.stderr.write(`${problem.text}\n`);
    process.exitCode = COULD_NOT_LOOK;
  }
}

export function registerStatus(program: Command): void {
  stackCommand(program, "status", "how the node is: chain, head, peers, duties of its validators")
    .option("--json", "one JSON object; docs/status.md lists its fields", false)
    .addHelpText(
      "after",
      `
Exit code 0: healthy. 1: not healthy, and the last lines say what is wrong and what to do.
2: it could not be looked at.

Duties are counted from the chain since genesis, or since the checkpoint that the beacon node started
from: attestations that were included, blocks that became part of it. The last two epochs can still
gain attestations, so none of theirs count as missed.

  bin/ephemery status --stack mynode
  bin/ephemery status --json | jq .validators`,
    )
    // A monitor that asks wrongly has not seen a node that is ill.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .action(({ stack, json }: { stack: string; json: boolean }) => showStatus(stack, json));
}
