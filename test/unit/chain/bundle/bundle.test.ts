// Reading a bundle's files: what is missing or unreadable is refused, and named.

import { readBundle } from "../../../../chain/bundle/bundle";
import { BUNDLES, changed, FULU_166, filesOf } from "../../../support/bundles";

const FILES = filesOf(FULU_166);
const without = (name: string): Map<string, Uint8Array> => new Map([...FILES].filter(([each]) => each !== name));
const refusal = (name: string, why: string): object => ({
  name: "Problem",
  code: "bundle-refused",
  message: expect.stringMatching(new RegExp(`^${name} of the release could not be read: .*${why}`, "s")),
  remedy: expect.stringContaining("Nothing was changed."),
});

const NEEDED = ["genesis.json", "genesis.ssz", "config.yaml", "retention.vars", "besu.json", "chainspec.json"] as const;
const TEXTS = [
  ...NEEDED.filter((name) => name !== "genesis.ssz"),
  "nodevars_env.txt",
  "enodes.txt",
  "bootstrap_nodes.txt",
];

test.each(BUNDLES)("$name is read", async (bundle) => {
  await expect(readBundle(filesOf(bundle))).resolves.toBeDefined();
});

describe.each(NEEDED)("%s", (name) => {
  test("is needed", async () => {
    await expect(readBundle(without(name))).rejects.toMatchObject(refusal(name, "it is missing"));
  });

  test.each([
    ["empty", ""],
    ["a web page", "<!doctype html><title>Sign in</title>"],
    ["a list", "[]"],
    ["null", "null"],
  ])("is refused when it is %s", async (_, content) => {
    await expect(readBundle(changed(FILES, name, () => content))).rejects.toMatchObject(refusal(name, ""));
  });
});

test.each(TEXTS)("%s is refused when it is no text", async (name) => {
  const binary = new Map([...FILES, [name, new Uint8Array([0x41, 0xff, 0xfe, 0x0a])]]);
  await expect(readBundle(binary)).rejects.toMatchObject(refusal(name, ""));
});

test.each([
  ["genesis.json", /"balance": *"\d+"/, '"balance": "lots"'],
  ["besu.json", /"balance": *"\d+"/, '"balance": "lots"'],
  ["chainspec.json", /"balance": *"\d+"/, '"balance": "0x"'],
  ["besu.json", /"nonce": *"1"/, '"nonce": "one"'],
  ["chainspec.json", /("storage": *\{\s*"[^"]+": *)"[^"]+"/, '$1"nothing"'],
  ["besu.json", /"timestamp": *"\d+"/, '"timestamp": "now"'],
])("%s is refused with %s as %s", async (name, pattern, replacement) => {
  const files = changed(FILES, name, (text) => text.replace(pattern, replacement));
  expect(files.get(name)).not.toEqual(FILES.get(name));
  await expect(readBundle(files)).rejects.toMatchObject(refusal(name, ""));
});

test("a mistake is told in one line, with where it is", async () => {
  const files = changed(FILES, "config.yaml", (text) => text.replace(/^GENESIS_DELAY: .*$/m, "GENESIS_DELAY: soon"));
  await expect(readBundle(files)).rejects.toMatchObject({ message: expect.stringMatching(/^.*GENESIS_DELAY.*$/) });
});

test("nodevars and bootnodes are not needed", async () => {
  const files = new Map(
    [...FILES].filter(([name]) => !["nodevars_env.txt", "enodes.txt", "bootstrap_nodes.txt"].includes(name)),
  );
  expect(await readBundle(files)).toMatchObject({
    nodevars: { genesisBlock: undefined, genesisValidatorsRoot: undefined },
    bootnodes: { execution: [], beacon: [] },
  });
});

test("bootnodes are the lines that are nodes, without comments and spaces", async () => {
  const enodes = "# ours\r\n enode://aa@192.0.2.1:30303 \r\n\r\nenode://bb@192.0.2.2:30303\n$(id)\nhttp://x.example";
  const enrs = "enr:-first\n#enr:-second\n- enr:-third\nenr:-fourth";
  const files = changed(
    changed(FILES, "enodes.txt", () => enodes),
    "bootstrap_nodes.txt",
    () => enrs,
  );
  expect((await readBundle(files)).bootnodes).toEqual({
    execution: ["enode://aa@192.0.2.1:30303", "enode://bb@192.0.2.2:30303"],
    beacon: ["enr:-first", "enr:-fourth"],
  });
});
