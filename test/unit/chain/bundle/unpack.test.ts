// Unpacking a release's tarball: both layouts are read, and nothing that could do harm or goes on for ever.

import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { unpack } from "../../../../chain/bundle/unpack";
import { BUNDLES, entriesOf, FULU_166 } from "../../../support/bundles";
import { openTar, type TarEntry, tar } from "../../../support/tar";

const MIB = 2 ** 20;
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const file = (name: string, text = "x"): TarEntry => ({ name, bytes: bytes(text) });
const packed = (...entries: readonly TarEntry[]): Uint8Array => gzipSync(tar(entries));
const refusal = (why: string | RegExp): object => ({
  name: "Problem",
  code: "bundle-refused",
  message: expect.stringMatching(why),
  remedy: expect.stringContaining("Nothing was changed."),
});
const refused = (tarball: Uint8Array, why: string | RegExp): Promise<void> =>
  expect(unpack(tarball)).rejects.toMatchObject(refusal(why));

describe.each(BUNDLES)("$name", ({ standard, legacy }) => {
  test("has the same files in either layout, byte for byte", async () => {
    const files = await unpack(standard);
    const flat = await unpack(legacy);
    for (const [path, content] of entriesOf(standard)) {
      const name = path.replace("metadata/", "");
      if (name.includes("/")) continue;
      expect([name, Buffer.compare(files.get(name) ?? bytes(""), content)]).toEqual([name, 0]);
      expect([name, Buffer.compare(flat.get(name) ?? bytes(""), content)]).toEqual([name, 0]);
    }
    for (const name of ["genesis.json", "genesis.ssz", "config.yaml", "retention.vars"]) {
      expect([...files.keys()]).toContain(name);
    }
  });
});

test("only files at the top and in metadata/ are kept", async () => {
  const files = await unpack(
    packed(
      { name: "metadata/", type: "5" },
      file("./metadata/config.yaml", "a"),
      file("./retention.vars", "b"),
      file("genesis.json", "c"),
      file("parsed/config.yaml"),
      file("bootnode-keys/config.yaml"),
      file("metadata/deeper/config.yaml"),
    ),
  );
  const texts = [...files].map(([name, content]) => [name, Buffer.from(content).toString()]);
  expect(Object.fromEntries(texts)).toEqual({ "config.yaml": "a", "retention.vars": "b", "genesis.json": "c" });
});

describe("a path that leaves the folder is refused, wherever it leads", () => {
  test.each([
    "../genesis.json",
    "..",
    "metadata/../../genesis.json",
    "metadata/..",
    "parsed/../../../etc/cron.d/x",
    "..\\genesis.json",
    "metadata\\..\\..\\x",
    "/etc/passwd",
    "/genesis.json",
  ])("%s", async (name) => {
    await refused(packed(file("genesis.json"), file(name)), "leaves its folder");
  });

  test("also in an extended header", async () => {
    const path = "path=../../evil\n";
    const record = bytes(`${path.length + 3} ${path}`);
    await refused(packed({ name: "pax", type: "x", bytes: record }, file("harmless")), "leaves its folder");
  });
});

describe("anything but files and folders is refused, and named", () => {
  test.each([
    ["a symlink", "2"],
    ["a hard link", "1"],
    ["a character device", "3"],
    ["a block device", "4"],
    ["a FIFO", "6"],
  ])("%s", async (_, type) => {
    const entry = { name: "metadata/genesis.json", type, link: "/etc/passwd" };
    await refused(packed(entry), /"metadata\/genesis.json" is neither a file nor a folder/);
  });
});

test.each([
  ["in one folder", ["metadata/config.yaml", "metadata/config.yaml"]],
  ["in two folders", ["metadata/config.yaml", "config.yaml"]],
  ["in two spellings", ["config.yaml", "./config.yaml"]],
])("a file that is there twice, %s, is refused: readers might take either", async (_, names) => {
  await refused(packed(...names.map((name) => file(name))), "config.yaml is in it twice");
});

