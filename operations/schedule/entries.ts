// What is written where for a machine to run a stack's resets: a systemd service and timer, or lines of a crontab.

import { shellQuote as shellWord } from "../../components/docker-run";

/** A stack's resets, as something else than a person starts them. */
export interface ScheduledRun {
  /** Of the stack's units and script, and the mark of its crontab lines. */
  readonly name: string;
  readonly stack: string;
  /** The clone. */
  readonly folder: string;
  /** The Node.js that set it up. */
  readonly node: string;
  /** What a run needs to know of the environment it was set up in; no secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** Folders a run writes to. */
  readonly writable: readonly string[];
  /** Variables of the user's, such as a backend's credentials; it need not exist. */
  readonly envFile: string;
}

const argsOf = ({ stack }: ScheduledRun): string[] => ["bin/ephemery", "reset", "--stack", stack, "--scheduled"];

/** systemd.syntax(7): quoted, with C escapes, and `%` is a specifier. */
const unitWord = (word: string): string =>
  `"${word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%")}"`;
/** In a command `$` is a variable too. */
const unitArgument = (word: string): string => unitWord(word).replaceAll("$", "$$$$");
/** A path or a text of a unit that takes no quotes. */
const unitText = (text: string): string => text.replaceAll("%", "%%");

/** Hardening that an engine, its plugins, Node.js and ssh can live with, and that any manager can do (systemd.exec(5)). */
const HARDENING = [
  "NoNewPrivileges=yes",
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "LockPersonality=yes",
  "SystemCallArchitectures=native",
  "UMask=0077",
] as const;

/**
 * What takes the system's manager: a user's has no right to mounts of its own or to give up capabilities, and would not
 * start the service at all. Nothing of the system is written, and nothing of the user's but the folders that are named.
 */
const CONFINEMENT = [
  "PrivateDevices=yes",
  "ProtectSystem=strict",
  "ProtectHome=read-only",
  "ProtectKernelTunables=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelLogs=yes",
  "ProtectControlGroups=yes",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  // The one it keeps: without it root may not enter the home of the user whose clone, Node.js and state they are.
  "CapabilityBoundingSet=CAP_DAC_OVERRIDE",
] as const;

/** Whose manager runs a unit. */
export type Manager = "system" | "user";

