// What a node gets of a release, from a real bundle: the files, what is derived from them, and their digest.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { z } from "zod";
import { type BundleFiles, unpack } from "../../../chain/bundle/unpack";
import { filesDigest, genesisFiles } from "../../../clients/genesis-files";
import { PRYSM_CONFIG, prysmConfig } from "../../../clients/prysm";

let bundle: BundleFiles;
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
const keys = (yaml: string): Record<string, unknown> => z.record(z.string(), z.unknown()).parse(parse(yaml));

beforeAll(async () => {
  const tarball = readFileSync(join(__dirname, "../../testdata/fulu-166-network-config.tar.gz"));
  bundle = await unpack(tarball);
});

const without = (...names: string[]): BundleFiles => new Map([...bundle].filter(([name]) => !names.includes(name)));

const FILES = [
  "besu.json",
  "bootstrap_nodes.txt",
  "bootstrap_nodes.yaml",
  "chainspec.json",
  "config.prysm.yaml",
  "config.yaml",
  "deposit_contract.txt",
  "deposit_contract_block.txt",
  "deposit_contract_block_hash.txt",
  "enodes.txt",
  "genesis.json",
  "genesis.ssz",
];

test("a node gets the files its clients read, in one order, and nothing else of the bundle", () => {
  expect([...genesisFiles(bundle).keys()]).toEqual(FILES);
});

test("the bundle's own files are passed on byte for byte", () => {
  for (const [name, bytes] of genesisFiles(bundle)) {
    if (name !== "config.prysm.yaml") expect(bytes).toEqual(bundle.get(name));
  }
});

test("a bundle without the deposit contract's block gets block 0, one without bootnode lists goes without", () => {
  const files = genesisFiles(without("deposit_contract_block.txt", "enodes.txt"));
  expect(text(files.get("deposit_contract_block.txt"))).toBe("0\n");
  expect([...files.keys()]).toEqual(FILES.filter((name) => name !== "enodes.txt"));
});

test("Prysm's copy is where its flag says, among the other files", () => {
  expect(PRYSM_CONFIG).toBe("/genesis/config.prysm.yaml");
  expect(genesisFiles(bundle).has("config.prysm.yaml")).toBe(true);
});

test("Prysm's copy has every key of the real file but those Prysm objects to, and Gloas put off for ever", () => {
  const files = genesisFiles(bundle);
  const { EPHEMERY_RESET_PERIOD, NUMBER_OF_COLUMNS, ...kept } = keys(text(files.get("config.yaml")));
  // Were they gone from the releases, leaving them out would prove nothing.
  expect([EPHEMERY_RESET_PERIOD, NUMBER_OF_COLUMNS]).not.toContain(undefined);
  expect(keys(text(files.get("config.prysm.yaml")))).toEqual({
    ...kept,
    GLOAS_FORK_VERSION: expect.anything(),
    GLOAS_FORK_EPOCH: 2 ** 64,
  });
  expect(text(files.get("config.prysm.yaml"))).toMatch(/^GLOAS_FORK_VERSION: 0x8000101b$/m);
  expect(text(files.get("config.prysm.yaml"))).toMatch(/^GLOAS_FORK_EPOCH: 18446744073709551615$/m);
});

const PUT_OFF = { GLOAS_FORK_VERSION: "0x8000101b", GLOAS_FORK_EPOCH: "18446744073709551615" };

test.each([
  ["nothing", "", PUT_OFF],
  ["its version and epoch", "GLOAS_FORK_VERSION: 0x8000101c\nGLOAS_FORK_EPOCH: 100\n", {}],
  ["its version alone", "GLOAS_FORK_VERSION: 0x8000101c\n", { GLOAS_FORK_EPOCH: PUT_OFF.GLOAS_FORK_EPOCH }],
  ["its epoch alone, in lines of Windows", "A: 1\r\nGLOAS_FORK_EPOCH: 7\r\nB: 2", { GLOAS_FORK_VERSION: "0x8000101b" }],
])("Prysm's copy takes what the release says of Gloas: %s", (_, config, added) => {
  const entries = (text: string) =>
    Object.fromEntries([...text.matchAll(/^(\w+): (\S+)\r?$/gm)].map(([, key, value]) => [key, value]));
  const copy = prysmConfig(config);
  expect(entries(copy)).toEqual({ ...entries(config), ...added });
  expect(copy).toMatch(/[^\n]\n$/);
  expect(copy).not.toContain("\r");
});

test("Prysm's copy of its own copy is the same again", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[A-Z_]{1,12}: [0-9a-fx]{1,8}$/)), (lines) => {
      const once = prysmConfig(lines.join("\n"));
      expect(prysmConfig(once)).toBe(once);
    }),
  );
});

type Files = readonly (readonly [string, string])[];
const digestOf = (files: Files): string => filesDigest(new Map(files.map(([name, text]) => [name, Buffer.from(text)])));

test("a set of files has one digest", () => {
  const files: Files = [
    ["a", "1"],
    ["b", "2"],
  ];
  expect(digestOf(files)).toMatch(/^[0-9a-f]{64}$/);
  expect(digestOf(files)).toBe(digestOf([...files]));
});

test("sets of files whose names and contents run into each other have other digests", () => {
  const alike: Files[] = [
    [["ab", "cd"]],
    [["a", "bcd"]],
    [["abc", "d"]],
    [
      ["a", "b"],
      ["c", "d"],
    ],
    [
      ["a", ""],
      ["b", "cd"],
    ],
    [
      ["a", "bc"],
      ["d", ""],
    ],
  ];
  expect(new Set(alike.map((files) => files.flat().join("")))).toEqual(new Set(["abcd"]));
  expect(new Set(alike.map(digestOf)).size).toBe(alike.length);
});
