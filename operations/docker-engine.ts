// A Docker Engine on this machine: is it there, does it answer, is it new enough;
// and on Debian, how it gets there.

import { spawn } from "node:child_process";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../config/problem";
import { cacheFolder, exists } from "../toolchain/paths";
import { run } from "../toolchain/run";
import { deniedProblem, type HostChannel, mayNot } from "./host/channel";
import { aptInstall, installed, mayInstall, pathWith, SYSTEM_FOLDERS } from "./packages";
import type { Step } from "./steps";

/** Where set-up's engine listens, and any other that is not told otherwise. */
export const LOCAL_URI = "unix:///var/run/docker.sock";

export const isOfThisMachine = (uri: string): boolean => uri.startsWith("unix://");

/** Docker Engine 20.10: the oldest whose API has what the containers are made with. */
const OLDEST_API = 41;
const OLDEST_ENGINE = "20.10";

/** @throws Problem `docker-missing`, `docker-unreachable` or `docker-too-old`. */
export async function assertEngine(host: HostChannel): Promise<void> {
  const text = await host.docker(["version", "--format", "{{.Server.APIVersion}} {{.Server.Version}}"], {
    timeout: 30_000,
  });
  const [api = "", version = ""] = text.split(" ");
  const minor = Number(/^1\.(\d+)$/.exec(api)?.[1] ?? Number.NaN);
  if (minor >= OLDEST_API) return;
  throw new Problem(
    "docker-too-old",
    `The Docker Engine at ${host.uri} is ${version} (API ${api}).`,
    `It has to be ${OLDEST_ENGINE} (API 1.${OLDEST_API}) or newer: https://docs.docker.com/engine/install`,
  );
}

/** What the engine says to this user; `denied`: what it says where the user may not ask it. */
async function asked(): Promise<{ readonly answers: boolean; readonly denied?: string }> {
  const result = await run("docker", ["version", "--format", "{{.Server.Version}}"], {
    env: { DOCKER_HOST: LOCAL_URI },
    timeout: 10_000,
  });
  return mayNot(result.stderr) ? { answers: false, denied: result.stderr } : { answers: result.ok };
}

/** @throws Problem `docker-unreachable` where there is an engine that this user may not use. */
async function answering(): Promise<boolean> {
  const { answers, denied } = await asked();
  if (denied !== undefined) throw deniedProblem(LOCAL_URI, denied);
  return answers;
}

const underSystemd = (): Promise<boolean> => exists("/run/systemd/system");

const ENGINE = "docker.io";
/** Debian 13 has the command in a package of its own, which the engine's only recommends. */
const COMMAND = "docker-cli";
/** iproute2 has `ss`, which tells who holds a port. */
const BESIDE = ["iptables", "iproute2", "busybox-static"];

const hasDaemon = (): Promise<boolean> => installed("dockerd", SYSTEM_FOLDERS);
const isInstalled = async (): Promise<boolean> => (await installed("docker")) && (await hasDaemon());

/** An engine that is there may be another vendor's, which Debian's would take the place of. */
const packages = async (): Promise<readonly string[]> => ((await hasDaemon()) ? BESIDE : [ENGINE, ...BESIDE]);

/** What set-up would install, for the question that is asked before; undefined: nothing. */
export async function missingEngine(): Promise<string | undefined> {
  if ((await answering()) || (await isInstalled())) return undefined;
  return (await hasDaemon())
    ? `The docker command (apt-get install ${COMMAND})`
    : `Docker Engine (apt-get install ${(await packages()).join(" ")})`;
}

/** The steps that make this machine's engine answer. */
export async function engineSteps(): Promise<readonly Step[]> {
  const up = await answering();
  return [
    { title: "install Docker Engine", done: up || (await isInstalled()), run: install },
    { title: "start Docker Engine", done: up, run: start },
  ];
}

async function install(report: (line: string) => void): Promise<void> {
  if (!(await mayInstall())) {
    throw new Problem(
      "docker-missing",
      "There is no Docker Engine on this machine, or no docker command, and it can be installed only as root on Debian or Ubuntu.",
      "Install it as https://docs.docker.com/engine/install says, then try again.",
    );
  }
  const why =
    (await aptInstall(await packages(), report, [COMMAND])) ??
    ((await installed("docker")) ? undefined : "No package of these has the docker command.");
  if (why === undefined) return;
  throw new Problem(
    "docker-missing",
    `apt-get could not install Docker:\n${why}`,
    "Install it by hand, then try again.",
  );
}

const PID_FILE = (): string => join(cacheFolder(), "dockerd.pid");

/** By systemd where there is one; else as a process of its own, which set-up remembers so that it can be ended again. */
async function start(): Promise<void> {
  if (await underSystemd()) await startUnit();
  else {
    await mkdir(cacheFolder(), { recursive: true });
    const log = await open(join(cacheFolder(), "dockerd.log"), "a");
    const child = spawn("dockerd", [], {
      env: { ...process.env, PATH: pathWith(SYSTEM_FOLDERS) },
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
    });
    child.unref();
    await log.close();
    await writeFile(PID_FILE(), String(child.pid));
  }
  for (let attempt = 0; attempt < 120; attempt++) {
    if (await answering()) return;
    await sleep(500);
  }
  throw new Problem(
    "docker-unreachable",
    "The Docker Engine was started, but does not answer.",
    `\`journalctl -u docker\` or ${join(cacheFolder(), "dockerd.log")} says why.`,
  );
}

/** @throws Problem `docker-unreachable` with what systemd says. */
export async function startUnit(): Promise<void> {
  const result = await run("systemctl", ["start", "docker"]);
  if (result.ok) return;
  throw new Problem(
    "docker-unreachable",
    `systemd could not start the Docker Engine:\n${result.all.split("\n").slice(-5).join("\n")}`,
    "Start it as root (`sudo systemctl start docker`), then try again; `journalctl -u docker` says why it fails.",
  );
}

/** Process id of an engine that set-up started as a process; undefined: none runs. */
async function startedEngine(): Promise<number | undefined> {
  const pid = Number(await readFile(PID_FILE(), "utf8").catch(() => "0"));
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return pid !== 0 && line.includes("dockerd") ? pid : undefined;
}

/** Ends an engine that set-up started as a process; says whether there was one. */
export async function stopStartedEngine(): Promise<boolean> {
  const pid = await startedEngine();
  await rm(PID_FILE(), { force: true });
  if (pid === undefined) return false;
  process.kill(pid, "SIGTERM");
  for (let attempt = 0; attempt < 100; attempt++) {
    if ((await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")) === "") break;
    await sleep(200);
  }
  return true;
}
