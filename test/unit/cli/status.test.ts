// `ephemery status` from the command line to its exit code. Its Pulumi is a script that knows one stack.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtPath } from "../../../toolchain/go";
import { ROOT } from "../../../toolchain/paths";
import { CLI_RECIPES, PLUGIN_RECIPES, PULUMI_VERSION } from "../../../toolchain/recipes";
import { DockerHere, type Told } from "../../support/docker-here";
import { type Answer, ephemery } from "../../support/ephemery";
import { ownFolder } from "../../support/folder";
import { CONTAINERS, clock, deployment, facts, IMAGE, LoopbackNode, nameOf } from "../../support/loopback-node";
import { reportSchema } from "../../support/status";

jest.setTimeout(60_000);

const folder = ownFolder("status");
const docker = new DockerHere(join(folder, "docker"));
const node = new LoopbackNode();
const stack = `status-${process.pid}`;
const file = join(ROOT, `Pulumi.${stack}.yaml`);
const pulumi = join(folder, "cache", "pulumi");

beforeAll(async () => {
  await node.start(docker);
  writeFileSync(file, "config:\n  ephemery:beaconClient: prysm\n");
  // A toolchain that set-up would find ready.
  for (const each of [`built-${PULUMI_VERSION}`, "home-built"]) mkdirSync(join(pulumi, each), { recursive: true });
  const paths = await Promise.all([...CLI_RECIPES, ...Object.values(PLUGIN_RECIPES)].map(builtPath));
  writeFileSync(join(pulumi, "home-built", "ephemery-plugins"), paths.map((path) => `${path}\n`).join(""));
  writeFileSync(join(folder, "outputs.json"), JSON.stringify(deployment));
  const resources = ["execution", "beacon", "validator"].map((layer) => ({
    urn: `urn:pulumi:${stack}::ephemery::docker:index/container:Container::local-${layer}`,
    type: "docker:index/container:Container",
    inputs: { name: nameOf(layer), image: `example.org/${layer}@sha256:3` },
  }));
  writeFileSync(join(folder, "export.json"), JSON.stringify({ version: 3, deployment: { resources } }));
  const script = [
    "#!/bin/sh",
    'case "$*" in',
    `  "stack ls"*) echo '[{"name":"${stack}","current":false}]' ;;`,
    `  "stack output"*) cat ${join(folder, "outputs.json")} ;;`,
    `  "stack export"*) cat ${join(folder, "export.json")} ;;`,
    '  *) echo "error: not asked before: $*" >&2; exit 1 ;;',
    "esac",
  ];
  writeFileSync(join(pulumi, `built-${PULUMI_VERSION}`, "pulumi"), `${script.join("\n")}\n`, { mode: 0o755 });
});
afterAll(async () => {
  rmSync(file);
  await node.stop();
});
beforeEach(() => {
  node.changed = {};
  docker.tell([...IMAGES, clock, ...CONTAINERS]);
});

/** What docker says of the images that the containers should run. */
const imageOf = (layer: string, id: string): Told => ({
  when: `image inspect --format {{.Id}} example.org/${layer}`,
  stdout: `${id}\n`,
});
const IMAGES = ["execution", "beacon", "validator"].map((layer) => imageOf(layer, IMAGE));

const status = (...args: readonly string[]): Promise<Answer> =>
  ephemery(["status", "--stack", stack, ...args], { EPHEMERY_ORIGIN: "built" });

test("0: healthy", async () => {
  const { code, stdout, stderr } = await status("--json");
  expect([code, stderr]).toEqual([0, ""]);
  expect(reportSchema.parse(JSON.parse(stdout))).toMatchObject({
    stack,
    healthy: true,
    chain: { generation: facts.generation },
    problem: null,
  });
  expect(stdout.trim().split("\n")).toHaveLength(1);
});

test("1: a container was made anew from another image than the state's", async () => {
  docker.tell([imageOf("beacon", `sha256:${"2".repeat(64)}`), ...IMAGES, clock, ...CONTAINERS]);
  const { code, stdout } = await status("--json");
  expect([code, reportSchema.parse(JSON.parse(stdout)).problem?.code]).toEqual([1, "other-image"]);
});

test("1: not healthy, with what is wrong and what to do in the last lines", async () => {
  node.changed = { beacon: "silent" };
  const { code, stdout, stderr } = await status();
  expect([code, stderr]).toEqual([1, ""]);
  expect(stdout).toMatch(new RegExp(`^${stack}: not healthy\\n`));
  expect(stdout.trim().split("\n").slice(-3)).toEqual([
    "The Beacon API does not answer.",
    expect.stringContaining(`docker restart --time 60 ${nameOf("beacon")}`),
    "More: docs/troubleshooting.md#beacon-silent",
  ]);
});

test("2: Docker does not answer, so nobody could look", async () => {
  docker.tell([
    {
      when: "",
      code: 1,
      stderr: "Cannot connect to the Docker daemon at unix:///nowhere. Is the docker daemon running?",
    },
  ]);
  const { code, stdout, stderr } = await status("--json");
  expect([code, stderr]).toEqual([2, ""]);
  expect(reportSchema.parse(JSON.parse(stdout))).toMatchObject({
    healthy: false,
    chain: null,
    problem: { code: "docker-unreachable" },
  });
});

test("2: it was asked what it does not know, which says nothing of the node", async () => {
  expect((await ephemery(["status", "--jason"])).code).toBe(2);
  expect((await ephemery(["status", "--help"])).code).toBe(0);
});

test("2: nothing is deployed", async () => {
  writeFileSync(join(folder, "outputs.json"), "{}");
  const { code, stderr } = await status();
  writeFileSync(join(folder, "outputs.json"), JSON.stringify(deployment));
  expect(code).toBe(2);
  expect(stderr).toContain(`bin/ephemery up --stack ${stack}`);
});
