// A stack that is made, and one that is there already. A script stands for Pulumi.

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeStack } from "../../../cli/init";
import { passphraseFile } from "../../../operations/engine/passphrase";
import { Stack } from "../../../operations/engine/stack";
import { ownFolder } from "../../support/folder";

const folder = ownFolder("init");
const made = join(folder, "made");
const pulumi = join(folder, "pulumi");
const stack = new Stack("mynode", { origin: "built", pulumi, env: {} }, folder);
const { PULUMI_CONFIG_PASSPHRASE: passphrase, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;

/** A backend with these stacks, which writes down by which passphrase another one is made. */
function backend(...names: readonly string[]): void {
  const list = JSON.stringify(names.map((name) => ({ name })));
  const script = [
    "#!/bin/sh",
    'case "$1 $2" in',
    `"stack ls") echo '${list}';;`,
    `"stack init") echo "$3 $PULUMI_CONFIG_PASSPHRASE_FILE" > ${made};;`,
    "esac",
  ];
  writeFileSync(pulumi, script.join("\n"), { mode: 0o755 });
}

beforeEach(() => {
  delete process.env.PULUMI_CONFIG_PASSPHRASE;
  delete process.env.PULUMI_CONFIG_PASSPHRASE_FILE;
  for (const each of [made, passphraseFile("mynode")]) rmSync(each, { force: true });
});
afterAll(() => {
  delete process.env.PULUMI_CONFIG_PASSPHRASE;
  if (passphrase !== undefined) process.env.PULUMI_CONFIG_PASSPHRASE = passphrase;
  if (file !== undefined) process.env.PULUMI_CONFIG_PASSPHRASE_FILE = file;
});

test("a new stack is made with a passphrase of its own", async () => {
  backend("other");
  expect(await makeStack(stack)).toBe(passphraseFile("mynode"));
  expect(readFileSync(made, "utf8")).toBe(`mynode ${passphraseFile("mynode")}\n`);
});

test("with one in the environment it gets no other", async () => {
  backend();
  process.env.PULUMI_CONFIG_PASSPHRASE = "";
  expect(await makeStack(stack)).toBeUndefined();
  expect(existsSync(passphraseFile("mynode"))).toBe(false);
});

test("a stack that is there already gets no passphrase that is not its own", async () => {
  backend("mynode");
  await expect(makeStack(stack)).rejects.toMatchObject({ code: "config" });
  expect(existsSync(passphraseFile("mynode"))).toBe(false);
});
