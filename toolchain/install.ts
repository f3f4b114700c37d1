// Makes Pulumi and its plugins ready to run, and says how to run them.

import { link, mkdir, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../config/problem";
import { build, builtPath, isBuilt } from "./go";
import type { Origin } from "./origin";
import { cacheFolder, exists } from "./paths";
import { CLI_RECIPES, PLUGIN_RECIPES, PLUGIN_VERSIONS, type PluginName, PULUMI_VERSION } from "./recipes";
import { run } from "./run";

/** How to call Pulumi. */
export interface Toolchain {
  readonly origin: Origin;
  /** The CLI. */
  readonly pulumi: string;
  /** Variables it needs, beside those of the caller. */
  readonly env: Readonly<Record<string, string>>;
}

const PLUGINS: readonly PluginName[] = ["docker", "random", "command"];

/** Folder that holds the built CLI and language host side by side, as the CLI looks for the host on PATH. */
const builtFolder = (): string => join(cacheFolder(), "pulumi", `built-${PULUMI_VERSION}`);
const officialFolder = (): string => join(cacheFolder(), "pulumi", `official-${PULUMI_VERSION}`);
/** Plugins of stand-ins must not be taken for official ones, nor the other way round. */
const homeFolder = (origin: Origin): string => join(cacheFolder(), "pulumi", `home-${origin}`);

/**
 * The CLI logs each of its commands to a file (`pulumi logs list`), and looks at all of them with each: after a day of
 * looks and tests that was half of what a command took. It would keep 500 MB of a week.
 */
const LOGS = { PULUMI_LOG_ROTATION_MAX_AGE_DAYS: "1", PULUMI_LOG_ROTATION_MAX_TOTAL_MB: "10" } as const;

function toolchainAt(origin: Origin, bin: string): Toolchain {
  return {
    origin,
    pulumi: join(bin, "pulumi"),
    env: {
      PATH: `${bin}:${process.env.PATH ?? ""}`,
      PULUMI_HOME: homeFolder(origin),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      ...Object.fromEntries(Object.entries(LOGS).map(([name, value]) => [name, process.env[name] || value])),
      // Neither plugins nor language hosts that happen to be on PATH.
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
      // Plugins are installed by set-up; without this a missing one would be looked for in the network.
      ...(origin === "built" ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } : {}),
    },
  };
}

/** The toolchain, where it is all there; undefined: set-up has work to do. */
export async function readyToolchain(origin: Origin): Promise<Toolchain | undefined> {
  const bin = origin === "built" ? builtFolder() : join(officialFolder(), "bin");
  if (!(await exists(join(bin, "pulumi")))) return undefined;
  const marker = await readFile(markerPath(origin), "utf8").catch(() => "");
  return marker === (await markerText(origin)) ? toolchainAt(origin, bin) : undefined;
}

const markerPath = (origin: Origin): string => join(homeFolder(origin), "ephemery-plugins");

/** What is installed, so that a change of any of it is seen. */
async function markerText(origin: Origin): Promise<string> {
  const plugins = PLUGINS.map((name) => `${name} ${PLUGIN_VERSIONS[name]}`);
  if (origin === "official") return `pulumi ${PULUMI_VERSION}\n${plugins.join("\n")}\n`;
  const recipes = [...CLI_RECIPES, ...PLUGINS.map((name) => PLUGIN_RECIPES[name])];
  return (await Promise.all(recipes.map(builtPath))).map((path) => `${path}\n`).join("");
}

/** A step of set-up; operations/steps.ts has the same shape. */
export interface InstallStep {
  readonly title: string;
  readonly done: boolean;
  run(report: (line: string) => void): Promise<void>;
}

/** The steps that make the toolchain ready; those that are done already say so. */
export async function installSteps(origin: Origin): Promise<readonly InstallStep[]> {
  return origin === "built" ? builtSteps() : officialSteps();
}

async function builtSteps(): Promise<readonly InstallStep[]> {
  const recipes = [...CLI_RECIPES, ...PLUGINS.map((name) => PLUGIN_RECIPES[name])];
  const builds = await Promise.all(
    recipes.map(async (recipe) => ({
      title: `build ${recipe.name} ${recipe.version}`,
      done: await isBuilt(recipe),
      run: async (report: (line: string) => void) => {
        await build(recipe, report);
      },
    })),
  );
  const ready = (await readyToolchain("built")) !== undefined;
  return [...builds, { title: "install the plugins", done: ready, run: installBuilt }];
}

async function installBuilt(): Promise<void> {
  const bin = builtFolder();
  await mkdir(bin, { recursive: true });
  for (const recipe of CLI_RECIPES) {
    // Not a symbolic link: the CLI takes the language host that lies beside the file it really is.
    const file = join(bin, recipe.name);
    await unlink(file).catch(() => undefined);
    await link(await builtPath(recipe), file);
  }
  const toolchain = toolchainAt("built", bin);
  for (const name of PLUGINS) {
    const file = await builtPath(PLUGIN_RECIPES[name]);
    await pulumi(toolchain, [
      "plugin",
      "install",
      "resource",
      name,
      PLUGIN_VERSIONS[name],
      "--file",
      file,
      "--reinstall",
    ]);
  }
  await writeFile(markerPath("built"), await markerText("built"));
}

async function officialSteps(): Promise<readonly InstallStep[]> {
  const cli = join(officialFolder(), "bin", "pulumi");
  const ready = (await readyToolchain("official")) !== undefined;
  return [
    {
      title: `download the Pulumi CLI ${PULUMI_VERSION}`,
      done: await exists(cli),
      run: async () => {
        // Loaded here alone: the SDK takes longer to load than most commands take.
        const [{ PulumiCommand }, { SemVer }] = await Promise.all([
          import("@pulumi/pulumi/automation/index.js"),
          import("semver"),
        ]);
        await PulumiCommand.install({ version: new SemVer(PULUMI_VERSION), root: officialFolder() });
      },
    },
    {
      title: "download the plugins",
      done: ready,
      run: async () => {
        const toolchain = toolchainAt("official", join(officialFolder(), "bin"));
        for (const name of PLUGINS)
          await pulumi(toolchain, ["plugin", "install", "resource", name, PLUGIN_VERSIONS[name]]);
        await writeFile(markerPath("official"), await markerText("official"));
      },
    },
  ];
}

async function pulumi(toolchain: Toolchain, args: readonly string[]): Promise<void> {
  await mkdir(toolchain.env.PULUMI_HOME ?? "", { recursive: true });
  const result = await run(toolchain.pulumi, args, { env: toolchain.env });
  if (!result.ok) {
    throw new Problem(
      "toolchain",
      `pulumi ${args.slice(0, 5).join(" ")} failed:\n${result.all}`,
      "Try `bin/ephemery setup` again.",
    );
  }
}
