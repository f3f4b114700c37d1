// `npm test`: checks and every layer of tests, and one line with the result. `npm test -- unit docker` runs some of it.

import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { constants, setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { LOCAL_URI, stopStartedEngine } from "../operations/docker-engine";
import { HostChannel } from "../operations/host/channel";
import { recapOf, resultSchema } from "./support/recap";

const ROOT = join(__dirname, "..");

/** What needs no tests of its own: each is a command that fails when something is wrong. */
const CHECKS = ["format:check", "typecheck", "rooms"];

/** A test that kills an engine leaves what hung on its pipes; a runner that waits for that would wait for ever. */
const ON_AN_ENGINE = ["--runInBand", "--forceExit"];

interface Layer {
  readonly names: readonly string[];
  readonly args: readonly string[];
  /** Shares no engine with the others, and runs beside the first of them. */
  readonly beside?: boolean;
  /** More arguments where it is not named: of what it has, all runs only when it is asked for. */
  readonly unnamed?: readonly string[];
  /** Minutes after the start in which it begins, or is left out where it is not named: all told, a CI waits for ninety. */
  readonly beginsWithin?: number;
}

/** The one file of its layer whose clients follow a chain: they lose their peers where others take the processors. */
const ON_A_CHAIN = "test/docker/node\\.test";

/**
 * Layers on an engine run one after the other. Those that need none run beside the first of them, which mostly waits,
 * with what it leaves of the processors.
 */
const LAYERS: readonly Layer[] = [
  { names: ["unit", "component", "policy"], args: ["--maxWorkers=2"], beside: true },
  { names: ["docker"], args: [...ON_AN_ENGINE, "--testPathIgnorePatterns", ON_A_CHAIN] },
  { names: ["docker"], args: [...ON_AN_ENGINE, "--testPathPatterns", ON_A_CHAIN] },
  { names: ["upgrade"], args: ON_AN_ENGINE },
  { names: ["rehearsal"], args: ON_AN_ENGINE },
  { names: ["resets"], args: ON_AN_ENGINE },
  // What a source can say, and where a stage can be cut off. The rest of the faults take three quarters of an hour more.
  { names: ["faults"], args: ON_AN_ENGINE, unnamed: ["--testPathPatterns", "faults/staging"], beginsWithin: 55 },
];

interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** What failed, and why: told again at the end, where a log of an hour does not hide it. */
  readonly recap?: string;
}

/** @param log Where it prints to, if not to the terminal. What is logged runs with the lowest priority. */
function command(program: string, args: readonly string[], log?: string): Promise<boolean> {
  const out = log === undefined ? "inherit" : openSync(log, "w");
  return new Promise<boolean>((resolve) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ["inherit", out, out] });
    if (log !== undefined && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
  }).finally(() => {
    if (typeof out === "number") closeSync(out);
  });
}

async function check(script: string, log?: string): Promise<Tally> {
  const ok = await command("npm", ["run", "--silent", script], log);
  return ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, recap: `npm run ${script}` };
}

async function layer({ names, args }: Layer, folder: string, log?: string): Promise<Tally> {
  // A layer may have two runs: one that ends without a result has none, and not that of the run before.
  const file = join(mkdtempSync(join(folder, `${names[0]}-`)), "result.json");
  const jest = join(ROOT, "node_modules", ".bin", "jest");
  const result = ["--json", `--outputFile=${file}`];
  await command(jest, ["--selectProjects", ...names, "--passWithNoTests", ...result, ...args], log);
  try {
    const result = resultSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    const tally = { passed: result.numPassedTests, failed: result.success ? failed : Math.max(1, failed) };
    return tally.failed === 0 ? tally : { ...tally, recap: recapOf(result) || `${names}: jest ended as failed` };
  } catch {
    return { passed: 0, failed: 1, recap: `${names}: jest ended without a result` };
  }
}

/**
 * The checks and layers that share no engine, one after the other.
 *
 * @param log What each prints is shown when it has ended, and gathered here until then; undefined: shown at once.
 */
async function alone(checks: readonly string[], layers: readonly Layer[], folder: string, log?: string) {
  const shown = async (title: string, run: Promise<Tally>): Promise<Tally> => {
    const tally = await run;
    if (log !== undefined) process.stdout.write(readFileSync(log, "utf8"));
    process.stdout.write(`${tally.failed === 0 ? "PASS" : "FAIL"} ${title}\n`);
    return tally;
  };
  const tallies: Tally[] = [];
  for (const script of checks) tallies.push(await shown(script, check(script, log)));
  for (const each of layers) tallies.push(await shown(each.names.join(", "), layer(each, folder, log)));
  return tallies;
}

/** Set-up starts an engine where none runs. What nobody uses any more goes again. */
async function stopIdleEngine(): Promise<void> {
  const running = await new HostChannel(LOCAL_URI).try(["ps", "--quiet"]);
  if (running.ok && running.stdout.trim() === "") await stopStartedEngine();
}

async function main(wanted: readonly string[]): Promise<void> {
  const begun = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "ephemery-results-"));
  const tallies: Tally[] = [];
  const chosen = LAYERS.map((each): Layer => {
    if (wanted.length === 0) return { ...each, args: [...each.args, ...(each.unnamed ?? [])] };
    return { ...each, names: each.names.filter((name) => wanted.includes(name)) };
  }).filter(({ names }) => names.length > 0);
  try {
    const sharing = chosen.filter((each) => !each.beside);
    const others = alone(
      wanted.length === 0 ? CHECKS : [],
      chosen.filter((each) => each.beside),
      folder,
      sharing.length === 0 ? undefined : join(folder, "beside.log"),
    );
    for (const each of sharing) {
      const minutes = (performance.now() - begun) / 60_000;
      if (wanted.length === 0 && minutes > (each.beginsWithin ?? Number.POSITIVE_INFINITY)) {
        const [name] = each.names;
        process.stdout.write(
          `SKIP ${name}: ${Math.round(minutes)} minutes have passed. \`npm test -- ${name}\` runs them.\n`,
        );
        continue;
      }
      tallies.push(await layer(each, folder));
      // Only the first of them has company: those after it count seconds.
      await others;
    }
    tallies.push(...(await others));
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await stopIdleEngine();
  }
  for (const { recap } of tallies) if (recap !== undefined) process.stdout.write(`\nFAILED ${recap}\n`);
  const sum = (of: "passed" | "failed"): number => tallies.reduce((total, tally) => total + tally[of], 0);
  process.stdout.write(`${sum("passed")} passed, ${sum("failed")} failed\n`);
  process.exitCode = sum("failed") === 0 && sum("passed") > 0 ? 0 : 1;
}

void main(process.argv.slice(2));
