// `npm run bench`: what the goals in docs/architecture.md are about, as ratios measured in one run on the dev stack.
// `npm run bench -- reset` measures resets. `--json` prints one object.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { readDeployment } from "../operations/deployment";
import { destroyStack } from "../operations/destroy";
import { Stack } from "../operations/engine/stack";
import { HostChannel } from "../operations/host/channel";
import { loadStackFile } from "../operations/stack-file";
import { readyToolchain } from "../toolchain/install";
import { knownOrigin } from "../toolchain/origin";
import { ROOT } from "../toolchain/paths";
import { emptyProject } from "./empty-project";
import { benchResets, showResets } from "./reset";
import { coldStart } from "./start";
import { paired } from "./timing";
import { diskOf, memoryOf } from "./usage";

const RUNS = 5;

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

async function resets(count: number, json: boolean): Promise<void> {
  const result = await benchResets(count);
  if (json) console.log(JSON.stringify(result));
  else process.exitCode = showResets(result) ? 0 : 1;
}

async function main(json: boolean): Promise<void> {
  const tell = (text: string): void => void process.stderr.write(`${text}\n`);
  tell("Bringing the dev stack up …");
  if ((await ephemery("up", "--wait", "--yes")) !== 0) throw new Error("the dev stack did not come up");
  const origin = await knownOrigin();
  const toolchain = origin && (await readyToolchain(origin));
  if (!toolchain) throw new Error("run `bin/ephemery setup` first");
  const dev = new Stack("dev", toolchain);
  const { owner, tools, host: where } = await readDeployment(dev);
  if (!owner || !tools || !where) throw new Error("the dev stack is not deployed");
  const host = new HostChannel(where.uri);
  const rows: Row[] = [];
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
    for (const [what, { ratio, ours, theirs }, goal] of [
      ["preview / preview of an empty project", preview, 2.5],
      ["no-op up / no-op up of an empty project", up, 2.5],
      ["answer to a mistake / no-op preview", mistake, 1],
    ] as const)
      rows.push({ what, ratio, goal, seconds: `${ours.toFixed(2)} / ${theirs.toFixed(2)}` });
  } finally {
    await empty.remove();
  }
  const [memory, disk] = [await memoryOf(host, owner), await diskOf(host, owner, tools)];
  tell("Timing a start on an empty host …");
  await destroyStack(dev, await loadStackFile("dev"), { purgeKeys: true });
  const cold = await coldStart(host, owner, () => dev.up());
  const { execution, beacon, validator } = cold.clients;
  const sum = execution + beacon + validator;
  rows.push({
    what: "up to first attestation / clients' own starts",
    ratio: cold.ratio,
    goal: 1.5,
    seconds: `${cold.toFirstAttestation.toFixed(1)} / ${sum.toFixed(1)}`,
  });
  if (json) {
    console.log(JSON.stringify({ rows, cold, memory, disk }));
    return;
  }
  const style = { head: [], border: [] };
  const table = new Table({ head: ["what", "ratio", "goal", "seconds"], style });
  for (const { what, ratio, goal, seconds } of rows) table.push([what, ratio.toFixed(2), `≤ ${goal}`, seconds]);
  console.log(table.toString());
  console.log(
    `Clients' own starts: execution ${execution.toFixed(1)} s, beacon ${beacon.toFixed(1)} s, validator to its first attestation ${validator.toFixed(1)} s.`,
  );
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
void (positionals[0] === "reset" ? resets(Number(values.resets), values.json) : main(values.json));
