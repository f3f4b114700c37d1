// Recipes against the modules they build from and the packages they stand in for.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ROOT } from "../../../toolchain/paths";
import {
  CLI_RECIPES,
  CLIENT_RECIPES,
  PLUGIN_RECIPES,
  PLUGIN_VERSIONS,
  PULUMI_VERSION,
  type Recipe,
  recipeFolder,
} from "../../../toolchain/recipes";

const read = (...path: readonly string[]): string => readFileSync(join(ROOT, ...path), "utf8");
const packageJson = z.looseObject({ version: z.string(), dependencies: z.record(z.string(), z.string()).default({}) });
const RECIPES: readonly Recipe[] = [...CLI_RECIPES, ...Object.values(PLUGIN_RECIPES), ...Object.values(CLIENT_RECIPES)];
const ROWS = RECIPES.map((recipe) => [recipe.name, recipe] as const);

test.each(Object.entries(PLUGIN_VERSIONS))(
  "the %s plugin answers for the version its npm package asks for, which is pinned",
  (name, version) => {
    expect(
      packageJson.parse(JSON.parse(read("node_modules", "@pulumi", name, "package.json"))).version.replace(/^v/, ""),
    ).toBe(version);
    expect(packageJson.parse(JSON.parse(read("package.json"))).dependencies[`@pulumi/${name}`]).toBe(version);
  },
);

test("every program has a name of its own", () => {
  expect(new Set(RECIPES.map(({ name }) => name)).size).toBe(RECIPES.length);
});

test.each(ROWS)("%s is built from a module with committed sums", (_, recipe) => {
  const folder = recipeFolder(ROOT, recipe);
  expect(existsSync(join(folder, "go.mod"))).toBe(true);
  expect(readFileSync(join(folder, "go.sum"), "utf8").split("\n").length).toBeGreaterThan(20);
});

/** Modules a go.mod requires, with their versions; a replaced one by what it is replaced with. */
function requiredBy(folder: string): Map<string, string> {
  const lines = readFileSync(join(folder, "go.mod"), "utf8").split("\n");
  return new Map(
    lines.flatMap((line) => {
      const [, module = "", version = ""] = /^\s*(?:require )?(\S+\.\S+\/\S+) (v\S+)/.exec(line) ?? [];
      return module === "" ? [] : [[module, version] as const];
    }),
  );
}

test.each(ROWS.filter(([, recipe]) => recipe.package !== "."))(
  "%s is the version its recipe names, of a package its module imports",
  (_, recipe) => {
    const folder = recipeFolder(ROOT, recipe);
    const modules = [...requiredBy(folder)].filter(([module]) => recipe.package.startsWith(`${module}/`));
    expect(modules.map(([, version]) => version.replace(/^v/, ""))).toEqual([recipe.version.replace(/^v/, "")]);
    // A blank import keeps what the package needs in go.mod and go.sum.
    expect(readFileSync(join(folder, "tools.go"), "utf8")).toContain(`_ "${recipe.package}"`);
  },
);

test("programs are told the version they are", () => {
  const cli = CLI_RECIPES.find(({ name }) => name === "pulumi");
  expect(Object.values(cli?.variables ?? {})).toEqual([`v${PULUMI_VERSION}`]);
  for (const recipe of Object.values(PLUGIN_RECIPES)) {
    expect(recipe.variables).toEqual({ "main.version": recipe.version });
    expect(readFileSync(join(recipeFolder(ROOT, recipe), "main.go"), "utf8")).toMatch(/^var version\b|^\tversion\b/m);
  }
});

test("modules that go.sum alone pins are named one by one, never all of them", () => {
  const unlisted = RECIPES.flatMap(({ unlisted: each }) => each ?? []);
  expect(new Set(unlisted)).toEqual(new Set(["github.com/kreuzwerker/*", "github.com/quic-go/*"]));
});

test("what several programs are made of has one version, so that it is compiled once", () => {
  const folders = new Set([...CLI_RECIPES, ...Object.values(PLUGIN_RECIPES)].map(({ folder }) => folder));
  const versions = new Map<string, Set<string>>();
  for (const folder of folders) {
    for (const [module, version] of requiredBy(join(ROOT, folder)))
      versions.set(module, (versions.get(module) ?? new Set()).add(version));
  }
  // Version 1 of the table writer is another API, which the CLI's own modules do not use yet; the language host is that
  // of an older SDK, and pulumi-go-provider is not made for the newest one.
  for (const module of [
    "github.com/olekukonko/tablewriter",
    ...["sdk", "pkg"].map((each) => `github.com/pulumi/pulumi/${each}/v3`),
  ])
    versions.delete(module);
  const differing = [...versions].filter(([, seen]) => seen.size > 1).map(([module, seen]) => [module, ...seen]);
  expect(differing).toEqual([]);
  expect(versions.size).toBeGreaterThan(100);
});
