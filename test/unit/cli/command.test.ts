// The real command as a person runs it: help, slips of the finger, and mistakes.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../toolchain/paths";
import { type Answer, ephemery } from "../../support/ephemery";
import { ownFolder } from "../../support/folder";
import { reportSchema } from "../../support/status";

jest.setTimeout(60_000);

// A machine that was not set up, with nothing of a user's on it.
const folder = ownFolder("cli");
const env = { EPHEMERY_ORIGIN: "built", EPHEMERY_CACHE: join(folder, "cache"), EPHEMERY_DATA: join(folder, "data") };
const run = (...args: readonly string[]): Promise<Answer> => ephemery(args, env);

beforeAll(() => {
  // Otherwise the command would install dependencies anew, below the tests that run from them.
  const lock = createHash("sha256")
    .update(readFileSync(join(ROOT, "package-lock.json")))
    .digest("hex");
  const marker = join(ROOT, "node_modules", ".ephemery-lock");
  if (!existsSync(marker) || readFileSync(marker, "utf8") !== lock)
    throw new Error("run `bin/ephemery --help` first: it installs the dependencies");
});

/** What a stack trace looks like, of Node or of the engine. */
const TRACE = /^\s+at .+[:(]\d+|node:internal|UnhandledPromise|\[cause\]|goroutine/m;

const COMMANDS = [
  "up",
  "preview",
  "status",
  "destroy",
  "reset",
  "watch",
  "repair",
  "rotate-jwt",
  "init",
  "config",
  "pulumi",
  "setup",
  "clients",
  "images",
  "rehearse",
  "rehearse start",
  "rehearse release",
  "rehearse stop",
  "rehearse status",
];

describe("help", () => {
  const answers = new Map<string, Answer>();
  const helpOf = async (command: string): Promise<string> => {
    const answer = answers.get(command) ?? (await run(...command.split(" ").filter((word) => word !== ""), "--help"));
    answers.set(command, answer);
    expect([answer.code, answer.stderr]).toEqual([0, ""]);
    return answer.stdout;
  };

  test("lists every command that is for people, and no other", async () => {
    const help = await helpOf("");
    const listed = [...help.slice(help.indexOf("Commands:")).matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual([...COMMANDS.filter((name) => !name.includes(" ")), "help"].sort());
  });

  test.each(COMMANDS)(
    "of `%s` says what it does, with an example that has its options right, and exits 0",
    async (command) => {
      const help = await helpOf(command);
      expect(help).toContain(`Usage: ephemery ${command} `);
      const examples = help.split("\n").filter((line) => line.startsWith(`  bin/ephemery ${command}`));
      expect(examples).not.toEqual([]);
      const options = help.slice(0, help.indexOf("  bin/ephemery"));
      for (const [option] of examples.join("\n").matchAll(/--[a-z-]+/g)) expect(options).toContain(option);
      for (const line of help.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
    },
  );

  test("names --stack where a stack is worked on, and --json where something is reported", async () => {
    for (const command of ["up", "preview", "status", "destroy", "reset", "watch", "repair", "rotate-jwt", "config"])
      expect(await helpOf(command)).toContain("--stack <name>");
    for (const command of [
      "up",
      "preview",
      "status",
      "destroy",
      "reset",
      "repair",
      "clients",
      "images",
      "rehearse status",
    ])
      expect(await helpOf(command)).toContain("--json");
  });
});

describe("promise 9: a slip of the finger is answered with what was meant, and does nothing", () => {
  test.each([
    ["a command", "sttus", "Did you mean status?"],
    ["an option", "up --stak dev", "Did you mean --stack?"],
    ["a port that is none", "rehearse start --port abc", "Allowed: a port, up to 65535"],
  ])("%s", async (_, line, says) => {
    const { code, stdout, stderr } = await run(...line.split(" "));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(says);
    expect(stderr).toContain("Usage: ephemery");
    expect(stderr).not.toMatch(TRACE);
    expect(existsSync(env.EPHEMERY_DATA) ? readdirSync(env.EPHEMERY_DATA) : []).toEqual([]);
  });
});

describe("promise 9: a mistake is told with a remedy and without a stack trace", () => {
  test.each([
    ["a name no stack can have", "init Bad_Name", "lower-case letters, digits and dashes"],
    [
      "a machine that was not set up, and a command that installs nothing",
      "reset --stack mynode",
      "bin/ephemery setup",
    ],
    ["a fork the profile can't have", "rehearse start --profile electra-fast --fork fulu", "fulu needs 32"],
    ["a job that Pulumi did not start", "job decide", "bin/ephemery up"],
  ])("%s", async (_, line, says) => {
    const { code, stdout, stderr } = await run(...line.split(" "));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(TRACE);
    expect(stderr.trim().split("\n").length).toBeLessThan(8);
  });

  test("a machine that was not set up is told to be none in one line by `setup --check`, which installs nothing", async () => {
    const cache = join(folder, "of nobody");
    expect(await ephemery(["setup", "--check"], { ...env, EPHEMERY_CACHE: cache })).toEqual({
      code: 1,
      stdout: "",
      stderr: "Pulumi and its plugins are not here in this version: run `bin/ephemery setup`.\n",
    });
    expect(existsSync(cache)).toBe(false);
  });

  test.each(["preview", "repair", "rotate-jwt", "destroy --yes", "rehearse start"])(
    "a machine that was not set up and can't be: %s sets it up first, and says what that needs",
    async (line) => {
      const bare = { ...env, PATH: join(folder, "nothing") };
      const { code, stdout, stderr } = await ephemery(line.split(" "), bare);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/built from Go modules[\s\S]*there is no Go[\s\S]*Install Go 1\.\d+ or newer/);
      expect(stderr).not.toMatch(TRACE);
    },
  );

  test("an origin that is none", async () => {
    const { code, stderr } = await ephemery(["setup", "--yes", "--no-rehearsal"], { ...env, EPHEMERY_ORIGIN: "bilt" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/EPHEMERY_ORIGIN is "bilt"[\s\S]*official or built/);
    expect(stderr).not.toMatch(TRACE);
  });

  test("every mistake in a stack's file, before anything is begun", async () => {
    const stack = `cli-${process.pid}`;
    const file = join(ROOT, `Pulumi.${stack}.yaml`);
    writeFileSync(
      file,
      "config:\n  ephemery:beaconClient: prism\n  ephemery:validatorCount: many\n  ephemery:colour: red\n",
    );
    try {
      for (const command of ["up", "preview", "repair"]) {
        const { code, stdout, stderr } = await run(command, "--stack", stack);
        expect([code, stdout]).toEqual([1, ""]);
        for (const part of ["3 mistakes", 'did you mean "prysm"?', "validatorCount", "colour", `Pulumi.${stack}.yaml`])
          expect(stderr).toContain(part);
        expect(stderr).not.toMatch(TRACE);
      }
    } finally {
      rmSync(file);
    }
  });
});

describe("status", () => {
  test("that can't look exits 2, and with --json still prints the one object", async () => {
    const told = await run("status", "--stack", "mynode");
    expect([told.code, told.stdout]).toEqual([2, ""]);
    expect(told.stderr).toContain("bin/ephemery setup");
    const { code, stdout, stderr } = await run("status", "--stack", "mynode", "--json");
    expect([code, stderr]).toEqual([2, ""]);
    expect(reportSchema.parse(JSON.parse(stdout))).toMatchObject({
      stack: "mynode",
      healthy: false,
      chain: null,
      problem: { code: "toolchain", remedy: expect.stringContaining("bin/ephemery setup") },
    });
  });
});

test("clients and images are shown as text and as JSON, on a machine that was not set up", async () => {
  for (const [command, says] of [
    ["clients", /^beacon +lighthouse +\d+\.\d+\.\d+ .*rendered/m],
    ["images", /^geth +ethereum\/client-go +v\d+\.\d+\.\d+ /m],
  ] as const) {
    const told = await run(command);
    expect([told.code, told.stderr]).toEqual([0, ""]);
    expect(told.stdout).toMatch(says);
    const json: unknown = JSON.parse((await run(command, "--json")).stdout);
    expect(json).toEqual(expect.arrayContaining([expect.objectContaining({ image: "geth" })]));
  }
  const both = await run("images", "--update", "--check");
  expect([both.code, both.stdout]).toEqual([1, ""]);
  expect(both.stderr).toContain("don't go together");
});

test("rehearsals that are not there are none, as text and as JSON", async () => {
  expect((await run("rehearse", "status")).stdout).toBe("There is no rehearsal.\n");
  expect((await run("rehearse", "status", "--json")).stdout).toBe("[]\n");
});
