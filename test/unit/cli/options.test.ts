// What the command line takes and refuses, read by commander as in the command, with nothing run.

import { PassThrough } from "node:stream";
import type { Command } from "commander";
import { commandLine } from "../../../cli/main";
import { mayTakeOver } from "../../../cli/options";
import { LockedProblem } from "../../../operations/engine/failures";
import { profileSchema } from "../../../rehearsal/profile";

/** Every command throws where it would exit, and does nothing where it would act. */
function harmless(command: Command, acted: unknown[]): Command {
  command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  if (command.commands.length === 0) command.action((...args: unknown[]) => void acted.push(args.at(-2)));
  for (const each of command.commands) harmless(each, acted);
  return command;
}

/** The options the command would act on. */
function read(line: string): unknown {
  const acted: unknown[] = [];
  harmless(commandLine(), acted).parse(line.split(" "), { from: "user" });
  return acted[0];
}

test.each([
  ["a command that is nothing like one", "frobnicate", "unknown command 'frobnicate'"],
  ["a command of rehearse", "rehearse strt", "Did you mean start?"],
  ["a profile", "rehearse start --profile fullu", "Allowed choices are fulu, electra-fast"],
  ["a fork no chain can start with", "rehearse start --fork deneb", "Allowed choices are electra, fulu"],
  ["an option without its value", "status --stack", "argument missing"],
  ["no stack to make", "init", "missing required argument 'stack'"],
  ["one word too many", "up now", "too many arguments"],
  ["a port beyond all", "rehearse start --port 70000", "Allowed: a port, up to 65535"],
  ["a number with a sign", "rehearse start --lead -5", "Allowed: seconds, up to 3600"],
  ["slots too short", "rehearse start --slot 1", "Allowed: 2 or more"],
  ["half a second", "rehearse start --slot 2.5", "Allowed: 2 or more"],
  ["no delay", "rehearse start --delay 0", "Allowed: 5 or more"],
  ["a short period", "rehearse start --period 10", "Allowed: 60 or more"],
  ["too few validators", "rehearse start --validators 15", "Allowed: 16 to 4096"],
  ["too many validators", "rehearse start --validators 4097", "Allowed: 16 to 4096"],
  ["no address", "rehearse start --subnet 10.300.1", "Allowed: three parts of an IPv4 address"],
  ["a whole address", "rehearse start --subnet 10.1.1.0", "Allowed: three parts of an IPv4 address"],
  ["an engine of another machine", "rehearse start --docker-host ssh://ops@node1", "Allowed: unix:///path"],
  ["a name with a way out of the folder", "rehearse stop --name ../up", "Allowed: lower-case letters"],
  ["a name too long for Docker's", `rehearse start --name ${"a".repeat(22)}`, "21 at most"],
])("promise 9: %s is refused, with what is allowed", (_, line, says) => {
  expect(() => read(line)).toThrow(says);
});

test.each<[string, object]>([
  ["up", { stack: "dev", yes: false, refresh: false, wait: false, json: false }],
  [
    "up --stack mynode --refresh --wait -y --json",
    { stack: "mynode", yes: true, refresh: true, wait: true, json: true },
  ],
  ["preview -s mynode --diff", { stack: "mynode", diff: true, json: false }],
  ["status --json", { stack: "dev", json: true }],
  ["destroy", { stack: "dev", yes: false, purgeKeys: false, json: false }],
  ["destroy --purge-keys --yes", { stack: "dev", yes: true, purgeKeys: true, json: false }],
  ["repair --json", { stack: "dev", json: true }],
  ["rotate-jwt", { stack: "dev" }],
  ["setup --no-rehearsal", { yes: false, rehearsal: false, check: false }],
  ["setup --check", { yes: false, rehearsal: true, check: true }],
  ["setup --stack mynode", { yes: false, rehearsal: true, check: true, stack: "mynode" }],
  [
    "rehearse start",
    {
      yes: false,
      name: "dev",
      profile: "fulu",
      dockerHost: "unix:///var/run/docker.sock",
      port: 39438,
      subnet: "10.213.39",
      lead: 75,
    },
  ],
  [
    "rehearse start -y --name quick --profile electra-fast --docker-host unix:///run/user/1000/docker.sock --port 4000 --subnet 10.1.2 --lead 0 --fork electra --slot 2 --period 60 --delay 5 --validators 16",
    {
      yes: true,
      name: "quick",
      profile: "electra-fast",
      dockerHost: "unix:///run/user/1000/docker.sock",
      port: 4000,
      subnet: "10.1.2",
      lead: 0,
      fork: "electra",
      slot: 2,
      period: 60,
      delay: 5,
      validators: 16,
    },
  ],
  ["rehearse stop --name quick", { name: "quick" }],
])("%s is read as it is meant", (line, options) => {
  expect(read(line)).toEqual(options);
});

test("promise 5: keys are purged by one option alone, which no other implies", () => {
  for (const line of ["destroy --yes", "destroy --yes --json", "destroy --stack dev"])
    expect(read(line)).toMatchObject({ purgeKeys: false });
});

describe("the question whether a dead run's lock is to be cleared", () => {
  const { CI } = process.env;
  const { isTTY } = process.stdin;
  beforeEach(() => {
    delete process.env.CI;
    process.stdin.isTTY = true;
    jest.spyOn(process.stderr, "write").mockReturnValue(true);
  });
  afterEach(() => {
    if (CI !== undefined) process.env.CI = CI;
    process.stdin.isTTY = isTTY;
    jest.restoreAllMocks();
  });
  const locked = new LockedProblem("mynode", []);

  test("does not stand for ever, as it keeps the stack from a switch: without an answer it is no", async () => {
    const terminal = { input: new PassThrough(), output: new PassThrough() };
    expect(await mayTakeOver(false, { ...terminal, patience: 50 })(locked)).toBe(false);
    expect(String(terminal.output.read())).toContain("Clear that lock and go on?");
  });

  test("takes an answer that comes before that", async () => {
    const terminal = { input: new PassThrough(), output: new PassThrough() };
    // It listens as soon as it has asked.
    terminal.output.once("data", () => setImmediate(() => terminal.input.write("y\n")));
    expect(await mayTakeOver(false, { ...terminal, patience: 50_000 })(locked)).toBe(true);
  });
});

test("what the words of an option allow is what a profile allows", () => {
  const { secondsPerSlot, period, delay, validators } = profileSchema.shape;
  expect([secondsPerSlot.minValue, period.minValue, delay.minValue]).toEqual([2, 60, 5]);
  expect([validators.minValue, validators.maxValue]).toEqual([16, 4096]);
});
