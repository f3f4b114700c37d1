// What the engine prints when it fails, recorded from Pulumi 3.259 and the Docker provider, and what a person is told.

import { spawn, spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { Problem, type ProblemCode } from "../../../../config/problem";
import { LockedProblem, lockOwners, problemOf } from "../../../../operations/engine/failures";
import { ownFolder } from "../../../support/folder";

/** An update that failed on one resource, as the engine prints it without colours. */
const failed = (resource: string, error: string): string => `Updating (test):

@ updating....
 +  docker:index:Container ${resource} creating (0s) error: ${error.split("\n")[0]}
 +  docker:index:Container ${resource} **creating failed** error: ${error.split("\n")[0]}
    pulumi:pulumi:Stack ephemery-test running error: update failed
    pulumi:pulumi:Stack ephemery-test **failed** 1 error
Diagnostics:
  docker:index:Container (${resource}):
    error: ${error.replaceAll("\n", "\n    ")}

  pulumi:pulumi:Stack (ephemery-test):
    error: update failed

Outputs:
    apiNetwork: "ephemery-local-test-0badcafe-api-network"

Resources:
    12 unchanged
    1 errored

Duration: 4s
`;

const daemon = (what: string): string =>
  failed("local-execution", `  sdk-v2/provider2.go:572: sdk.helper_schema: Error response from daemon: ${what}`);

/** A preview with --json that failed, as the engine prints it. */
const digest = (error: string): string => `{
    "steps": [],
    "diagnostics": ${JSON.stringify([{ prefix: "", message: `error: ${error}\n`, severity: "error" }])},
    "duration": 2091387401
}
`;

const TABLE: readonly {
  readonly name: string;
  readonly text: string;
  readonly code: ProblemCode;
  readonly says: readonly string[];
  readonly remedy: string;
}[] = [
  {
    name: "a problem of the program, told in JSON",
    text: digest(new Problem("host-changed", "It runs on another:\n  there", "Set it back.").text),
    code: "host-changed",
    says: ["It runs on another:\n  there"],
    remedy: "Set it back.",
  },
  {
    name: "the engine's own words, told in JSON",
    text: digest("incorrect passphrase"),
    code: "passphrase",
    says: ["secrets of stack test"],
    remedy: "PULUMI_CONFIG_PASSPHRASE_FILE",
  },
  {
    name: "a wrong passphrase",
    text: "error: getting stack configuration: get stack secrets manager: incorrect passphrase",
    code: "passphrase",
    says: ["secrets of stack test"],
    remedy: "PULUMI_CONFIG_PASSPHRASE_FILE",
  },
  {
    name: "no passphrase",
    text: "error: getting stack configuration: get stack secrets manager: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
    code: "passphrase",
    says: ["missing or wrong"],
    remedy: "PULUMI_CONFIG_PASSPHRASE",
  },
  {
    name: "a stack that was never made",
    text: "error: no stack named 'test' found",
    code: "stack-missing",
    says: ["no stack test"],
    remedy: "bin/ephemery init test",
  },
  {
    name: "a container that a cut-off run left behind",
    text: daemon(
      'Conflict. The container name "/ephemery-local-test-0badcafe-execution" is already in use by container "4b1d". You have to remove (or rename) that container to be able to reuse that name.',
    ),
    code: "interrupted",
    says: ["ephemery-local-test-0badcafe-execution"],
    remedy: "bin/ephemery repair --stack test",
  },
  {
    name: "a port another container publishes",
    text: daemon(
      "driver failed programming external connectivity on endpoint ephemery-local-test-0badcafe-beacon (9b): Bind for 0.0.0.0:9000 failed: port is already allocated",
    ),
    code: "port-taken",
    says: ["0.0.0.0:9000"],
    remedy: "beaconP2pPort",
  },
  {
    name: "a port a program listens on",
    text: daemon("Error starting userland proxy: listen tcp4 0.0.0.0:30303: bind: address already in use"),
    code: "port-taken",
    says: ["0.0.0.0:30303"],
    remedy: "executionP2pPort",
  },
  {
    name: "a full disk",
    text: daemon("mkdir /var/lib/docker/overlay2/5e: no space left on device"),
    code: "disk-full",
    says: ["no space left on device"],
    remedy: "docker system df",
  },
  {
    name: "an engine that does not answer (official provider)",
    text: failed("local-image-tools", "failed to connect to any docker daemon"),
    code: "docker-unreachable",
    says: ["failed to connect"],
    remedy: "systemctl start docker",
  },
  {
    name: "an engine that does not answer (stand-in)",
    text: failed(
      "local-image-tools",
      "Error pinging Docker server: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    ),
    code: "docker-unreachable",
    says: ["unix:///var/run/docker.sock"],
    remedy: "ephemery:dockerHost",
  },
  {
    name: "a client that did not get healthy",
    text: failed(
      "local-beacon-healthy",
      'exit status 1: running "until=…":\nThe beacon client, ephemery-local-test-0badcafe-beacon, did not become healthy in 900 seconds.',
    ),
    code: "node",
    says: ["ephemery-local-test-0badcafe-beacon"],
    remedy: "bin/ephemery repair",
  },
  {
    name: "a job that failed, with its own words",
    text: failed(
      "local-166-0badcafe-genesis-files",
      'exit status 1: running "node bin/ephemery job deliver-genesis":\nThe release of iteration 166 now describes another chain.\nCompare both with the Ephemery community before you go on.\nMore: docs/troubleshooting.md#identity-changed',
    ),
    code: "identity-changed",
    says: ["describes another chain"],
    remedy: "Compare both with the Ephemery community",
  },
  {
    name: "words nobody has seen before",
    text: "panic: fatal: something else\n",
    code: "engine",
    says: ["something else"],
    remedy: "bin/ephemery up --stack test",
  },
];

describe("promise 9: what the engine says becomes a problem with a remedy", () => {
  test.each(TABLE)("$name", ({ text, code, says, remedy }) => {
    const problem = problemOf(text, "test");
    expect(problem).toBeInstanceOf(Problem);
    expect(problem.code).toBe(code);
    for (const part of says) expect(problem.message).toContain(part);
    expect(problem.remedy).toContain(remedy);
  });

  test("the engine's own frame is left out of what is shown", () => {
    const { message } = problemOf(failed("local-beacon", "something else"), "test");
    expect(message).not.toMatch(/update failed|Resources|Duration|unchanged|pulumi:pulumi:Stack/);
  });

  test("a script that failed is neither shown nor taken for what it said", () => {
    const script = String.raw`running "docker inspect x\n  echo \"it did not become healthy\"; exit 1":`;
    const problem = problemOf(
      failed("local-beacon-healthy", `exit status 1: ${script}\nError: No such object: x`),
      "test",
    );
    expect(problem.code).toBe("engine");
    expect(problem.message).toContain("exit status 1: Error: No such object: x");
    expect(problem.message).not.toContain("echo");
  });

  test("a flood of diagnostics is cut to what fits a screen", () => {
    const flood = Array.from({ length: 500 }, (_, line) => `line ${line}`).join("\n");
    const lines = problemOf(failed("local-beacon", flood), "test").message.split("\n");
    expect(lines.length).toBeLessThan(30);
    expect(lines.join("\n")).toContain("line 0");
  });
});

describe("a problem the program found", () => {
  const mistakes = [
    "The configuration of stack test has 2 mistakes:",
    "  ephemery:validatorCont is not a key; did you mean ephemery:validatorCount?",
    "  ephemery:feeRecipient is needed when there are validators",
  ];
  const remedy = "Mend it with `bin/ephemery config set KEY VALUE --stack test`.";
  const text = (end: string): string => `Updating (test):

@ updating....
    pulumi:pulumi:Stack ephemery-test running error: ${mistakes[0]}
    pulumi:pulumi:Stack ephemery-test **failed** 1 error
Diagnostics:
  pulumi:pulumi:Stack (ephemery-test):
    error: ${mistakes[0]}
    ${mistakes[1]}
    ${mistakes[2]}
    ${remedy}
    More: docs/troubleshooting.md#config
${end}`;

  test.each([
    ["in an update", "\nOutputs:\n    x: 1\n\nResources:\n    2 unchanged\n    1 errored\n\nDuration: 2s\n"],
    ["at the very end of what was printed", ""],
  ])("%s, every line of it is passed on as the program wrote it", (_, end) => {
    const problem = problemOf(text(end), "test");
    expect(problem).toMatchObject({ code: "config", message: mistakes.join("\n"), remedy });
  });
});

describe("a lock", () => {
  const lock = (...owners: readonly string[]): string =>
    `error: the stack is currently locked by ${owners.length} lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.${owners
      .map(
        (owner) =>
          `\n  file:///state/.pulumi/locks/organization/ephemery/test/aaaa.json: created by ${owner} at 2026-11-21T09:00:00Z`,
      )
      .join("")}`;
  /** A process that has ended: its number is no longer anyone's. */
  const dead = spawnSync("true").pid;
  const ours = (pid: number): string => `alice@${hostname()} (pid ${pid})`;
  const elsewhere = `bob@${hostname()}-elsewhere (pid ${dead})`;

  // The number of a process of this name is known before a test is: it is started as the file is read.
  const program = join(ownFolder("failures"), "pulumi");
  symlinkSync("/bin/sleep", program);
  const living = spawn(program, ["600"], { stdio: "ignore" });
  afterAll(() => living.kill());
  const pulumi = living.pid ?? 0;

  test.each([
    ["of a process that has ended is abandoned", [ours(dead)], true, "no longer running"],
    ["of a Pulumi that runs is not", [ours(pulumi)], false, "still running"],
    ["of a number that another program has by now is abandoned", [ours(process.pid)], true, "no longer running"],
    ["of a number that another user's has by now is, too", [ours(1)], true, "no longer running"],
    ["on another machine is not: nobody can know", [elsewhere], false, "on another machine"],
    ["of a dead and a living process is not", [ours(dead), ours(pulumi)], false, "no longer running"],
    ["of a dead process here and one elsewhere is not", [ours(dead), elsewhere], false, "on another machine"],
    ["whose owner is not named is not", [], false, "locked by another run"],
  ])("%s", (_, owners, abandoned, state) => {
    const problem = problemOf(lock(...owners), "test");
    if (!(problem instanceof LockedProblem)) throw problem;
    expect(problem).toMatchObject({ code: "locked", abandoned });
    expect(problem.message).toContain(state);
    expect(problem.remedy).toContain(abandoned ? "bin/ephemery repair --stack test" : "Wait until it has ended");
  });

  test("says who holds it, where and since when", () => {
    expect(lockOwners(lock(ours(pulumi), elsewhere))).toEqual([
      { user: "alice", host: hostname(), pid: pulumi, since: "2026-11-21T09:00:00Z", alive: true },
      { user: "bob", host: `${hostname()}-elsewhere`, pid: dead, since: "2026-11-21T09:00:00Z", alive: undefined },
    ]);
  });
});
