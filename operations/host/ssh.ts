// Another machine, by the ssh command: what is to be done there goes as a script to the stdin of its shell, so that
// nothing of it is in an argument list on the way.

import { shellQuote } from "../../components/docker-run";
import { Problem } from "../../config/problem";
import type { Environment } from "../../toolchain/paths";
import { type RunResult, run } from "../../toolchain/run";
import { folderMode, type Machine, type RunHow } from "./machine";

/** The destination as the docker command takes it from the same URI, so that both meet the same machine. */
function destinationOf(uri: string): readonly string[] {
  const { username, hostname, port } = new URL(uri);
  return [
    ...(username === "" ? [] : ["-l", decodeURIComponent(username)]),
    ...(port === "" ? [] : ["-p", port]),
    "--",
    hostname.replace(/^\[(.*)\]$/, "$1"),
  ];
}

/** It asks nobody, waits for no machine that is gone, and lends its keys to none. */
const OPTIONS = ["BatchMode=yes", "ConnectTimeout=30", "ServerAliveInterval=15", "ForwardAgent=no"].flatMap(
  (option) => ["-o", option],
);

/** How ssh itself says that it failed; a shell says 127 of a program that is not there. */
const NOT_REACHED = 255;
const NOT_FOUND = 127;

/** Of a login there: where things are. */
const ASKED_FOR = [
  "PATH",
  "HOME",
  "XDG_CACHE_HOME",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  "EPHEMERY_CACHE",
  "EPHEMERY_DATA",
  "EPHEMERY_UNITS",
  "DOCKER_CERT_PATH",
  "DOCKER_CONFIG",
  "DOCKER_TLS_VERIFY",
];

/** Begins the lines that are an answer: a profile may print what it likes before. */
const MARK = "ephemery:";

/** For scripts that answer with facts: `say name value`. */
export const SAY = `say() { printf '${MARK}%s=%s\\n' "$1" "$2"; }`;

/** What a script has said. */
export function saidIn(stdout: string): Readonly<Record<string, string>> {
  const lines = stdout.split("\n").flatMap((line) => (line.startsWith(MARK) ? [line.slice(MARK.length)] : []));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

const ENVIRONMENT = [
  SAY,
  'say uid "$(id -u)"',
  'for name; do value=$(printenv "$name"); [ -z "$value" ] || say "$name" "$value"; done',
].join("\n");

class OverSsh implements Machine {
  private login: Promise<Readonly<Record<string, string>>> | undefined;

  constructor(readonly name: string) {}

  /** Asked once. By a login shell: what a plain one over ssh has for a PATH is seldom what its user works with. */
  private loggedIn(): Promise<Readonly<Record<string, string>>> {
    this.login ??= this.run("sh", ["-lc", ENVIRONMENT, "sh", ...ASKED_FOR]).then(({ stdout, stderr }) => {
      const said = saidIn(stdout);
      if (said.uid !== undefined && said.HOME !== undefined) return said;
      throw new Problem("schedule", `${this.name} has no shell that answers: ${stderr}`, this.tryIt());
    });
    return this.login;
  }

  async env(): Promise<Environment> {
    const { uid: _, ...env } = await this.loggedIn();
    return env;
  }

  async isRoot(): Promise<boolean> {
    return (await this.loggedIn()).uid === "0";
  }

  /** @throws Problem `schedule` where the machine itself can't be reached. */
  async run(program: string, args: readonly string[], { input, timeout }: RunHow = {}): Promise<RunResult> {
    const command = [program, ...args].map(shellQuote).join(" ");
    // A shell that is cut off within quotes runs nothing, and printf is its own: no process has the text as an argument.
    const script = input === undefined ? command : `printf %s ${shellQuote(input)} | ${command}`;
    const result = await run("ssh", [...OPTIONS, "-T", ...destinationOf(this.name), "sh -s"], {
      input: `${script}\n`,
      ...(timeout === undefined ? {} : { timeout }),
    });
    // Whoever set the time tells of it: the machine may well have been reached.
    if (result.timedOut) return result;
    if (!result.missing && result.code !== undefined && result.code !== NOT_REACHED)
      return { ...result, missing: result.code === NOT_FOUND };
    const said = result.missing ? "there is no ssh command on this machine" : result.stderr.trim().split("\n").at(-1);
    throw new Problem("schedule", `${this.name} can't be reached over ssh: ${said}`, this.tryIt());
  }

  private tryIt(): string {
    return `Without a question \`ssh ${destinationOf(this.name)
      .filter((word) => word !== "--")
      .join(" ")} true\` has to succeed; mend that, then try again.`;
  }

  async exists(path: string): Promise<boolean> {
    return (await this.run("test", ["-e", path])).ok;
  }

  async write(path: string, text: string, mode: number): Promise<void> {
    const umask = (0o777 & ~folderMode(mode)).toString(8);
    const script = `set -e; umask ${umask}; mkdir -p "$(dirname "$1")"; cat > "$1"; chmod ${mode.toString(8)} "$1"`;
    const result = await this.run("sh", ["-c", script, "sh", path], { input: text });
    if (!result.ok) throw this.failed(`${path} could not be written`, result);
  }

  async remove(path: string): Promise<void> {
    const result = await this.run("rm", ["-f", path]);
    if (!result.ok) throw this.failed(`${path} could not be removed`, result);
  }

  private failed(what: string, { all }: RunResult): Problem {
    return new Problem("schedule", `On ${this.name} ${what}: ${all}`, "Mend the cause, then try again.");
  }
}

/** @param uri as in ephemery:dockerHost: `ssh://user@host:port`. */
export const overSsh = (uri: string): Machine => new OverSsh(uri);
