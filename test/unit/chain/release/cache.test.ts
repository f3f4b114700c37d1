// Tarballs on disk: what was put is found, what is damaged was never there, and the folder does not grow without end.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ReleaseCache } from "../../../../chain/release/cache";
import type { Tarball } from "../../../../chain/release/source";
import { sha256 } from "../../../support/release-site";

const A = "https://a.example/genesis";
const B = "https://b.example/genesis";

let folder = "";
let cache = new ReleaseCache(folder);
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "ephemery-cache-")), "releases");
  cache = new ReleaseCache(folder);
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

function tarball(source: string, iteration: number, content = `${source} ${iteration}`): Tarball {
  const bytes = new Uint8Array(Buffer.from(content));
  return { source, tag: `ephemery-${iteration}`, bytes, sha256: sha256(bytes), digestConfirmed: true, etag: '"e"' };
}

const files = (ending: string): string[] => readdirSync(folder).filter((name) => name.endsWith(ending));
const damage = (ending: string, content: string): void => {
  const names = files(ending);
  expect(names).not.toEqual([]);
  for (const name of names) writeFileSync(join(folder, name), content);
};

test("what was put is found, by its source and tag and by its digest", async () => {
  const first = tarball(A, 166);
  await cache.put(first);
  await cache.put({ ...tarball(B, 166), etag: undefined, digestConfirmed: false });
  const again = new ReleaseCache(folder);
  expect(await again.find(A, "ephemery-166")).toEqual(first);
  expect(await again.find(B, "ephemery-166")).toEqual({ ...tarball(B, 166), etag: undefined, digestConfirmed: false });
  expect(await again.findDigest(first.sha256)).toEqual(first);
  expect(files(".part")).toEqual([]);
});

test("what was not put is not found, whether or not the folder is there", async () => {
  for (const prepare of [() => undefined, () => cache.put(tarball(A, 166))]) {
    await prepare();
    expect(await cache.find(B, "ephemery-166")).toBeUndefined();
    expect(await cache.find(A, "ephemery-167")).toBeUndefined();
    expect(await cache.findDigest("0".repeat(64))).toBeUndefined();
    expect(await cache.newestTag([B])).toBeUndefined();
  }
});

test("what a source has anew under a tag takes the place of what it had", async () => {
  await cache.put(tarball(A, 166, "first build"));
  await cache.put(tarball(A, 166, "second build"));
  expect(await cache.find(A, "ephemery-166")).toEqual(tarball(A, 166, "second build"));
});

test("a tag can't lead out of the folder", async () => {
  const odd = { ...tarball(A, 1), tag: "../../ephemery/../1" };
  await cache.put(odd);
  expect(await cache.find(A, odd.tag)).toEqual(odd);
  expect(readdirSync(join(folder, ".."))).toEqual(["releases"]);
});

describe("the newest tag", () => {
  test("is that of the highest iteration that one of the sources had", async () => {
    for (const each of [tarball(A, 99), tarball(A, 166), tarball(A, 9), tarball(B, 167)]) await cache.put(each);
    await cache.put({ ...tarball(A, 1), tag: "v200" });
    expect(await cache.newestTag([A])).toBe("ephemery-166");
    expect(await cache.newestTag([A, B])).toBe("ephemery-167");
    expect(await cache.newestTag([])).toBeUndefined();
  });
});

describe("a damaged cache is one that never knew:", () => {
  test.each<[string, () => void]>([
    ["a tarball with other bytes", () => damage(".tar.gz", "other")],
    ["an empty tarball", () => damage(".tar.gz", "")],
    ["no tarball", () => files(".tar.gz").forEach((name) => void rmSync(join(folder, name)))],
    ["an entry that is empty", () => damage(".json", "")],
    ["an entry that is cut short", () => damage(".json", '{"source":"https')],
    ["an entry of other things", () => damage(".json", '{"hello":"world"}')],
    [
      "an entry that leads out of the folder",
      () => damage(".json", JSON.stringify({ ...tarball(A, 1), sha256: "../x" })),
    ],
  ])("%s", async (_, harm) => {
    const good = tarball(A, 166);
    await cache.put(good);
    harm();
    expect(await cache.find(A, good.tag)).toBeUndefined();
    expect(await cache.findDigest(good.sha256)).toBeUndefined();
    await expect(cache.newestTag([B])).resolves.toBeUndefined();
    await cache.put(tarball(B, 167));
    expect(await cache.find(B, "ephemery-167")).toEqual(tarball(B, 167));
    expect(await cache.newestTag([B])).toBe("ephemery-167");
    await cache.put(good);
    expect(await cache.find(A, good.tag)).toEqual(good);
  });

  test("an entry that can't be read at all", async () => {
    mkdirSync(join(folder, "folder.json"), { recursive: true });
    await cache.put(tarball(A, 166));
    expect(await cache.newestTag([A])).toBe("ephemery-166");
    expect(await cache.find(A, "ephemery-166")).toEqual(tarball(A, 166));
  });
});

describe("of many tarballs", () => {
  const age = (hours: number): void => {
    const then = new Date(Date.now() - hours * 3_600_000);
    for (const name of readdirSync(folder)) utimesSync(join(folder, name), then, then);
  };

  test("the eight that were put last are kept", async () => {
    for (let iteration = 1; iteration <= 12; iteration++) {
      await cache.put(tarball(A, iteration));
      for (const name of files(".json")) {
        const { tag } = JSON.parse(readFileSync(join(folder, name), "utf8"));
        const then = new Date(1_700_000_000_000 + Number(String(tag).slice(9)) * 1_000);
        utimesSync(join(folder, name), then, then);
      }
    }
    const found = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => (await cache.find(A, `ephemery-${n + 1}`)) !== undefined),
    );
    expect(found.map((there, n) => (there ? n + 1 : 0)).filter((n) => n > 0)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    expect([files(".json").length, files(".tar.gz").length]).toEqual([8, 8]);
  });

  test("one that several sources have stays while one of them is kept", async () => {
    const shared = tarball(A, 1, "shared");
    await cache.put(shared);
    age(1);
    for (let iteration = 2; iteration <= 8; iteration++) await cache.put(tarball(A, iteration));
    await cache.put({ ...shared, source: B });
    expect(await cache.find(A, shared.tag)).toBeUndefined();
    expect(await cache.find(B, shared.tag)).toEqual({ ...shared, source: B });
  });
});
