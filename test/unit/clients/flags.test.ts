// Every flag a client is started with is one its program knows. A program that is built here is asked itself; of one
// that can't be had whole, the options that its package declares are on a list.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { preparationsOf } from "../../../clients/node";
import type { Layer } from "../../../clients/spec";
import { supported } from "../../../clients/support";
import { cacheFolder } from "../../../toolchain/paths";
import { CLIENT_RECIPES, type Recipe } from "../../../toolchain/recipes";
import { run } from "../../../toolchain/run";
import { CHAIN, settingsOf } from "../../support/node";
import { BASE, SITUATIONS, specOf } from "../../support/situations";

/** Commands of the client's own program: its container's in every situation, and those before its first start. */
function commandsOf(layer: Layer, client: string): (readonly string[])[] {
  const rendered = Object.entries(SITUATIONS)
    // What a user adds is the user's.
    .filter(([name]) => name !== "Further arguments")
    .flatMap(([, situation]) => specOf(layer, client, situation) ?? []);
  const prepared = preparationsOf(settingsOf({ ...BASE, [`${layer}Client`]: client }), CHAIN)[layer] ?? [];
  // A start by a shell may add some.
  const started = rendered.map(({ command, entrypoint }) => [...command, ...flagsWithin(entrypoint?.join(" ") ?? "")]);
  const run = prepared.filter(({ image, entrypoint }) => image === "client" && !entrypoint);
  return [...started, ...run.map(({ command }) => command)];
}

/** Flags that a shell's script gives to what it starts. */
const flagsWithin = (text: string): string[] => text.match(/(?<=\s)--[\w.-]+/g) ?? [];

/** A command's flags, by the subcommand they are given to (the words before the first); without one, by "". */
function flagsOf(layer: Layer, client: string): Map<string, Set<string>> {
  const flags = new Map<string, Set<string>>();
  for (const command of commandsOf(layer, client)) {
    const isFlag = (argument: string): boolean => argument.startsWith("--");
    const subcommand = command.slice(0, command.findIndex(isFlag)).join(" ");
    const given = command.filter(isFlag).map((each) => each.replace(/=.*/s, ""));
    flags.set(subcommand, new Set([...(flags.get(subcommand) ?? []), ...given]));
  }
  return flags;
}

/** Flags that a help text lists: at the beginning of a line, before the two spaces that part them from their meaning. */
function flagsIn(help: string): Set<string> {
  const heads = help.split("\n").flatMap((line) => /^\s+(-.*?)(?:\s{2}|$)/.exec(line)?.[1] ?? []);
  return new Set(heads.flatMap((head) => head.match(/--[\w.-]+/g) ?? []));
}

const unknown = (given: Iterable<string>, known: ReadonlySet<string>): string[] =>
  [...given].filter((flag) => !known.has(flag));

/** Any build of its version will do. */
function built({ name, version }: Recipe): string | undefined {
  const folder = join(cacheFolder(), "bin");
  const found = existsSync(folder) ? readdirSync(folder).find((each) => each.startsWith(`${name}-${version}-`)) : "";
  const path = join(folder, found ?? "", name);
  return found && existsSync(path) ? path : undefined;
}

const BUILT = [
  ["execution", "geth", CLIENT_RECIPES.geth],
  ["beacon", "prysm", CLIENT_RECIPES["prysm-beacon-chain"]],
  ["validator", "prysm", CLIENT_RECIPES["prysm-validator"]],
] as const;

for (const [layer, client, recipe] of BUILT) {
  const program = built(recipe);
  if (program === undefined)
    process.stderr.write(`SKIPPED: ${recipe.name} ${recipe.version} is not built here, so nobody checks its flags.\n`);
  (program === undefined ? test.skip : test)(`${client} ${recipe.version} knows its ${layer} flags`, async () => {
    for (const [subcommand, given] of flagsOf(layer, client)) {
      const { ok, all } = await run(program ?? "", [...subcommand.split(" ").filter(Boolean), "--help"]);
      expect(ok).toBe(true);
      expect(given.size).toBeGreaterThan(0);
      expect(unknown(given, flagsIn(all))).toEqual([]);
    }
  });
}

const textOf = (name: string): string => readFileSync(join(__dirname, "flags", `${name}.txt`), "utf8");

/** One option on a line; lines with a # say where the list is from. */
function listed(name: string): Set<string> {
  const lines = textOf(name).split("\n");
  return new Set(lines.filter((line) => line !== "" && !line.startsWith("#")).map((option) => `--${option}`));
}

test.each([
  ["beacon", "lodestar"],
  ["validator", "lodestar"],
] as const)("the %s flags of %s are among the options it declares", (layer, client) => {
  const flags = flagsOf(layer, client);
  expect([...flags.keys()]).toEqual([layer]);
  expect(unknown(flags.get(layer) ?? [], listed(`${client}-${layer}`))).toEqual([]);
});

test("the table of clients says so of those whose options are listed, and of which version they are", () => {
  const declared = supported().filter(({ tested }) => tested === "flags");
  expect(declared.map(({ layer, client }) => `${client}-${layer}`)).toEqual(["lodestar-beacon", "lodestar-validator"]);
  for (const { layer, client, testedVersion } of declared)
    expect(textOf(`${client}-${layer}`)).toContain(`/${client} ${testedVersion} declares`);
});

test("a flag that a program does not know is found", () => {
  const help = "OPTIONS:\n   --datadir value, --dd value   Where --nothing is\n   -p, --port value\n";
  expect([...flagsIn(help)]).toEqual(["--datadir", "--dd", "--port"]);
  expect(unknown(["--port", "--nothing"], flagsIn(help))).toEqual(["--nothing"]);
});
