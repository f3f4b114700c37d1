// The release server as a process of its own, which goes on when the command has ended.

import { spawn } from "node:child_process";
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../config/problem";
import { ROOT } from "../toolchain/paths";
import { folderOf, type Rehearsal, save } from "./store";
import { sourceUrl } from "./topology";

/** Arguments the process has, by which it is told from any other that got its number. */
const serveArgs = (name: string): string[] => ["rehearse", "serve", "--name", name];

/** Whether the recorded process is still this rehearsal's server. */
export async function serving({ name, server }: Rehearsal): Promise<boolean> {
  if (!server) return false;
  const line = await readFile(`/proc/${server.pid}/cmdline`, "utf8").catch(() => undefined);
  if (line !== undefined) return line.includes(`${serveArgs(name).join("\0")}\0`);
  try {
    process.kill(server.pid, 0); // systems without /proc
    return process.platform !== "linux";
  } catch {
    return false;
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    await fetch(`${sourceUrl(port)}/releases/latest`, { redirect: "manual", signal: AbortSignal.timeout(1_000) });
    return true;
  } catch {
    return false;
  }
}

/** Starts the server where it does not run. */
export async function startServer(rehearsal: Rehearsal): Promise<Rehearsal> {
  if (await serving(rehearsal)) return rehearsal;
  const { name, port } = rehearsal;
  if (await answers(port)) {
    throw new Problem(
      "port-taken",
      `Port ${port} on loopback is taken by another program, so the rehearsal ${name} has no place for its releases.`,
      "End that program, or start the rehearsal with another --port and set ephemery:releaseSources to it.",
    );
  }
  await mkdir(folderOf(name), { recursive: true });
  const log = await open(join(folderOf(name), "server.log"), "a");
  const child = spawn(process.execPath, [join(ROOT, "bin", "ephemery"), ...serveArgs(name)], {
    cwd: ROOT,
    env: process.env,
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  child.unref();
  await log.close();
  const server = child.pid === undefined ? undefined : { pid: child.pid, started: new Date().toISOString() };
  const started: Rehearsal = server ? { ...rehearsal, server } : rehearsal;
  // Before it answers: who is cut off here leaves a server that the next start knows.
  await save(started);
  for (let attempt = 0; attempt < 60 && !(await answers(port)); attempt++) await sleep(250);
  if (!(await answers(port))) {
    throw new Problem(
      "rehearsal",
      `The release server of ${name} did not start.`,
      `${join(folderOf(name), "server.log")} says why.`,
    );
  }
  return started;
}

/** Ends the server, and only it. */
export async function stopServer(rehearsal: Rehearsal): Promise<void> {
  if (!rehearsal.server || !(await serving(rehearsal))) return;
  process.kill(rehearsal.server.pid, "SIGTERM");
  for (let attempt = 0; attempt < 40 && (await serving(rehearsal)); attempt++) await sleep(100);
}