/** Its own, but for a run that lies in the system's, as in a trial: in the place of its clone it would have nothing. */
const temporaryFolders = ({ folder, node, writable }: ScheduledRun): string =>
  [folder, node, ...writable].some((path) => /^\/(var\/)?tmp\//.test(path))
    ? "ReadWritePaths=/tmp /var/tmp"
    : "PrivateTmp=yes";

/** The unit that does one run. */
export function serviceUnit(run: ScheduledRun, manager: Manager): string {
  const { stack, folder, node, env, writable, envFile } = run;
  return `${[
    "[Unit]",
    `Description=Resets of the Ephemery stack ${unitText(stack)}`,
    "Wants=network-online.target",
    "After=network-online.target docker.service",
    "",
    "[Service]",
    "Type=oneshot",
    `WorkingDirectory=${unitText(folder)}`,
    // By env(1): systemd takes no special characters in the name of what it starts.
    `ExecStart=/usr/bin/env ${[node, ...argsOf(run)].map(unitArgument).join(" ")}`,
    ...Object.entries(env).map(([key, value]) => `Environment=${unitWord(`${key}=${value}`)}`),
    `EnvironmentFile=-${unitText(envFile)}`,
    // A node that has just switched may take until slot 0 to be well.
    "TimeoutStartSec=45min",
    // A stop is told to the run alone, which lets its engine finish; told itself, that would cut a switch off.
    "KillMode=mixed",
    // By default it would be killed after 90 s, and a machine that goes down stops this before Docker.
    "TimeoutStopSec=10min",
    ...HARDENING,
    ...(manager === "system" ? [...CONFINEMENT, temporaryFolders(run)] : []),
    ...(manager === "system" ? writable.map((path) => `ReadWritePaths=${unitWord(`-${path}`)}`) : []),
  ].join("\n")}\n`;
}

/** The unit that starts it. A run waits for what is due before the next one, so a minute is no loss. */
export function timerUnit({ stack }: ScheduledRun): string {
  return `${[
    "[Unit]",
    `Description=Each minute: resets of the Ephemery stack ${unitText(stack)}, if any is due`,
    "",
    "[Timer]",
    "OnCalendar=minutely",
    "AccuracySec=1s",
    "",
    "[Install]",
    "WantedBy=timers.target",
  ].join("\n")}\n`;
}

/**
 * For sed(1): makes of a file of variables what exports them as systemd's EnvironmentFile= takes them (systemd.exec(5)),
 * which expands nothing. A shell that sourced the file itself would end at a passphrase with a dollar or a space, before
 * anybody is told. Only what the last line has quoted comes out: the rest would be the shell's to run.
 */
const AS_SYSTEMD = String.raw`s/^[[:space:]]*//
s/[[:space:]]*$//
/^[A-Za-z_][A-Za-z0-9_]*[[:space:]]*=/!d
s/[[:space:]]*=[[:space:]]*/=/
/^[^=]*='.*'$/{
s/='\(.*\)'$/=\1/
b exported
}
/^[^=]*=".*"$/{
s/="\(.*\)"$/=\1/
s/\\\(["$\`\\]\)/\1/g
b exported
}
s/\\\(.\)/\1/g
: exported
s/'/'\\''/g
s/^\([^=]*\)=\(.*\)/export \1='\2'/p`;

/** What a run has around it, as a shell makes it: its variables, those of the user's file, its folder. */
function around({ folder, env, envFile }: ScheduledRun): string[] {
  const file = shellWord(envFile);
  return [
    "set -eu",
    ...Object.entries(env).map(([key, value]) => `export ${key}=${shellWord(value)}`),
    // By bytes: of a text that is none in the locale's encoding sed would take a part. One that can't be read is no end of
    // a run, which tells of what it lacks.
    `if [ -f ${file} ] && [ -r ${file} ]; then eval "$(LC_ALL=C sed -n ${shellWord(AS_SYSTEMD)} ${file})"; fi`,
    `cd ${shellWord(folder)}`,
  ];
}

/** What cron runs: a file of its own, because a crontab's line holds a thousand characters (cron(8), MAX_COMMAND). */
export function cronScript(run: ScheduledRun): string {
  const command = [run.node, ...argsOf(run)].map(shellWord).join(" ");
  return `${["#!/bin/sh", ...around(run), `exec ${command}`].join("\n")}\n`;
}

/** The same with a question to the Docker host in the run's place, for the stdin of a shell that has no variables. */
export function dockerScript(run: ScheduledRun, uri: string): string {
  const question = "exec docker version --format '{{.Server.Version}}' < /dev/null";
  return `${[...around(run), `export DOCKER_HOST=${shellWord(uri)}`, question].join("\n")}\n`;
}

/** The same with a question to the stack's state, by the clone and the toolchain that the run has. */
export function stateScript(run: ScheduledRun): string {
  const question = [run.node, "bin/ephemery", "setup", "--check", "--stack", run.stack].map(shellWord).join(" ");
  return `${[...around(run), `exec ${question} < /dev/null`].join("\n")}\n`;
}

const begin = (name: string): string => `# ${name}: begin. Written by \`up\`, taken away by \`destroy\`.`;
const end = (name: string): string => `# ${name}: end`;

/** To crontab(5) `%` is the end of the line. */
const cronLines = (name: string, script: string): string[] => [
  begin(name),
  `* * * * * ${shellWord(script).replaceAll("%", "\\%")}`,
  end(name),
];

/** Where a stack's lines are in a crontab's; undefined: it has none, or not all of them. */
function placeOf(lines: readonly string[], name: string): { readonly from: number; readonly to: number } | undefined {
  const [from, to] = [lines.indexOf(begin(name)), lines.indexOf(end(name))];
  return from === -1 || to < from ? undefined : { from, to };
}

export const hasRun = (crontab: string, name: string): boolean => placeOf(crontab.split("\n"), name) !== undefined;

/** A crontab without a stack's lines; every other one is as it was. */
export function withoutRun(crontab: string, name: string): string {
  const lines = crontab.split("\n");
  const place = placeOf(lines, name);
  return place === undefined ? crontab : [...lines.slice(0, place.from), ...lines.slice(place.to + 1)].join("\n");
}

/** A crontab with a stack's lines at its end, once. */
export function withRun(crontab: string, name: string, script: string): string {
  const others = withoutRun(crontab, name);
  const before = others === "" || others.endsWith("\n") ? others : `${others}\n`;
  return `${before}${cronLines(name, script).join("\n")}\n`;
}
