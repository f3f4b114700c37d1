// What Pulumi says when it fails, as problems with a remedy.

import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";
import { Problem, problemIn } from "../../config/problem";
import { isAlive } from "../../toolchain/lock.cjs";
import { Locked } from "../locked";

/** Whether a process runs Pulumi's command, by the name of its program, which some systems wrap; true where the machine does not tell (no /proc). */
function runsPulumi(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").includes("pulumi");
  } catch {
    return true;
  }
}

/** Who holds the lock of a stack, as the engine's message names it. */
export interface LockOwner {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  readonly since: string;
  /** Undefined: on another machine, so it can't be known from here. */
  readonly alive: boolean | undefined;
}

const LOCK = /created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/g;

export function lockOwners(text: string): readonly LockOwner[] {
  return [...text.matchAll(LOCK)].map(([, user = "", host = "", pid = "0", since = ""]) => ({
    user,
    host,
    pid: Number(pid),
    since,
    // Of another boot's process the number may be anybody's by now.
    alive: host === hostname() ? isAlive(Number(pid)) && runsPulumi(Number(pid)) : undefined,
  }));
}

/** A stack that another run holds, or held when it died. */
export class LockedProblem extends Locked {
  constructor(
    stack: string,
    readonly owners: readonly LockOwner[],
  ) {
    const dead = owners.length > 0 && owners.every(({ alive }) => alive === false);
    const list = owners
      .map(({ user, host, pid, since, alive }) => {
        const state = alive === undefined ? "on another machine" : alive ? "still running" : "no longer running";
        return `  ${user}@${host}, process ${pid}, since ${since}: ${state}`;
      })
      .join("\n");
    super(
      `Stack ${stack} is locked by another run:\n${list}`,
      dead
        ? `That run is over; \`bin/ephemery repair --stack ${stack}\` clears its lock and finishes what it began.`
        : `Wait until it has ended. If it runs on another machine and is known to be dead, \`bin/ephemery pulumi cancel --stack ${stack}\` clears the lock.`,
      Math.min(...owners.map(({ since }) => Date.parse(since) / 1000)),
    );
  }

  /** Whether every owner is known to have ended. */
  get abandoned(): boolean {
    return this.owners.length > 0 && this.owners.every(({ alive }) => alive === false);
  }
}

interface Rule {
  readonly matches: RegExp;
  readonly problem: (text: string, stack: string) => Problem;
}

/** Longest part of the engine's own words that is shown. */
const SHOWN_LINES = 25;

/** What the engine's diagnostics say went wrong; without any, its last lines. */
function errorLines(text: string): string {
  const section = /^Diagnostics:\n([\s\S]*?)^(?:Outputs|Resources|Duration|Policies)[: ]/m.exec(text)?.[1];
  const lines = (section ?? text.trim().split("\n").slice(-8).join("\n"))
    .split("\n")
    .map((line) => line.trimEnd().replace(/^ {2}/, ""))
    .filter(
      (line) =>
        line.trim() !== "" && !/^\s*(error: (update|preview) failed|pulumi:pulumi:Stack .*|warning: .*)$/.test(line),
    );
  return lines.slice(0, SHOWN_LINES).join("\n");
}

const RULES: readonly Rule[] = [
  {
    matches: /currently locked by/,
    problem: (text, stack) => new LockedProblem(stack, lockOwners(text)),
  },
  {
    matches: /^\s*error: (?:update|preview|refresh|destroy) cancell?ed/m,
    problem: (_, stack) =>
      new Problem(
        "cancelled",
        `The run on stack ${stack} was interrupted. What it had done is in the state.`,
        `\`bin/ephemery up --stack ${stack}\` goes on where it stopped.`,
      ),
  },
  {
    matches: /incorrect passphrase|passphrase must be set|unable to find either `?PULUMI_CONFIG_PASSPHRASE/,
    problem: (_, stack) =>
      new Problem(
        "passphrase",
        `The secrets of stack ${stack} could not be opened: the passphrase is missing or wrong.`,
        `Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the one the stack was made with.`,
      ),
  },
  {
    matches: /no stack named/,
    problem: (_, stack) =>
      new Problem("stack-missing", `There is no stack ${stack} yet.`, `Make it with \`bin/ephemery init ${stack}\`.`),
  },
  {
    matches: /container name .* is already in use/,
    problem: (text, stack) =>
      new Problem(
        "interrupted",
        `A container of stack ${stack} is there already, though its state does not know it:\n${errorLines(text)}`,
        `An earlier run was cut off. \`bin/ephemery repair --stack ${stack}\` puts state and host in line and finishes it.`,
      ),
  },
  {
    matches: /network with name .* already exists|network \S+ is ambiguous/,
    problem: (text, stack) =>
      new Problem(
        "interrupted",
        `A network of stack ${stack} is there already, though its state does not know it:\n${errorLines(text)}`,
        `An earlier run was cut off. \`bin/ephemery repair --stack ${stack}\` puts state and host in line and finishes it.`,
      ),
  },
  {
    matches: /port is already allocated|address already in use/,
    problem: (text) =>
      new Problem(
        "port-taken",
        `A port is taken on the host:\n${errorLines(text)}`,
        "Free it, or choose another with ephemery:executionP2pPort, beaconP2pPort or beaconQuicPort.",
      ),
  },
  {
    matches: /no space left on device/,
    problem: (text) =>
      new Problem(
        "disk-full",
        `The disk of the host is full:\n${errorLines(text)}`,
        "Free space (`docker system df` shows what Docker uses), then try again.",
      ),
  },
  {
    matches:
      /failed to connect to any docker daemon|Cannot connect to the Docker daemon|failed to create Docker client|Error pinging Docker server/i,
    problem: (text) =>
      new Problem(
        "docker-unreachable",
        `The Docker Engine does not answer:\n${errorLines(text)}`,
        "Start it (`systemctl start docker`), or set ephemery:dockerHost to the one that is meant.",
      ),
  },
  {
    matches: /did not become healthy/,
    problem: (text, stack) =>
      new Problem(
        "node",
        `A client did not become healthy in time:\n${errorLines(text)}`,
        `\`docker logs\` of that container says why; \`bin/ephemery repair --stack ${stack}\` makes it anew.`,
      ),
  },
];

/** What the engine prints before a problem of the program, or of a job it ran. */
const BEFORE = /^[ \t]*error: (?:[^\n]*running "[^\n]*":\n)?/m;

/** A command as the engine quotes it: a script may hold the very words that one of the rules looks for. */
const QUOTED = /running "(?:[^"\\\n]|\\.)*":\n?\s*/g;

const digestSchema = z.looseObject({ diagnostics: z.array(z.looseObject({ message: z.string() })) });

/** `preview --json` has what went wrong in the diagnostics of the object that it prints, and nowhere else. */
function undigested(text: string): string {
  try {
    const { diagnostics } = digestSchema.parse(JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1)));
    return diagnostics.map(({ message }) => message).join("\n");
  } catch {
    return text;
  }
}

/** The problem behind a failed run of the engine, by what it printed. */
export function problemOf(printed: string, stack: string): Problem {
  const text = undigested(printed);
  const own = problemIn(text, BEFORE);
  if (own) return own;
  const said = text.replace(QUOTED, "");
  const rule = RULES.find(({ matches }) => matches.test(said));
  return (
    rule?.problem(said, stack) ??
    new Problem(
      "engine",
      `Pulumi could not finish:\n${errorLines(said)}`,
      `Mend the cause, then run \`bin/ephemery up --stack ${stack}\` again: it goes on where it stopped.`,
    )
  );
}
