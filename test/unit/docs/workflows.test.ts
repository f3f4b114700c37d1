// The workflows, this project's and those to copy: what they run is known to the program, what they use is pinned, and
// none of them moves a node.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ROOT } from "../../../toolchain/paths";
import { commandLines, objections } from "../../support/commands";
import { read } from "../../support/docs";

const OWN = ".github/workflows";
const EXAMPLES = "examples/ci";
const files = (folder: string): string[] => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`);

const environment = z.record(z.string(), z.string()).default({});
const stepSchema = z.looseObject({
  uses: z.string().optional(),
  run: z.string().default(""),
  with: z.record(z.string(), z.unknown()).default({}),
  env: environment,
});
const workflowSchema = z.looseObject({
  on: z.record(z.string(), z.unknown()),
  permissions: z.unknown(),
  jobs: z.record(
    z.string(),
    z.looseObject({ "timeout-minutes": z.number(), env: environment, steps: z.array(stepSchema) }),
  ),
});
const workflow = (path: string) => workflowSchema.parse(parse(read(path)));
const stepsOf = (path: string): z.infer<typeof stepSchema>[] =>
  Object.values(workflow(path).jobs).flatMap(({ steps }) => steps);
const scripts = (path: string): string[] => stepsOf(path).map(({ run }) => run);
const commands = (path: string): string[] =>
  scripts(path)
    .flatMap(commandLines)
    .map((words) => words.join(" "));
const actions = (path: string): string[] => stepsOf(path).flatMap(({ uses }) => uses ?? []);

test("there are workflows to copy: one on a timer, one on pull requests", () => {
  expect(files(EXAMPLES).map((path) => [path, Object.keys(workflow(path).on)])).toEqual([
    [`${EXAMPLES}/preview.yml`, ["pull_request"]],
    [`${EXAMPLES}/stage.yml`, ["schedule", "workflow_dispatch"]],
  ]);
});

describe.each([...files(OWN), ...files(EXAMPLES)])("%s", (path) => {
  test("runs what the program knows", () => {
    expect(objections(scripts(path))).toEqual([]);
  });

  test("may read the repository and nothing else, also after the checkout", () => {
    expect(workflow(path).permissions).toEqual({ contents: "read" });
    for (const step of stepsOf(path))
      if (step.uses?.startsWith("actions/checkout@")) expect(step.with).toMatchObject({ "persist-credentials": false });
    expect(Object.keys(workflow(path).on)).not.toContain("pull_request_target");
  });

  test("uses actions by what they are, not by a name that can move", () => {
    expect(actions(path).filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([]);
    expect(actions(path).length).toBeGreaterThan(0);
  });

  test("promise 6: has no expression in a script: a secret would be in an argument list, a title would be a command", () => {
    expect(scripts(path).filter((script) => script.includes("${{"))).toEqual([]);
  });
});

test("the workflows to copy use the same versions as the project's own", () => {
  const own = new Set(files(OWN).flatMap(actions));
  expect(
    files(EXAMPLES)
      .flatMap(actions)
      .filter((action) => !own.has(action)),
  ).toEqual([]);
});

test("CI stages, verifies and alarms; nothing in it moves a node", () => {
  expect(commands(`${EXAMPLES}/stage.yml`)).toEqual([
    "setup --yes --no-rehearsal",
    "reset --stack mynode --stage",
    "status --stack mynode",
  ]);
  expect(commands(`${EXAMPLES}/preview.yml`)).toEqual(["setup --yes --no-rehearsal", "preview --stack mynode --diff"]);
  // Nor by another way than the command.
  for (const path of files(EXAMPLES)) expect(scripts(path).join("\n")).not.toMatch(/\b(pulumi|docker|ssh) /);
});

test("promise 6: a secret is in the environment of the steps that need it, and in files that others can't read", () => {
  for (const path of files(EXAMPLES)) {
    for (const { env } of Object.values(workflow(path).jobs)) expect(JSON.stringify(env)).not.toContain("secrets.");
    for (const { run, env } of stepsOf(path)) {
      const given = Object.entries(env).filter(([, value]) => value.includes("secrets."));
      if (given.some(([name]) => run.includes(`$${name}`))) expect(run.split("\n")[0]).toBe("umask 077");
    }
  }
});

test("the passphrase is where the program looks for it", () => {
  for (const path of files(EXAMPLES))
    expect(scripts(path).join("\n")).toContain("> ~/.local/share/ephemery/passphrases/mynode.txt");
});
