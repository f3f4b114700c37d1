// Every command, option, script, key, variable and path that a document or a remedy names exists.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { KEYS } from "../../../config/keys";
import { ROOT } from "../../../toolchain/paths";
import { commandLines, every, objections, optionsOf, program } from "../../support/commands";
import { documents, parseDocument, read, sources } from "../../support/docs";

const code = (path: string): readonly string[] => parseDocument(read(path)).code;

test("what the program does not know would be found", () => {
  expect(
    objections(["bin/ephemery fly", "bin/ephemery up --fast", "bin/ephemery rehearse begin", "bin/ephemery up now"]),
  ).toEqual([
    "fly: ephemery has no command fly",
    "up --fast: up has no option --fast",
    "rehearse begin: rehearse has no command begin",
    "up now: up takes 0 arguments",
  ]);
  expect(objections(["bin/ephemery up --stack mynode --wait   # bring it up", "bin/ephemery init mynode; ls"])).toEqual(
    [],
  );
});

test.each(documents())("every command in %s is one of the program's", (path) => {
  expect(objections(code(path))).toEqual([]);
});

test("every command in a help text or a remedy is one of the program's", () => {
  // Between backticks or at the start of a line; elsewhere in the sources it is a path.
  const named = [...sources().matchAll(/(?:`|^ +)(bin\/ephemery (?:(?! {2})[^`\n])*)/gm)].map(([, text = ""]) =>
    text.replaceAll("${", "$"),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(objections(named)).toEqual([]);
});

test("the README has every command of the program", () => {
  const named = new Set(
    code("README.md")
      .flatMap(commandLines)
      .flatMap(([first]) => first ?? []),
  );
  const visible = program.createHelp().visibleCommands(program);
  expect([...named].sort()).toEqual(
    visible
      .map((each) => each.name())
      .filter((name) => name !== "help")
      .sort(),
  );
});

test.each(documents())("every option that stands alone in %s is one of some command", (path) => {
  const known = new Set(every(program).flatMap((command) => optionsOf(command).map(({ long }) => long)));
  const alone = code(path).flatMap((text) => /^(--[a-z-]+)\b/.exec(text)?.[1] ?? []);
  expect(alone.filter((option) => !known.has(option))).toEqual([]);
});

test.each(documents())("every npm script in %s is in package.json", (path) => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(read("package.json"));
  const named = [...read(path).matchAll(/\bnpm (?:run ([\w:]+)|(start|test)\b)/g)].map(
    ([, run, short]) => run ?? short ?? "",
  );
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test.each(documents())("every configuration key in %s is a key", (path) => {
  const named = code(path).flatMap((text) => [...text.matchAll(/\bephemery:(\w+)/g)].map(([, key = ""]) => key));
  expect(named.filter((key) => !(key in KEYS) && key !== "KEY")).toEqual([]);
});

test.each(documents())("every variable of the project's in %s is read somewhere", (path) => {
  const text = sources();
  const named = code(path).flatMap((each) => each.match(/\bEPHEMERY_[A-Z_]+/g) ?? []);
  expect(named.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
});

test.each(documents())("every path in %s that begins with one of the project's folders is there", (path) => {
  const folders = new Set(
    readdirSync(ROOT, { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? each.name : [])),
  );
  for (const ignored of [".ephemery", "node_modules"]) folders.delete(ignored);
  const named = code(path).filter(
    (text) => /^[\w.-]+(\/[\w.-]+)+\/?$/.test(text) && folders.has(text.split("/")[0] ?? ""),
  );
  expect(named.filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
});
