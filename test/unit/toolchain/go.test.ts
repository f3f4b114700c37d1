// Where a built program lies, when it is built anew, and what is told when it can't be. The Go of these tests is a
// script that writes down how it was called; the real one builds the toolchain the other tests run on.

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build, builtPath, isBuilt } from "../../../toolchain/go";
import { installSteps, readyToolchain } from "../../../toolchain/install";
import { ROOT } from "../../../toolchain/paths";
import { CLI_RECIPES, CLIENT_RECIPES, PLUGIN_RECIPES, type Recipe } from "../../../toolchain/recipes";
import { ownFolder } from "../../support/folder";

const folder = ownFolder("go");
const bin = join(folder, "bin");
mkdirSync(bin);
const before = process.env.PATH;
afterEach(() => {
  process.env.PATH = before;
});

const recipe: Recipe = { ...CLIENT_RECIPES.geth };
const ALL: readonly Recipe[] = [...CLI_RECIPES, ...Object.values(PLUGIN_RECIPES), ...Object.values(CLIENT_RECIPES)];
const ignored = (): void => undefined;

/** A go command that is of a version and builds, or does not. */
function goIs(
  version: string,
  build = 'echo building >&2; while [ "$1" != -o ]; do shift; done; echo program > "$2"',
): void {
  const log = join(folder, "calls");
  writeFileSync(
    join(bin, "go"),
    `#!/bin/sh\nif [ "$1" = env ]; then echo ${version}; exit 0; fi\necho "$PWD|$GONOSUMDB|$GOTOOLCHAIN|$*" >> ${log}\n${build}\n`,
  );
  chmodSync(join(bin, "go"), 0o755);
  process.env.PATH = `${bin}:/usr/bin:/bin`;
}
const calls = (): string[] => readFileSync(join(folder, "calls"), "utf8").trim().split("\n");

describe("a built program", () => {
  test("lies in the cache by name, version and what it is built from, each in a folder of its own", async () => {
    const paths = await Promise.all(ALL.map(builtPath));
    expect(new Set(paths.map((path) => dirname(path))).size).toBe(ALL.length);
    paths.forEach((path, index) => {
      const { name, version } = ALL[index] ?? recipe;
      expect(path).toMatch(
        new RegExp(`^${folder}/cache/bin/${name}-${version.replaceAll(".", "\\.")}-[0-9a-f]{12}/${name}$`),
      );
    });
  });

  test.each<[string, Partial<Recipe>]>([
    ["another package", { package: "github.com/ethereum/go-ethereum/cmd/evm" }],
    ["other variables", { variables: { "main.x": "1" } }],
    ["another Go", { go: "go1.25.5" }],
    ["other sums", { folder: "rehearsal/images/prysm" }],
    ["another version", { version: "v1.16.8" }],
  ])("%s is another program", async (_, change) => {
    expect(await builtPath({ ...recipe, ...change })).not.toBe(await builtPath(recipe));
  });

  test("the same recipe is the same program", async () => {
    expect(await builtPath({ ...recipe })).toBe(await builtPath(recipe));
  });

  test("is built once, in its module, with sums that are read and not written", async () => {
    goIs("go1.24.3");
    const lines: string[] = [];
    const prysm = CLIENT_RECIPES["prysm-validator"];
    expect(await isBuilt(prysm)).toBe(false);
    const path = await build(prysm, (line) => lines.push(line));
    expect(readFileSync(path, "utf8")).toBe("program\n");
    expect(await isBuilt(prysm)).toBe(true);
    expect(lines).toContain("building");
    const [call = ""] = calls();
    const [where, unlisted, go, args] = call.split("|");
    expect([where, unlisted, go]).toEqual([join(ROOT, "rehearsal/images/prysm"), "github.com/quic-go/*", "go1.25.5"]);
    expect(args).toMatch(
      /^build -trimpath -mod=readonly .*-X \S+gitTag=v7\.1\.2 -o \S+\.part github\.com\/\S+\/cmd\/validator$/,
    );
    expect(await build(prysm, ignored)).toBe(path);
    expect(calls()).toHaveLength(1);
  });

  test("promise 9: one that does not build is told with the end of what Go said, and leaves nothing that looks built", async () => {
    goIs("go1.24.3", "seq 1 40; echo 'undefined: x' >&2; exit 1");
    await expect(build(recipe, ignored)).rejects.toMatchObject({
      code: "toolchain",
      message: expect.stringMatching(
        /geth v1\.16\.7 could not be built from rehearsal\/images\/geth:[\s\S]*undefined: x/,
      ),
      remedy: expect.stringContaining("go env GOPROXY"),
    });
    expect(await isBuilt(recipe)).toBe(false);
  });

  test.each([
    ["too old", "go1.19.8", "Go here is 1.19"],
    ["that says nothing of use", "devel", "there is no Go"],
  ])("promise 9: a Go %s is told", async (_, version, says) => {
    goIs(version);
    await expect(build(recipe, ignored)).rejects.toMatchObject({
      code: "toolchain",
      message: expect.stringContaining(says),
      remedy: expect.stringContaining("https://go.dev/dl"),
    });
  });

  test("promise 9: no Go at all is told, with every way out: what was found once is kept in a file", async () => {
    process.env.PATH = join(folder, "nowhere");
    await expect(build(recipe, ignored)).rejects.toMatchObject({
      code: "toolchain",
      remedy: expect.stringMatching(
        /Install Go .* or let this machine reach get\.pulumi\.com\..*\.ephemery\/machine\.json, remove it/,
      ),
    });
  });
});

describe("the steps of set-up", () => {
  test("are one for each program and one for the plugins, and none is done on a fresh machine", async () => {
    const steps = await installSteps("built");
    expect(steps.map(({ title }) => title)).toEqual([
      "build pulumi 3.259.0",
      "build pulumi-language-nodejs 3.68.0",
      "build pulumi-language-nodejs-host 3.68.0",
      "build pulumi-resource-docker 5.2.0",
      "build pulumi-resource-random 4.21.2",
      "build pulumi-resource-command 1.2.1",
      "install the plugins",
    ]);
    expect(steps.filter(({ done }) => done)).toEqual([]);
    expect(await readyToolchain("built")).toBeUndefined();
  });

  test("skip what is built already", async () => {
    const path = await builtPath(PLUGIN_RECIPES.docker);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "");
    const done = (await installSteps("built")).filter((step) => step.done).map(({ title }) => title);
    expect(done).toEqual(["build pulumi-resource-docker 5.2.0"]);
  });

  test("with official downloads are two, and nothing is built", async () => {
    expect((await installSteps("official")).map(({ title }) => title)).toEqual([
      "download the Pulumi CLI 3.259.0",
      "download the plugins",
    ]);
    expect(existsSync(join(folder, "cache", "pulumi"))).toBe(false);
  });
});
