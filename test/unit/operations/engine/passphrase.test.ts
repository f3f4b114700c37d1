// Which passphrase Pulumi gets for a stack.

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assertUnattended, makePassphrase, passphraseEnv } from "../../../../operations/engine/passphrase";
import { ownFolder } from "../../../support/folder";

const folder = ownFolder("passphrase");
const NAMES = ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"] as const;
const before = NAMES.map((name) => process.env[name]);

beforeEach(() => {
  for (const name of NAMES) delete process.env[name];
});
afterAll(() => {
  NAMES.forEach((name, index) => {
    const value = before[index];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  });
});

test("the dev stack and seed nodes have the published one", async () => {
  // Pulumi.dev.yaml's salt is of this passphrase: another would not open it.
  expect(await passphraseEnv("dev")).toEqual({ PULUMI_CONFIG_PASSPHRASE: "ephemery-rehearsal" });
  expect(await passphraseEnv("dev-seed")).toEqual({ PULUMI_CONFIG_PASSPHRASE: "ephemery-rehearsal" });
});

test("a user's stack has none that is published: without a file it is Pulumi's to ask", async () => {
  expect(await passphraseEnv("mynode")).toEqual({});
  expect(await passphraseEnv("developer")).toEqual({});
});

test("a stack that was made here has a file of its own", async () => {
  const file = await makePassphrase("made");
  expect(await passphraseEnv("made")).toEqual({ PULUMI_CONFIG_PASSPHRASE_FILE: file });
});

test.each(NAMES)("%s of the caller comes first, even when it is empty", async (name) => {
  await makePassphrase("made");
  process.env[name] = "";
  expect(await passphraseEnv("made")).toEqual({});
  expect(await passphraseEnv("dev")).toEqual({});
});

test("promise 6: a passphrase is 256 random bits in a file outside the tree that its owner alone can read", async () => {
  const files = [await makePassphrase("one"), await makePassphrase("two")];
  const texts = files.map((file) => readFileSync(file, "utf8"));
  expect(new Set(texts).size).toBe(2);
  for (const text of texts) expect(Buffer.from(text.trim(), "base64url")).toHaveLength(32);
  for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "data", "passphrases")).mode & 0o777).toBe(0o700);
});

test("promise 5: a passphrase that is there is never made anew", async () => {
  const file = await makePassphrase("kept");
  const text = readFileSync(file, "utf8");
  expect(await makePassphrase("kept")).toBe(file);
  expect(readFileSync(file, "utf8")).toBe(text);
});

describe("promise 9: where the passphrase is in this shell, a run without it has to have it from a file of variables", () => {
  const file = join(folder, "variables");

  test.each([
    ["that gives it", "AWS_REGION=x\nPULUMI_CONFIG_PASSPHRASE='a b'\n", true],
    ["that says which file has it", "PULUMI_CONFIG_PASSPHRASE_FILE=/run/passphrase\n", true],
    ["that gives others alone", "AWS_REGION=x\n", false],
    ["that gives it no more", "# PULUMI_CONFIG_PASSPHRASE=x\n", false],
    ["that gives one of a like name", "OLD_PULUMI_CONFIG_PASSPHRASE=x\nPULUMI_CONFIG_PASSPHRASES=x\n", false],
  ])("%s", async (_, text, opens) => {
    process.env.PULUMI_CONFIG_PASSPHRASE = "a b";
    writeFileSync(file, text, { mode: 0o600 });
    const looked = assertUnattended("mynode", file);
    if (opens) await expect(looked).resolves.toBeUndefined();
    else
      await expect(looked).rejects.toMatchObject({
        code: "passphrase",
        remedy: expect.stringContaining(`in ${file} by`),
      });
  });
});
