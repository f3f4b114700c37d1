// `npm run bench`: what the goals in docs/architecture.md are about, as ratios measured in one run on the dev stack.
// `npm run bench -- engine` or `start` measures a part of that; `-- reset` measures resets. `--json` prints one object.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import type { Owner } from "../components/names";
import { readDeployment } from "../operations/deployment";
import { destroyStack } from "../operations/destroy";
import { Stack } from "../operations/engine/stack";
import { HostChannel } from "../operations/host/channel";
import { loadStackFile } from "../operations/stack-file";
import { load } from "../rehearsal/store";
import { readyToolchain, type Toolchain } from "../toolchain/install";
import { knownOrigin } from "../toolchain/origin";
import { ROOT } from "../toolchain/paths";
import { emptyProject } from "./empty-project";
import { benchResets, showResets } from "./reset";
import { coldStart } from "./start";
import { paired } from "./timing";
import { diskOf, memoryOf } from "./usage";

const RUNS = 5;

const tell = (text: string): void => void process.stderr.write(`${text}\n`);

interface Row {
  readonly what: string;
  readonly ratio: number;
  readonly goal: number;
  readonly seconds: string;
}

function ephemery(...args: string[]): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(ROOT, "bin", "ephemery"), ...args], { stdio: ["ignore", "ignore", 2] });
    child.on("close", resolve);
  });
}

/** The same rehearsal from a new genesis: later than its first epoch, new keys wait for doppelganger protection first. */
async function startOver(name: string): Promise<void> {
  for (const step of ["stop", "start"])
    if ((await ephemery("rehearse", step, "--name", name)) !== 0) throw new Error(`rehearse ${step} failed`);
  const genesis = await slotZero(name);
  while (Date.now() / 1000 < genesis) await sleep(500);
}

/** Unix seconds. */
async function slotZero(name: string): Promise<number> {
  const rehearsal = await load(name);
  const iteration = rehearsal?.iterations.at(-1);
  if (!rehearsal || !iteration) throw new Error(`there is no rehearsal ${name}`);
  return iteration.executionGenesisTime + rehearsal.profile.delay;
}

async function resets(count: number, json: boolean): Promise<void> {
  const result = await benchResets(count);
  if (json) console.log(JSON.stringify(result));
  else process.exitCode = showResets(result) ? 0 : 1;
}

/** What the engine itself costs: with a program that finds nothing to change, and with one that makes nothing. */
async function engineRows(dev: Stack, toolchain: Toolchain): Promise<Row[]> {
  const empty = await emptyProject(toolchain);
  try {
    tell("Timing previews …");
    const preview = await paired(
      () => dev.preview(),
      () => empty.stack.preview(),
      RUNS,
    );
    tell("Timing ups that change nothing …");
    const up = await paired(
      () => dev.up(),
      () => empty.stack.up(),
      RUNS,
    );
    tell("Timing an answer to a mistake …");
    const mistake = await paired(
      () => ephemery("preview", "--stack", "no-such-stack"),
      () => dev.preview(),
      RUNS,
    );
    const rows = [
      ["preview / preview of an empty project", preview, 2.5],
      ["no-op up / no-op up of an empty project", up, 2.5],
      ["answer to a mistake / no-op preview", mistake, 1],
    ] as const;
    return rows.map(([what, { ratio, ours, theirs }, goal]) => ({
      what,
      ratio,
      goal,
      seconds: `${ours.toFixed(2)} / ${theirs.toFixed(2)}`,
    }));
  } finally {
    await empty.remove();
  }
}

async function startRow(dev: Stack, host: HostChannel, owner: Owner): Promise<Row> {
  tell("Timing a start on an empty host, in the first epoch of a new chain …");
  await destroyStack(dev, await loadStackFile(dev.name), { purgeKeys: true });
  await startOver(dev.name);
  const { ratio, toFirstAttestation, clients } = await coldStart(host, owner, () => dev.up());
  const { execution, beacon, validator } = clients;
  tell(
    `Clients' own starts: execution ${execution.toFixed(1)} s, beacon ${beacon.toFixed(1)} s, validator to its first attestation ${validator.toFixed(1)} s.`,
  );
  const sum = execution + beacon + validator;
  return {
    what: "up to first attestation / clients' own starts",
    ratio,
    goal: 1.5,
    seconds: `${toFirstAttestation.toFixed(1)} / ${sum.toFixed(1)}`,
  };
}

const PARTS = ["engine", "start"] as const;

async function main(parts: readonly string[], json: boolean): Promise<void> {
  tell("Bringing the dev stack up …");
  if ((await ephemery("up", "--wait", "--yes")) !== 0) throw new Error("the dev stack did not come up");
  const origin = await knownOrigin();
  const toolchain = origin && (await readyToolchain(origin));
  if (!toolchain) throw new Error("run `bin/ephemery setup` first");
  const dev = new Stack("dev", toolchain);
  const { owner, tools, host: where } = await readDeployment(dev);
  if (!owner || !tools || !where) throw new Error("the dev stack is not deployed");
  const host = new HostChannel(where.uri);
  const rows = parts.includes("engine") ? await engineRows(dev, toolchain) : [];
  const [memory, disk] = [await memoryOf(host, owner), await diskOf(host, owner, tools)];
  if (parts.includes("start")) rows.push(await startRow(dev, host, owner));
  if (json) {
    console.log(JSON.stringify({ rows, memory, disk }));
    return;
  }
  const style = { head: [], border: [] };
  const table = new Table({ head: ["what", "ratio", "goal", "seconds"], style });
  for (const { what, ratio, goal, seconds } of rows) table.push([what, ratio.toFixed(2), `≤ ${goal}`, seconds]);
  console.log(table.toString());
  for (const [title, list] of [
    ["Memory", memory],
    ["Disk", disk],
  ] as const) {
    const usage = new Table({ head: [title, "MiB"], style });
    for (const { what, mebibytes } of list) usage.push([what, String(mebibytes)]);
    console.log(usage.toString());
  }
  process.exitCode = rows.every(({ ratio, goal }) => ratio <= goal) ? 0 : 1;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, resets: { type: "string", default: "5" } },
});
const wanted: readonly string[] = positionals.length > 0 ? positionals : PARTS;
void (wanted.includes("reset") ? resets(Number(values.resets), values.json) : main(wanted, values.json));
