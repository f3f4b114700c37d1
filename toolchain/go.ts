// Builds a program from Go modules, once for each version.

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../config/problem";
import { FIND_AGAIN } from "./origin";
import { cacheFolder, exists, ROOT } from "./paths";
import { type Recipe, recipeFolder } from "./recipes";
import { run } from "./run";

/** What the key of a build is made of: change any of it, and the program is built anew. */
async function keyOf(recipe: Recipe): Promise<string> {
  const folder = recipeFolder(ROOT, recipe);
  const hash = createHash("sha256");
  const names = recipe.package === "." ? await goFiles(folder) : ["go.mod", "go.sum"];
  for (const name of names)
    hash
      .update(`${name}\0`)
      .update(await readFile(join(folder, name)))
      .update("\0");
  hash.update(JSON.stringify([recipe.package, recipe.variables, recipe.go ?? "", process.arch, process.platform]));
  return hash.digest("hex").slice(0, 12);
}

async function goFiles(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith(".go") || name.startsWith("go.")).sort();
}

/** Path a built program has, whether it is there yet or not. Its last part is the program's name. */
export async function builtPath(recipe: Recipe): Promise<string> {
  return join(cacheFolder(), "bin", `${recipe.name}-${recipe.version}-${await keyOf(recipe)}`, recipe.name);
}

export async function isBuilt(recipe: Recipe): Promise<boolean> {
  return exists(await builtPath(recipe));
}

/**
 * Builds a program if it is not in the cache.
 *
 * @param report called with one line of progress at a time.
 * @returns its path.
 * @throws Problem `toolchain` when Go is missing or the build fails.
 */
export async function build(recipe: Recipe, report: (line: string) => void): Promise<string> {
  const path = await builtPath(recipe);
  if (await exists(path)) return path;
  await assertGo();
  await mkdir(join(path, ".."), { recursive: true });
  const beside = `${path}.${process.pid}.part`;
  const variables = Object.entries(recipe.variables).map(([name, value]) => `-X ${name}=${value}`);
  // Nobody debugs these programs, and what a debugger needs takes a fifth of the build.
  const flags = ["-trimpath", "-mod=readonly", "-gcflags=all=-dwarf=false"];
  const args = ["build", ...flags, "-ldflags", ["-s", "-w", ...variables].join(" "), "-o", beside];
  const result = await run("go", [...args, recipe.package], {
    cwd: recipeFolder(ROOT, recipe),
    env: {
      ...(recipe.unlisted === undefined ? {} : { GONOSUMDB: recipe.unlisted }),
      ...(recipe.go === undefined ? {} : { GOTOOLCHAIN: recipe.go }),
    },
    onLine: report,
  });
  if (!result.ok) {
    throw new Problem(
      "toolchain",
      `${recipe.name} ${recipe.version} could not be built from ${recipe.folder}:\n${result.all.split("\n").slice(-15).join("\n")}`,
      "Check that the Go module proxy can be reached (`go env GOPROXY`) and that some gigabytes of disk are free, then try again.",
    );
  }
  await rename(beside, path);
  return path;
}

/** Oldest Go whose own toolchain switching can fetch what the recipes ask for. */
const OLDEST_GO = 21;

async function assertGo(): Promise<void> {
  const result = await run("go", ["env", "GOVERSION"]);
  const minor = Number(/^go1\.(\d+)/.exec(result.stdout)?.[1] ?? Number.NaN);
  if (!result.ok || Number.isNaN(minor)) {
    throw new Problem(
      "toolchain",
      "The vendors' downloads can't be reached from this machine, or could not when it was set up, and there is no Go to build the programs with.",
      `Install Go 1.${OLDEST_GO} or newer (https://go.dev/dl), or let this machine reach get.pulumi.com. ${FIND_AGAIN}`,
    );
  }
  if (minor < OLDEST_GO) {
    throw new Problem(
      "toolchain",
      `Go here is 1.${minor}; building the programs needs 1.${OLDEST_GO} or newer.`,
      `Install a newer Go (https://go.dev/dl). ${FIND_AGAIN}`,
    );
  }
}
