// Pulumi.<stack>.yaml as the CLI writes it and as people do.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadStackFile } from "../../../operations/stack-file";
import { ROOT } from "../../../toolchain/paths";

const stack = `stack-file-${process.pid}`;
const file = join(ROOT, `Pulumi.${stack}.yaml`);

afterEach(() => rmSync(file, { force: true }));

const load = (text: string) => {
  writeFileSync(file, text);
  return loadStackFile(stack);
};

test("the file of the dev stack is right", async () => {
  expect(await loadStackFile("dev")).toMatchObject({
    network: "rehearsal",
    validators: { count: 32, start: 96 },
    releaseSources: ["http://127.0.0.1:39438/ephemery-testnet/ephemery-genesis"],
  });
});

test.each([
  ["that is not there", undefined],
  ["that is empty", ""],
  ["with an empty config", "encryptionsalt: v1:abc=\nconfig:\n"],
  ["with another project's keys", "config:\n  other:network: nowhere\n"],
])("a file %s gives the defaults", async (_, text) => {
  if (text !== undefined) writeFileSync(file, text);
  expect(await loadStackFile(stack)).toMatchObject({ stack, network: "ephemery", validators: { count: 0 } });
});

// Written by `pulumi config set ephemery:feeRecipient 0xf39F…` (3.259): no quotes, because Go's YAML sees no number in it.
test("an address without quotes stays the address it is", async () => {
  const settings = await load(
    'config:\n  ephemery:feeRecipient: 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n  ephemery:validatorCount: "10"\n',
  );
  expect(settings.validators).toMatchObject({ feeRecipient: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", count: 10 });
});

test("an id of digits and an e, which YAML takes for a number, stays the id it is", async () => {
  expect(await load("config:\n  ephemery:id: 1e234567\n")).toMatchObject({ id: "1e234567" });
});

test("numbers, truth values and lists may be written as YAML has them", async () => {
  const settings = await load(
    "config:\n  ephemery:beaconP2pPort: 9100\n  ephemery:metrics: false\n  ephemery:executionExtraArgs:\n    - --verbosity=4\n    - --cache.preimages\n",
  );
  expect(settings).toMatchObject({
    host: { ports: { beacon: 9100 } },
    metrics: false,
    execution: { extraArgs: ["--verbosity=4", "--cache.preimages"] },
  });
});

test("a secret stays closed", async () => {
  const settings = await load("config:\n  ephemery:mnemonic:\n    secure: v1:2fJWmSA7am5tsLpw:uejJ\n");
  expect(settings.validators.mnemonicDigest).toBeUndefined();
});

test("a secret that stays closed is there all the same, where another key needs it", async () => {
  const lines = [
    "config:",
    "  ephemery:executionClient: external",
    "  ephemery:executionEndpoint: http://192.0.2.7:8551",
  ];
  const secret = ["  ephemery:executionJwtSecret:", "    secure: v1:2fJWmSA7am5tsLpw:uejJ"];
  expect((await load([...lines, ...secret, ""].join("\n"))).execution.client).toBe("external");
  await expect(load([...lines, ""].join("\n"))).rejects.toThrow("ephemery:executionJwtSecret is needed");
});

test("promise 6: a mnemonic in plain text is refused, and not shown", async () => {
  const words = `${"abandon ".repeat(11)}about`;
  const refused = load(`config:\n  ephemery:mnemonic: ${words}\n`);
  await expect(refused).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining("ephemery:mnemonic"),
  });
  await expect(refused).rejects.not.toThrow("abandon");
});

test("promise 9: all mistakes are told at once, each with its key", async () => {
  const refused = load(
    "config:\n  ephemery:validatorCont: 3\n  ephemery:beaconP2pPort: 99999\n  ephemery:network: rehersal\n",
  );
  await expect(refused).rejects.toMatchObject({
    code: "config",
    remedy: expect.stringContaining(`Pulumi.${stack}.yaml`),
  });
  for (const part of ["3 mistakes", "validatorCont ", "validatorCount?", "99999", '"rehearsal"?'])
    await expect(refused).rejects.toThrow(part);
});

test.each([
  ["that is no YAML", "config:\n  - [\n"],
  ["whose config is a list", "config:\n  - ephemery:network\n"],
])("promise 9: a file %s is named", async (_, text) => {
  await expect(load(text)).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining(`Pulumi.${stack}.yaml is not readable`),
    remedy: expect.stringContaining("Mend the file"),
  });
});
