// `npm run bench`: what the goals in docs/architecture.md are about, as ratios measured in one run on the dev stack.
// `npm run bench -- engine` or `start` measures a part of that; `-- reset` measures resets. `--json` prints one object.

import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
import { bareStart, type ColdStart, until, upToAttestation } from "./start";
import { mean, paired } from "./timing";
import { diskOf, memoryOf } from "./usage";

const RUNS = 5;
/** A stack whose file has mistakes. */
const MISTAKEN = "bench-mistake";
/** Starts on an empty host: each takes a chain of its own, which is minutes. */
const STARTS = 3;

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

/**
 * The same rehearsal from a new genesis, and no node on it: later than a chain's first epoch new keys wait for
 * doppelganger protection first.
 *
 * @param lead seconds from now to slot 0.
 */
async function startOver(dev: Stack, lead: number): Promise<void> {
  await destroyStack(dev, await loadStackFile(dev.name), { purgeKeys: true });
  for (const args of [["stop"], ["start", "--lead", `${lead}`]])
    if ((await ephemery("rehearse", ...args, "--name", dev.name)) !== 0) throw new Error(`rehearse ${args[0]} failed`);
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
  const mistaken = join(ROOT, `Pulumi.${MISTAKEN}.yaml`);
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
    writeFileSync(mistaken, "config:\n  ephemery:beaconClient: prism\n  ephemery:validatorCount: many\n");
    const mistake = await paired(
      async () => {
        // Any other answer would be a time of something else.
        if ((await ephemery("preview", "--stack", MISTAKEN)) !== 1) throw new Error("the mistake was not refused");
      },
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
    rmSync(mistaken, { force: true });
    await empty.remove();
  }
}

/** Seconds from the start of a rehearsal to slot 0: its seed has to be up by then, and for the plain commands the node too. */
const LEAD = { up: 75, bare: 150 } as const;

/** Each start has a chain of its own. */
async function startRow(dev: Stack, host: HostChannel, owner: Owner): Promise<Row> {
  const starts: ColdStart[] = [];
  for (let run = 1; run <= STARTS; run++) {
    tell(`Timing a start on an empty host (${run} of ${STARTS}): by plain docker commands …`);
    await startOver(dev, LEAD.bare);
    await dev.up();
    const clients = await bareStart(dev, host);
    tell("  … and by `up` …");
    await startOver(dev, LEAD.up);
    await until(await slotZero(dev.name));
    const start = { clients, toFirstAttestation: await upToAttestation(dev, host, owner) };
    const { execution, beacon, validator } = clients;
    tell(
      `  ${start.toFirstAttestation.toFixed(1)} s; by themselves: execution ${execution.toFixed(1)} s, beacon ${beacon.toFixed(1)} s, validator to its first attestation ${validator.toFixed(1)} s`,
    );
    starts.push(start);
  }
  const own = ({ clients }: ColdStart): number => clients.execution + clients.beacon + clients.validator;
  // When the first duty comes is luck, and no two starts have the same: their means are compared, not neighbours.
  const [ours, theirs] = [mean(starts.map((start) => start.toFirstAttestation)), mean(starts.map(own))];
  return {
    what: "up to first attestation / the clients by themselves",
    ratio: ours / theirs,
    goal: 1.5,
    seconds: `${ours.toFixed(1)} / ${theirs.toFixed(1)}`,
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
