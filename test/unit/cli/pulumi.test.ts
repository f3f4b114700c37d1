// `ephemery config` and `ephemery pulumi` as a person runs it, on a machine whose Pulumi is a script that writes down what it was asked.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makePassphrase } from "../../../operations/engine/passphrase";
import { ROOT } from "../../../toolchain/paths";
import { PLUGIN_VERSIONS, PULUMI_VERSION } from "../../../toolchain/recipes";
import { type RunResult, run } from "../../../toolchain/run";
import { ownFolder } from "../../support/folder";

jest.setTimeout(60_000);

const folder = ownFolder("config");
const asked = join(folder, "asked");
const pulumi = join(folder, "cache", "pulumi");

// What the caller's environment has goes before the stack's own.
const { PULUMI_CONFIG_PASSPHRASE: passphrase, PULUMI_CONFIG_PASSPHRASE_FILE: given } = process.env;
afterAll(() => {
  if (passphrase !== undefined) process.env.PULUMI_CONFIG_PASSPHRASE = passphrase;
  if (given !== undefined) process.env.PULUMI_CONFIG_PASSPHRASE_FILE = given;
});

beforeAll(() => {
  delete process.env.PULUMI_CONFIG_PASSPHRASE;
  delete process.env.PULUMI_CONFIG_PASSPHRASE_FILE;
  const bin = join(pulumi, `official-${PULUMI_VERSION}`, "bin");
  for (const each of [bin, join(pulumi, "home-official")]) mkdirSync(each, { recursive: true });
  const plugins = (["docker", "random", "command"] as const).map((name) => `${name} ${PLUGIN_VERSIONS[name]}\n`);
  writeFileSync(join(pulumi, "home-official", "ephemery-plugins"), `pulumi ${PULUMI_VERSION}\n${plugins.join("")}`);
  const script = [
    "#!/bin/sh",
    `if [ "$1 $2" = "stack ls" ]; then echo '[{"name":"mynode"}]'; exit; fi`,
    `{ echo "$*"; echo "$PULUMI_CONFIG_PASSPHRASE_FILE"; echo "$PULUMI_HOME"; cat; } > ${asked}`,
    "echo said; exit 3",
  ];
  writeFileSync(join(bin, "pulumi"), script.join("\n"), { mode: 0o755 });
});
beforeEach(() => rmSync(asked, { force: true }));

const config = (args: readonly string[], input?: string): Promise<RunResult> => command(["config", ...args], input);

const command = (args: readonly string[], input = ""): Promise<RunResult> =>
  run(process.execPath, [join(ROOT, "bin", "ephemery"), ...args], {
    env: { CI: "1", EPHEMERY_ORIGIN: "official" },
    input,
  });

test.each([
  ["a setting", ["set", "ephemery:validatorCount", "10"], "config set ephemery:validatorCount 10 --stack mynode"],
  ["a secret", ["set", "--secret", "ephemery:mnemonic"], "config set ephemery:mnemonic --secret --stack mynode"],
  ["nothing more", [], "config --stack mynode"],
  ["an option of Pulumi's own", ["--show-secrets", "--json"], "config --show-secrets --json --stack mynode"],
])("%s is the engine's to set, with stdin, output and exit code, and the stack's passphrase", async (_, args, line) => {
  const file = await makePassphrase("mynode");
  expect(await config([...args, "--stack", "mynode"], "words on stdin")).toMatchObject({ code: 3, stdout: "said" });
  const home = join(pulumi, "home-official");
  expect(readFileSync(asked, "utf8")).toBe(`${line}\n${file}\n${home}\nwords on stdin`);
});

test("of a stack that is not there it says so first, and asks for no value", async () => {
  const { code, stderr } = await config(["set", "--secret", "ephemery:mnemonic", "--stack", "other"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/There is no stack other yet\.\n.*bin\/ephemery init other/);
  expect(() => readFileSync(asked)).toThrow();
});

test("any other command of the engine's gets the same", async () => {
  const file = await makePassphrase("mynode");
  const args = ["pulumi", "stack", "output", "record", "--json", "-s", "mynode"];
  expect(await command(args)).toMatchObject({ code: 3, stdout: "said" });
  const home = join(pulumi, "home-official");
  expect(readFileSync(asked, "utf8")).toBe(`stack output record --json --stack mynode\n${file}\n${home}\n`);
});
