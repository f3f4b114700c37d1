// Whether a scheduled run would reach the Docker host and the state: scripts stand for docker and Pulumi, and find in
// their environment what ssh, TLS or a backend would need.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Deployment } from "../../../../operations/deployment";
import { preflightSchedule } from "../../../../operations/preflight";
import { runOf } from "../../../../operations/schedule/install";
import { cron, systemd } from "../../../../operations/schedule/machine";
import { assertReaches } from "../../../../operations/schedule/reaches";
import { cacheFolder, ROOT } from "../../../../toolchain/paths";
import { PLUGIN_VERSIONS, PULUMI_VERSION } from "../../../../toolchain/recipes";
import { ownFolder } from "../../../support/folder";
import { settingsOf } from "../../../support/node";
import { inFront } from "../../../support/shell";

const folder = ownFolder("reaches");
const seen = join(folder, "seen");
const run = () => runOf({ stack: "mynode", id: "0badcafe" });
const SSH = "ssh://ops@node.example";

const NAMES = [
  "PATH",
  "SSH_AUTH_SOCK",
  "AWS_ACCESS_KEY_ID",
  "AWS_PROFILE",
  "PULUMI_BACKEND_URL",
  "DOCKER_CERT_PATH",
  "DOCKER_CONFIG",
  "DOCKER_TLS_VERIFY",
] as const;
const before = NAMES.map((name) => process.env[name]);
const restore = (): void =>
  NAMES.forEach((name, index) => {
    const value = before[index];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  });

function dockerIs(script: string): void {
  writeFileSync(join(folder, "docker"), `#!/bin/sh\n{ pwd; env; } > ${seen}\n${script}\n`, { mode: 0o755 });
}

beforeEach(() => {
  restore();
  process.env.PATH = inFront(folder);
  rmSync(run().envFile, { force: true });
  rmSync(seen, { force: true });
});
afterEach(() => jest.restoreAllMocks());
afterAll(restore);

const NEEDS_AGENT = '[ -n "$SSH_AUTH_SOCK" ] || { echo "Permission denied (publickey)." >&2; exit 1; }';

test("a file of variables that is written for systemd, and means less to a shell, is no obstacle", async () => {
  const { envFile } = run();
  mkdirSync(join(envFile, ".."), { recursive: true });
  writeFileSync(envFile, "PULUMI_CONFIG_PASSPHRASE=pa$word two words\n");
  dockerIs("echo 20.10.24");
  await expect(assertReaches(run(), SSH)).resolves.toBeUndefined();
});

test("promise 9: a key that is in this shell's agent alone is no key of a timer's", async () => {
  process.env.SSH_AUTH_SOCK = "/run/agent";
  dockerIs(NEEDS_AGENT);
  await expect(assertReaches(run(), SSH)).rejects.toMatchObject({
    code: "schedule",
    message: expect.stringMatching(/mynode would not reach ssh:.*: Permission denied \(publickey\)[\s\S]*ssh agent/),
    remedy: expect.stringContaining("neither an agent nor a passphrase"),
  });
});

test("nor has it a terminal on which somebody could be asked: its session is its own", async () => {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const session = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3];
  dockerIs(`[ "$(cut -d ' ' -f 6 /proc/$$/stat)" != ${session} ]`);
  await expect(assertReaches(run(), SSH)).resolves.toBeUndefined();
});

test("it has what the unit has, and what the user's file has: nothing else of this shell's", async () => {
  Object.assign(process.env, {
    AWS_PROFILE: "mine",
    DOCKER_CERT_PATH: "/certificates of mine",
    DOCKER_TLS_VERIFY: "1",
    DOCKER_CONFIG: "/config",
  });
  mkdirSync(join(run().envFile, ".."), { recursive: true });
  writeFileSync(run().envFile, "SSH_AUTH_SOCK='/run/agent of a service'\n", { mode: 0o600 });
  dockerIs(NEEDS_AGENT);
  await assertReaches(run(), "tcp://node.example:2376");
  const [where, ...lines] = readFileSync(seen, "utf8").trim().split("\n");
  expect(where).toBe(ROOT);
  expect(lines).toEqual(
    expect.arrayContaining([
      "DOCKER_HOST=tcp://node.example:2376",
      "DOCKER_CERT_PATH=/certificates of mine",
      "DOCKER_TLS_VERIFY=1",
      "DOCKER_CONFIG=/config",
      "SSH_AUTH_SOCK=/run/agent of a service",
      `PATH=${process.env.PATH}`,
    ]),
  );
  const shells = ["PWD", "OLDPWD", "SHLVL", "_", "DOCKER_HOST", "SSH_AUTH_SOCK"];
  const others = lines.map((line) => line.slice(0, line.indexOf("="))).filter((name) => !shells.includes(name));
  expect(others.sort()).toEqual(Object.keys(run().env).sort());
});

test("promise 9: what is missing for TLS is to be written to the user's file", async () => {
  dockerIs("echo 'tls: certificate required' >&2; exit 1");
  await expect(assertReaches(run(), "tcp://node.example:2376")).rejects.toMatchObject({
    message: expect.stringContaining("certificate required"),
    remedy: expect.stringContaining(run().envFile),
  });
});