describe("too much is refused", () => {
  const many = (count: number): TarEntry[] => Array.from({ length: count }, (_, n) => file(`parsed/${n}`, ""));
  /** Gzip members one after the other are one stream: a bomb that is quick to make. */
  const zeros = gzipSync(Buffer.alloc(32 * MIB));
  const claimed = (name: string, size: number): Uint8Array => gzipSync(openTar([{ name, size }]));

  test("501 entries, though not 500", async () => {
    await expect(unpack(packed(...many(500)))).resolves.toEqual(new Map());
    await refused(packed(...many(501)), "more than 500 entries");
  });

  test("a file of more than 128 MiB, by what its header claims, wanted or not", async () => {
    await refused(claimed("genesis.ssz", 128 * MIB + 1), '"genesis.ssz" has more than 134217728 bytes');
    await refused(claimed("parsed/state.json", 128 * MIB + 1), "has more than 134217728 bytes");
    await refused(claimed("genesis.ssz", 128 * MIB), "truncated");
  });

  test("more than 512 MiB in all, in files that are passed over", async () => {
    const large = (n: number): Uint8Array[] => [claimed(`parsed/${n}`, 128 * MIB), ...Array(4).fill(zeros)];
    const bomb = Buffer.concat([0, 1, 2, 3].flatMap(large));
    expect(bomb.length).toBeLessThan(MIB);
    await refused(bomb, "it unpacks to more than 536870912 bytes");
  });
});

describe("what is no tarball is refused", () => {
  test.each([
    ["nothing", new Uint8Array()],
    ["a web page", bytes("<!doctype html><title>Sign in</title>")],
    ["a tar that is not zipped", tar([file("genesis.json")])],
    ["a zipped web page", gzipSync("<!doctype html><title>Sign in</title>")],
    ["zipped noise", gzipSync(Buffer.alloc(4096, "ephemery"))],
    ["the first bytes of gzip alone", new Uint8Array([0x1f, 0x8b])],
    [
      "gzip with a wrong checksum",
      packed(file("genesis.json")).map((byte, at, all) => (at === all.length - 6 ? byte ^ 1 : byte)),
    ],
    ["a tar that ends inside a file", gzipSync(tar([file("genesis.json", "x".repeat(600))]).subarray(0, 1000))],
    ["a tar that ends inside a header", gzipSync(tar([file("genesis.json")]).subarray(0, 300))],
  ])("%s", async (_, tarball) => {
    await refused(tarball, "it is truncated or not a tar.gz");
  });

  test("a release cut short anywhere", async () => {
    const whole = FULU_166.standard;
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        await refused(whole.subarray(0, length), "it is truncated or not a tar.gz");
      }),
      { numRuns: 25, examples: [[whole.length - 1], [whole.length - 8]] },
    );
  });

  const noise = (length: number): string =>
    Array.from({ length }, (_, n) => String.fromCharCode(33 + ((n * 7919) % 89))).join("");
  const archive = tar([
    file("metadata/genesis.json", noise(700)),
    file("metadata/config.yaml", noise(300)),
    file("retention.vars"),
  ]);
  const turned = (whole: Uint8Array, at: number, bit: number): Uint8Array =>
    whole.map((byte, index) => (index === at ? byte ^ (1 << bit) : byte));
  const shown = (files: unknown): unknown =>
    files instanceof Map ? [...files].map(([name, content]) => [name, Buffer.from(content).toString("hex")]) : files;
  const outcome = async (tarball: Uint8Array): Promise<unknown> =>
    shown(await unpack(tarball).catch((thrown: unknown) => thrown));

  test("a tarball with a bit turned over anywhere is refused, or has the same files", async () => {
    const whole = new Uint8Array(gzipSync(archive));
    const same = await outcome(whole);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (at, bit) => {
        const found = await outcome(turned(whole, at, bit));
        expect(Array.isArray(found) ? found : [found]).toEqual(
          Array.isArray(found) ? same : [expect.objectContaining(refusal(""))],
        );
      }),
      { numRuns: 200 },
    );
  });

  test("a tar with a bit turned over in a header has an end: files, or a refusal", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(511), fc.nat(7), async (at, bit) => {
        const found = await outcome(gzipSync(turned(archive, at, bit)));
        if (!Array.isArray(found)) expect(found).toMatchObject(refusal(""));
      }),
      { numRuns: 200 },
    );
  });
});
