// A schedule on the node's own host: what has to be there, all of it told at once, and the entries as they arrive over a
// real sshd on loopback.

import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { ScheduleHost } from "../../../../config/settings";
import { overSsh } from "../../../../operations/host/ssh";
import { preflightSchedule } from "../../../../operations/preflight";
import { install, runOf, uninstall } from "../../../../operations/schedule/install";
import { cron, systemd } from "../../../../operations/schedule/machine";
import { lacks, lookThere, type Ours, ourClone, type Seen, type Wanted } from "../../../../operations/schedule/on-host";
import { stateRefusal } from "../../../../operations/schedule/reaches";
import { ROOT } from "../../../../toolchain/paths";
import { PLUGIN_VERSIONS, PULUMI_VERSION } from "../../../../toolchain/recipes";
import { ownFolder } from "../../../support/folder";
import { settingsOf } from "../../../support/node";
import { inFront, outcome } from "../../../support/shell";
import { hasSshd, loopbackSshd, type Sshd } from "../../../support/sshd";
import { systemctlIn, timerState } from "../../../support/systemctl";

const NAMES = ["PATH", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"] as const;
const before = NAMES.map((name) => process.env[name]);
const BACKEND = "s3://states?region=eu-central-1";

beforeEach(() => {
  delete process.env.PULUMI_CONFIG_PASSPHRASE;
  delete process.env.PULUMI_CONFIG_PASSPHRASE_FILE;
  process.env.PULUMI_BACKEND_URL = BACKEND;
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => {
  NAMES.forEach((name, index) => {
    const value = before[index];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  });
});

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("promise 9: what is missing there is told", () => {
  const stackFile = "encryptionsalt: v1:x\nconfig: {}\n";
  const ours: Ours = { version: "1.2.3", node: ">=20.19", commit: "a".repeat(40), stackFile, backend: BACKEND };
  const wanted: Wanted = {
    stack: "mynode",
    folder: "/srv/ephemery",
    uri: "ssh://ops@node.example",
    env: { HOME: "/home/ops" },
    envFile: "/home/ops/.local/share/ephemery/env/mynode.env",
  };
  const passphrase = "/home/ops/.local/share/ephemery/passphrases/mynode.txt";
  const ready: Seen = {
    node: "/usr/bin/node",
    nodeVersion: "v20.19.0",
    clone: true,
    git: true,
    commit: ours.commit ?? "",
    version: "1.2.3",
    setUp: true,
    stackFile: digest(stackFile),
    passphraseMode: 0o600,
    envMode: undefined,
    envOpens: false,
    docker: true,
    dockerSays: "",
  };
  const NOTHING: Seen = {
    ...ready,
    node: "",
    nodeVersion: "",
    clone: false,
    stackFile: "",
    passphraseMode: undefined,
    docker: false,
    dockerSays: "no route",
  };

  test.each<[string, Partial<Seen>, Partial<Ours>, readonly string[]]>([
    ["nothing, of a host that is ready", {}, {}, []],
    [
      "nothing, where the passphrase is in the file of variables",
      { passphraseMode: undefined, envMode: 0o400, envOpens: true },
      {},
      [],
    ],
    [
      "nothing, where another secrets provider opens them",
      { passphraseMode: undefined, stackFile: digest("config: {}\n") },
      { stackFile: "config: {}\n" },
      [],
    ],
    ["nothing, where the clone there is none by git", { git: false, commit: "" }, {}, []],
    ["nothing, where the one here is none", { commit: "" }, { commit: undefined }, []],
    ["no Node.js", { node: "", nodeVersion: "" }, {}, ["no node in the PATH"]],
    ["an old one", { nodeVersion: "v20.18.3" }, {}, ["/usr/bin/node is Node.js v20.18.3; >=20.19 is needed"]],
    ["no clone, and nothing of what would be in it", { clone: false, version: "", stackFile: "" }, {}, ["no clone"]],
    ["another version", { version: "1.2.4" }, {}, ["of version 1.2.4, this one of 1.2.3"]],
    ["another commit", { commit: "b".repeat(40) }, {}, [`at commit ${"b".repeat(40)}`]],
    ["a commit that git does not tell there", { commit: "" }, {}, ["at commit ?"]],
    ["no set-up", { setUp: false }, {}, ["was not set up"]],
    ["no stack file", { stackFile: "" }, {}, ["/srv/ephemery/Pulumi.mynode.yaml is not there"]],
    ["another stack file", { stackFile: "0".repeat(64) }, {}, ["Pulumi.mynode.yaml is not the same"]],
    ["no passphrase", { passphraseMode: undefined }, {}, [`write its passphrase to ${passphrase}`]],
    ["a file of variables without it", { passphraseMode: undefined, envMode: 0o600 }, {}, ["write its passphrase to"]],
    ["a passphrase for all to read", { passphraseMode: 0o640 }, {}, [`chmod 600 ${passphrase}`]],
    ["variables for all to read", { envMode: 0o644 }, {}, [`chmod 600 ${wanted.envFile}`]],
    ["no way to its own Docker", { docker: false, dockerSays: "no route" }, {}, ["ssh://ops@node.example", "no route"]],
    ["a state in the project's folder", {}, { backend: undefined }, ["PULUMI_BACKEND_URL"]],
    ["a state in files elsewhere", {}, { backend: "file:///srv/state" }, ["the state is in files of this machine"]],
    ["a password in a unit", {}, { backend: "postgres://u:pw@db.example/x" }, ["PULUMI_BACKEND_URL holds a password"]],
  ])("%s", (_, seen, mine, expected) => {
    const found = lacks({ ...ours, ...mine }, wanted, { ...ready, ...seen });
    expect(found).toHaveLength(expected.length === 0 ? 0 : 1);
    for (const text of expected) expect(found[0]).toContain(text);
    expect(found.join()).not.toContain("pw");
  });

  test("all of it at once", () => {
    expect(lacks({ ...ours, backend: undefined }, wanted, NOTHING)).toHaveLength(5);
  });
});

const HAS_SSHD = hasSshd();
const folder = ownFolder("on-host");
const clone = join(folder, "clone");
const data = join(folder, "data there");
const units = join(folder, "units");
const table = join(folder, "table");
const asked = join(folder, "asked");
const OWNER = { stack: "dev", id: "0badcafe" };
const NAME = "ephemery-dev-0badcafe";
let sshd: Sshd;
let host: ScheduleHost;

/** A program of the host's. */
function program(name: string, script: string): void {
  writeFileSync(join(sshd.bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

beforeAll(async () => {
  if (!HAS_SSHD) return;
  sshd = await loopbackSshd(join(folder, "ssh"), [`export EPHEMERY_DATA='${data}' EPHEMERY_UNITS='${units}'`]);
  host = { uri: sshd.uri, folder: clone };
});
afterAll(async () => {
  await sshd?.stop();
});

beforeEach(async () => {
  if (!HAS_SSHD) return;
  process.env.PATH = inFront(sshd.client);
  for (const each of [clone, units, table, asked, timerState(folder), data])
    rmSync(each, { recursive: true, force: true });
  mkdirSync(join(clone, "bin"), { recursive: true });
  const { commit } = await ourClone(OWNER.stack);
  if (commit !== undefined)
    await outcome("git", ["clone", "--quiet", "--shared", "--no-checkout", ROOT, join(folder, "git")]);
  if (commit !== undefined) cpSync(join(folder, "git", ".git"), join(clone, ".git"), { recursive: true });
  rmSync(join(folder, "git"), { recursive: true, force: true });
  for (const file of ["package.json", "Pulumi.dev.yaml"]) cpSync(join(ROOT, file), join(clone, file));
  commandIs("");
  program("systemctl", systemctlIn(folder, asked));
  program("docker", 'echo "$DOCKER_HOST $@" >&2; echo 28.0.0');
  program(
    "crontab",
    `case $1 in -l) [ -f ${table} ] && cat ${table} || { echo "no crontab for me" >&2; exit 1; };; -) cat > ${table};; esac`,
  );
  runsThere({ systemd: true, cron: true });
});

/** The command of the clone there, which is ready and reaches its state. */
function commandIs(script: string): void {
  writeFileSync(join(clone, "bin", "ephemery"), `#!/usr/bin/env node\n${script}\n`, { mode: 0o755 });
}

/** What is at work on the host; whether it is asked there at all is another test's. */
function runsThere(running: { readonly systemd: boolean; readonly cron: boolean }): void {
  jest.spyOn(systemd, "running").mockImplementation(async (machine) => machine?.name === host.uri && running.systemd);
  jest.spyOn(cron, "running").mockImplementation(async (machine) => machine?.name === host.uri && running.cron);
}

const there = HAS_SSHD ? test : test.skip;
const said = (): string[] =>
  existsSync(asked) ? readFileSync(asked, "utf8").trim().replaceAll("--user ", "").split("\n") : [];

there("systemd there is given the same service and timer, with what is where there, and loses them again", async () => {
  expect(await install("auto", OWNER, host)).toBe("systemd");
  expect(readdirSync(units).sort()).toEqual([`${NAME}.service`, `${NAME}.timer`]);
  expect(said()).toEqual(["daemon-reload", `enable --now ${NAME}.timer`]);
  const unit = readFileSync(join(units, `${NAME}.service`), "utf8");
  const env = (name: string): string | undefined => new RegExp(`^Environment="${name}=(.*)"$`, "m").exec(unit)?.[1];
  expect(unit).toMatch(new RegExp(`^WorkingDirectory=${clone}$`, "m"));
  expect(unit).toContain(`"${process.execPath}" "bin/ephemery" "reset" "--stack" "dev" "--scheduled"`);
  expect(unit).toMatch(new RegExp(`^EnvironmentFile=-${data}/env/dev.env$`, "m"));
  expect([env("HOME"), env("EPHEMERY_DATA"), env("PULUMI_BACKEND_URL")]).toEqual([sshd.home, data, BACKEND]);
  expect(env("PATH")?.startsWith(`${sshd.bin}:`)).toBe(true);
  expect(await systemd.has(NAME, overSsh(host.uri))).toBe(true);
  rmSync(asked);
  await uninstall(OWNER, host);
  expect(readdirSync(units)).toEqual([]);
  expect(said()).toEqual([`disable --now ${NAME}.timer`, "daemon-reload", `reset-failed ${NAME}.service`]);
  expect(await systemd.has(NAME, overSsh(host.uri))).toBe(false);
});

there("cron there is given the same lines and script, and every other line of its table stays", async () => {
  const others = "MAILTO=me\n0 3 * * * backup --all '100\\%'\n";
  writeFileSync(table, others);
  await systemd.install(runOf(OWNER), overSsh(host.uri));
  expect(await install("cron", OWNER, host)).toBe("cron");
  expect(await install("cron", OWNER, host)).toBe("cron");
  // One scheduler alone.
  expect(readdirSync(units)).toEqual([]);
  const script = join(data, "schedules", `${NAME}.sh`);
  expect(readFileSync(table, "utf8")).toMatch(new RegExp(`^\\* .*${NAME}[.]sh'?$`, "m"));
  expect(readFileSync(table, "utf8").match(/^\* /gm)).toHaveLength(1);
  expect(statSync(script).mode & 0o777).toBe(0o700);
  expect(readFileSync(script, "utf8")).toContain(`cd ${clone}\n`);
  expect(await cron.has(NAME, overSsh(host.uri))).toBe(true);
  await uninstall(OWNER, host);
  expect(readFileSync(table, "utf8")).toBe(others);
  expect(existsSync(script)).toBe(false);
  expect(await cron.has(NAME, overSsh(host.uri))).toBe(false);
});

there("nothing is installed here", async () => {
  process.env.EPHEMERY_UNITS = join(folder, "units here");
  try {
    await install("auto", OWNER, host);
    expect(existsSync(process.env.EPHEMERY_UNITS)).toBe(false);
    await uninstall(OWNER);
    expect(readdirSync(units)).toHaveLength(2);
  } finally {
    delete process.env.EPHEMERY_UNITS;
  }
});

there(
  "promise 9: of a host that has nothing, all that is missing is told at once, and nothing is left there",
  async () => {
    rmSync(clone, { recursive: true });
    program("docker", "echo 'Permission denied (publickey).' >&2; exit 1");
    runsThere({ systemd: false, cron: false });
    delete process.env.PULUMI_BACKEND_URL;
    await expect(install("auto", OWNER, host)).rejects.toMatchObject({
      code: "schedule",
      message: [
        `${host.uri} can't run the resets of dev yet:`,
        "  the state is in files of this machine, which a run there can't reach: keep it where both can, and name that in PULUMI_BACKEND_URL",
        `  ${clone} is no clone of this project: there is no bin/ephemery in it that can be run`,
        `  docker there does not reach ${host.uri}, which is its own machine: Permission denied (publickey).`,
        "  neither systemd nor cron runs there",
      ].join("\n"),
      remedy: expect.stringContaining("bin/ephemery up --stack dev"),
    });
    expect([units, table, data].filter(existsSync)).toEqual([]);
  },
);

there(
  "promise 9: a clone there that was updated and not set up since is told of, and nothing is installed for it",
  async () => {
    const sources = ["bin", "chain", "cli", "clients", "components", "config", "operations", "rehearsal", "toolchain"];
    for (const name of [...sources, "validators", "images.lock.json", "package-lock.json"])
      cpSync(join(ROOT, name), join(clone, name), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(clone, "node_modules"));
    mkdirSync(join(clone, ".ephemery"));
    writeFileSync(join(clone, ".ephemery", "machine.json"), '{"origin":"official"}');
    const pulumi = join(sshd.home, ".cache", "ephemery", "pulumi");
    const { docker, random, command } = PLUGIN_VERSIONS;
    const marker = (version: string): void => {
      for (const of of ["0.0.1", PULUMI_VERSION]) {
        const bin = join(pulumi, `official-${of}`, "bin");
        mkdirSync(bin, { recursive: true });
        writeFileSync(join(bin, "pulumi"), '#!/bin/sh\necho \'[{"name":"dev"}]\'\n', { mode: 0o755 });
      }
      mkdirSync(join(pulumi, "home-official"), { recursive: true });
      const plugins = `docker ${docker}\nrandom ${random}\ncommand ${command}\n`;
      writeFileSync(join(pulumi, "home-official", "ephemery-plugins"), `pulumi ${version}\n${plugins}`);
    };
    marker("0.0.1");
    const notReady = {
      code: "schedule",
      message: `${host.uri} can't run the resets of dev yet:\n  ${clone} was not set up for this version: run \`bin/ephemery setup --yes --no-rehearsal\` there`,
    };
    await expect(install("auto", OWNER, host)).rejects.toMatchObject(notReady);
    marker(PULUMI_VERSION);
    expect(await install("auto", OWNER, host)).toBe("systemd");
    // Packages of another version, too.
    rmSync(join(clone, "node_modules"));
    await expect(install("auto", OWNER, host)).rejects.toMatchObject(notReady);
    expect(existsSync(join(clone, "node_modules"))).toBe(false);
  },
);

there(
  "promise 9: before each `up` the host is looked at: settings that changed since would be held back there",
  async () => {
    const on = { dockerHost: host.uri, resetScheduleOn: "host", resetScheduleFolder: clone };
    await expect(preflightSchedule(settingsOf(on, "dev"))).resolves.toBeUndefined();
    writeFileSync(join(clone, "Pulumi.dev.yaml"), "config: {}\n");
    await expect(preflightSchedule(settingsOf(on, "dev"))).rejects.toMatchObject({
      code: "schedule",
      message: expect.stringContaining("Pulumi.dev.yaml is not the same as here"),
    });
    // Not where nothing is to run there.
    for (const off of [{ resetScheduleOn: "runner" }, { resetSchedule: "none" }])
      await expect(preflightSchedule(settingsOf({ ...on, ...off }, "dev"))).resolves.toBeUndefined();
  },
);

there(
  "a file of variables there opens the secrets if it gives the passphrase, not if it gives others alone",
  async () => {
    const env = { HOME: sshd.home, EPHEMERY_DATA: data };
    const envFile = join(data, "env", "dev.env");
    const looked = async (text: string): Promise<Partial<Seen>> => {
      mkdirSync(dirname(envFile), { recursive: true });
      writeFileSync(envFile, text, { mode: 0o600 });
      return lookThere(overSsh(host.uri), { stack: "dev", folder: clone, uri: host.uri, env, envFile });
    };
    expect(await looked("AWS_REGION=x\nPULUMI_CONFIG_PASSPHRASE_FILE=/run/p\n")).toMatchObject({ envOpens: true });
    expect(await looked("AWS_REGION=x\n# PULUMI_CONFIG_PASSPHRASE=y\n")).toMatchObject({
      envMode: 0o600,
      envOpens: false,
    });
  },
);

there("promise 9: a scheduler that is asked for and does not run there is among what is missing", async () => {
  runsThere({ systemd: true, cron: false });
  writeFileSync(join(clone, "Pulumi.dev.yaml"), "config: {}\n");
  await expect(install("cron", OWNER, host)).rejects.toMatchObject({
    message: expect.stringMatching(
      /\n {2}.*Pulumi\.dev\.yaml is not the same as here: copy it again\n {2}ephemery:resetSchedule is cron, but it does not run on ssh:/,
    ),
  });
});

there("promise 9: a host whose file of variables has nothing that opens the state is told of", async () => {
  const envFile = join(data, "env", "dev.env");
  commandIs(`if (process.argv.includes("--stack") && process.env.AWS_ACCESS_KEY_ID !== "of the host") {
  console.error("no EC2 IMDS role found");
  process.exit(1);
}`);
  await expect(install("auto", OWNER, host)).rejects.toMatchObject({
    code: "schedule",
    message: `${host.uri} can't run the resets of dev yet:\n  a run there does not reach the stack's state: no EC2 IMDS role found (what it needs goes into ${envFile})`,
  });
  mkdirSync(dirname(envFile), { recursive: true });
  writeFileSync(envFile, "AWS_ACCESS_KEY_ID=of the host\n", { mode: 0o600 });
  expect(await install("auto", OWNER, host)).toBe("systemd");
});

there(
  "promise 9: a host whose state does not answer is not waited for: the stack is locked meanwhile",
  async () => {
    commandIs("setTimeout(() => undefined, 8_000)");
    const run = { ...runOf(OWNER), folder: clone, envFile: join(data, "env", "dev.env") };
    expect(await stateRefusal(run, overSsh(host.uri), 1_000)).toBe("it took too long");
  },
  20_000,
);

there("what runs there is looked at there", async () => {
  jest.restoreAllMocks();
  const machine = overSsh(host.uri);
  program("crontab", "exit 127");
  expect(await cron.running(machine)).toBe(false);
  program("systemctl", `echo "$@" >> ${asked}; exit 1`);
  expect(await systemd.running(machine)).toBe(false);
});