describe("promise 9: before each `up` that is looked at", () => {
  const remote = { dockerHost: SSH };
  beforeEach(() => {
    dockerIs(NEEDS_AGENT);
    jest.spyOn(systemd, "running").mockResolvedValue(false);
    jest.spyOn(cron, "running").mockResolvedValue(true);
  });

  test("where a run of this machine's would be alone with it", async () => {
    await expect(preflightSchedule(settingsOf(remote, "mynode"))).rejects.toMatchObject({ code: "schedule" });
  });

  test("not where another machine has the stack's schedule, which an update here leaves there", async () => {
    const owner = { host: "local", stack: "mynode", id: "0badcafe" };
    const look = (deployment: Partial<Deployment>): Promise<void> =>
      preflightSchedule(settingsOf(remote, "mynode"), { owner, ...deployment });
    const written = jest.spyOn(cron, "written").mockResolvedValue(false);
    await expect(look({ schedule: "cron", scheduleOn: "runner" })).resolves.toBeUndefined();
    // But where none has it yet, where it comes from the host, and where it may be here.
    await expect(look({})).rejects.toMatchObject({ code: "schedule" });
    await expect(look({ schedule: "none", scheduleOn: "runner" })).rejects.toMatchObject({ code: "schedule" });
    await expect(look({ schedule: "cron", scheduleOn: "host" })).rejects.toMatchObject({ code: "schedule" });
    written.mockResolvedValue(true);
    await expect(look({ schedule: "cron" })).rejects.toMatchObject({ code: "schedule" });
    written.mockRejectedValue(new Error("you are not allowed"));
    await expect(look({ schedule: "cron" })).rejects.toMatchObject({ code: "schedule" });
  });

  test.each([
    ["with set-up's own engine, which needs no variable", {}],
    ["with no schedule", { ...remote, resetSchedule: "none" }],
  ])("not %s", async (_, config) => {
    await expect(preflightSchedule(settingsOf(config, "mynode"))).resolves.toBeUndefined();
  });

  test("not where nothing here could run it", async () => {
    jest.spyOn(cron, "running").mockResolvedValue(false);
    await expect(preflightSchedule(settingsOf(remote, "mynode"))).resolves.toBeUndefined();
  });
});

describe("promise 9: before each `up` it is looked at whether a run would reach a state that is not in files", () => {
  const asked = join(folder, "asked");
  const NEEDS_KEY = '[ -n "$AWS_ACCESS_KEY_ID" ] || { echo "error: no EC2 IMDS role found" >&2; exit 255; }';

  /** As set-up leaves it. */
  function pulumiIs(script: string): void {
    const pulumi = join(cacheFolder(), "pulumi");
    const { docker, random, command } = PLUGIN_VERSIONS;
    for (const of of [join(`official-${PULUMI_VERSION}`, "bin"), "home-official"])
      mkdirSync(join(pulumi, of), { recursive: true });
    const marker = `pulumi ${PULUMI_VERSION}\ndocker ${docker}\nrandom ${random}\ncommand ${command}\n`;
    writeFileSync(join(pulumi, "home-official", "ephemery-plugins"), marker);
    const program = `#!/bin/sh\necho "$PULUMI_BACKEND_URL $@" >> ${asked}\n${script}\n`;
    writeFileSync(join(pulumi, `official-${PULUMI_VERSION}`, "bin", "pulumi"), program, { mode: 0o755 });
  }

  const variables = (text: string): void => {
    mkdirSync(join(run().envFile, ".."), { recursive: true });
    writeFileSync(run().envFile, `EPHEMERY_ORIGIN=official\n${text}`, { mode: 0o600 });
  };
  const look = (config = {}): Promise<void> => preflightSchedule(settingsOf(config, "mynode"));

  beforeEach(() => {
    rmSync(asked, { force: true });
    process.env.PULUMI_BACKEND_URL = "s3://states";
    process.env.AWS_ACCESS_KEY_ID = "AKIA";
    variables("");
    pulumiIs(`${NEEDS_KEY}\necho '[{"name":"mynode"}]'`);
    jest.spyOn(systemd, "running").mockResolvedValue(false);
    jest.spyOn(cron, "running").mockResolvedValue(true);
  });

  test("which it would not with keys that this shell alone has", async () => {
    await expect(look()).rejects.toMatchObject({
      code: "schedule",
      message: expect.stringMatching(/run of mynode would not reach the stack's state: .*no EC2 IMDS role found\n/),
      remedy: expect.stringContaining(run().envFile),
    });
    expect(readFileSync(asked, "utf8")).toBe("s3://states stack ls --json --non-interactive\n");
  });

  test("which it would with those of the user's file", async () => {
    variables("AWS_ACCESS_KEY_ID=AKIA\n");
    await expect(look()).resolves.toBeUndefined();
    // And not where that one opens another state.
    pulumiIs("echo '[]'");
    await expect(look()).rejects.toMatchObject({ message: expect.stringContaining("no stack mynode") });
  });

  test("nor without a toolchain", async () => {
    variables("AWS_ACCESS_KEY_ID=AKIA\nEPHEMERY_ORIGIN=built\n");
    await expect(look()).rejects.toMatchObject({ message: expect.stringContaining("run `bin/ephemery setup`") });
  });

  test.each<[string, Record<string, string>, string | undefined]>([
    ["of files", {}, "file:///srv/state"],
    ["of the project's own folder", {}, undefined],
    ["that nothing scheduled opens", { resetSchedule: "none" }, "s3://states"],
  ])("one %s is not asked for", async (_, config, url) => {
    if (url === undefined) delete process.env.PULUMI_BACKEND_URL;
    else process.env.PULUMI_BACKEND_URL = url;
    await expect(look(config)).resolves.toBeUndefined();
    expect(existsSync(asked)).toBe(false);
  });
});
