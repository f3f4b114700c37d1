// `npm test`: checks, then every layer of tests from the fast to the slow, and one line with the result.
// `npm test -- unit docker` runs some of it.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { LOCAL_URI, stopStartedEngine } from "../operations/docker-engine";
import { HostChannel } from "../operations/host/channel";

const ROOT = join(__dirname, "..");

/** What needs no tests of its own: each is a command that fails when something is wrong. */
const CHECKS = ["format:check", "typecheck", "rooms"];

/** A test that kills an engine leaves what hung on its pipes; a runner that waits for that would wait for ever. */
const ON_AN_ENGINE = ["--runInBand", "--forceExit"];

interface Layer {
  readonly names: readonly string[];
  readonly args: readonly string[];
  /** Runs only when it is named. */
  readonly onDemand?: boolean;
}

/** Layers that share nothing run side by side; those on an engine one after the other. */
const LAYERS: readonly Layer[] = [
  { names: ["unit", "component", "policy"], args: [] },
  { names: ["docker"], args: ON_AN_ENGINE },
  { names: ["upgrade"], args: ON_AN_ENGINE },
  { names: ["rehearsal"], args: ON_AN_ENGINE },
  // A quarter of an hour of its own, on a machine that does nothing else: only when it is asked for.
  { names: ["resets"], args: ON_AN_ENGINE, onDemand: true },
  { names: ["faults"], args: ON_AN_ENGINE, onDemand: true },
];

const resultSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numRuntimeErrorTestSuites: z.number(),
  success: z.boolean(),
});

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

function command(program: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: "inherit" });
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
  });
}

async function check(script: string): Promise<Tally> {
  const ok = await command("npm", ["run", "--silent", script]);
  process.stdout.write(`${ok ? "PASS" : "FAIL"} ${script}\n`);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
}

async function layer(names: readonly string[], args: readonly string[], folder: string): Promise<Tally> {
  const file = join(folder, `${names[0]}.json`);
  const jest = join(ROOT, "node_modules", ".bin", "jest");
  await command(jest, ["--selectProjects", ...names, "--passWithNoTests", "--json", `--outputFile=${file}`, ...args]);
  try {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, success } = resultSchema.parse(
      JSON.parse(readFileSync(file, "utf8")),
    );
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    return { passed: numPassedTests, failed: success ? failed : Math.max(1, failed) };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

/** Set-up starts an engine where none runs. What nobody uses any more goes again. */
async function stopIdleEngine(): Promise<void> {
  const running = await new HostChannel(LOCAL_URI).try(["ps", "--quiet"]);
  if (running.ok && running.stdout.trim() === "") await stopStartedEngine();
}

async function main(wanted: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "ephemery-results-"));
  const tallies: Tally[] = [];
  try {
    if (wanted.length === 0) tallies.push(...(await Promise.all(CHECKS.map(check))));
    for (const { names, args, onDemand = false } of LAYERS) {
      const chosen = names.filter((name) => (wanted.length === 0 ? !onDemand : wanted.includes(name)));
      if (chosen.length > 0) tallies.push(await layer(chosen, args, folder));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await stopIdleEngine();
  }
  const sum = (of: keyof Tally): number => tallies.reduce((total, tally) => total + tally[of], 0);
  process.stdout.write(`${sum("passed")} passed, ${sum("failed")} failed\n`);
  process.exitCode = sum("failed") === 0 && sum("passed") > 0 ? 0 : 1;
}

void main(process.argv.slice(2));
