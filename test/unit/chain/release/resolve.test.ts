// From sources and cache to verified facts, with a real server and real bundles: whatever a source does, either
// the right chain comes of it or a problem that says what each source did.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { EPHEMERY_CLOCK } from "../../../../chain/iteration";
import { ReleaseCache } from "../../../../chain/release/cache";
import { newestIteration, type ReleaseOptions, resolveRelease } from "../../../../chain/release/resolve";
import { changed, FULU_166, filesOf, repacked } from "../../../support/bundles";
import { type Answer, type Asked, releaseSite, type Site, sha256 } from "../../../support/release-site";

const TAG = "ephemery-166";
const STANDARD = `${TAG}/network-config.tar.gz`;
const REBUILT = repacked(changed(filesOf(FULU_166), "bootstrap_nodes.txt", () => "enr:-other\n"));
const TAMPERED = repacked(
  changed(filesOf(FULU_166), "retention.vars", (text) => text.replace(/(CHAIN_ID=").*"/, '$139438999"')),
);

const folder = mkdtempSync(join(tmpdir(), "ephemery-resolve-"));
const sites: Site[] = [];
afterAll(async () => {
  await Promise.all(sites.map((each) => each.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** A source with the release of iteration 166, or with another tarball in its place. */
async function site(tarball: Uint8Array = FULU_166.standard, change: Partial<Site> = {}): Promise<Site> {
  const made = Object.assign(await releaseSite(TAG), change);
  made.assets.set(STANDARD, tarball);
  sites.push(made);
  return made;
}

/** A source that announces the release, and has no files of it yet. */
async function empty(): Promise<Site> {
  const made = await site();
  made.assets.clear();
  return made;
}

const broken = (answer: Answer): Partial<Site> => ({ instead: () => answer });

/** A source that was there once. */
async function gone(): Promise<Site> {
  const made = await site();
  await made.close();
  return made;
}

/** Each test has a cache of its own. */
const options = (...all: readonly Site[]): ReleaseOptions => ({
  sources: all.map(({ source }) => source),
  clock: undefined,
  cache: new ReleaseCache(mkdtempSync(join(folder, "cache-"))),
});

const downloads = (asked: readonly Asked[]): number => asked.filter(({ path }) => path.startsWith("/store/")).length;
const problem = (code: string, ...lines: readonly string[]): object => ({
  name: "Problem",
  code,
  message: expect.stringMatching(
    new RegExp(lines.map((line) => line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("[\\s\\S]*")),
  ),
  remedy: expect.stringContaining("Nothing was changed."),
});

describe("a release", () => {
  test("is downloaded, verified and kept, with where it came from", async () => {
    const { source } = await site();
    const { facts, notes } = await resolveRelease(166, { ...options(), sources: [source] });
    expect(facts).toMatchObject({
      iteration: 166,
      chainId: 39_438_166,
      release: { tag: TAG, source, sha256: sha256(FULU_166.standard) },
    });
    expect(notes).toEqual([]);
  });

  test("that did not change is not downloaded again", async () => {
    const made = await site();
    const asking = options(made);
    const first = await resolveRelease(166, asking);
    const again = await resolveRelease(166, asking);
    expect(again.facts).toEqual(first.facts);
    expect(made.asked.filter(({ etag }) => etag !== undefined).map(({ etag }) => etag)).toContain(
      `"${sha256(FULU_166.standard)}"`,
    );
    expect(downloads(made.asked)).toBe(2);
  });

  test("that was built anew is downloaded anew, and is the same chain", async () => {
    const made = await site();
    const asking = options(made);
    const first = await resolveRelease(166, asking);
    made.assets.set(STANDARD, REBUILT);
    const again = await resolveRelease(166, asking);
    expect(again.facts.identity).toBe(first.facts.identity);
    expect(again.facts.release.sha256).toBe(sha256(REBUILT));
    expect(again.facts.bootnodes.beacon).toEqual(["enr:-other"]);
  });

  test("without a digest to confirm is told with the one it has", async () => {
    const made = await site(FULU_166.standard, { digests: 403 });
    expect((await resolveRelease(166, options(made))).notes).toEqual([
      `${made.source} names no digest for ephemery-166; its sha256 is ${sha256(FULU_166.standard)}.`,
    ]);
  });

  test("with another period than the clock's is taken, and that is told", async () => {
    const { notes, facts } = await resolveRelease(166, { ...options(await site()), clock: EPHEMERY_CLOCK });
    expect(notes).toEqual([expect.stringContaining(`lasts ${facts.period} s, not 2419200 s`)]);
  });

  test("is taken although it can't be kept, and that is told", async () => {
    const path = join(mkdtempSync(join(folder, "cache-")), "a-file");
    writeFileSync(path, "");
    const cache = new ReleaseCache(join(path, "releases"));
    const { facts, notes } = await resolveRelease(166, { ...options(await site()), cache });
    expect(facts.iteration).toBe(166);
    expect(notes).toEqual([expect.stringContaining("ENOTDIR")]);
  });
});

describe("of several sources", () => {
  const cases: [string, () => Promise<readonly Site[]>, number][] = [
    ["the first is taken", async () => [await site(), await site()], 0],
    ["one that is gone is passed over", async () => [await gone(), await site()], 1],
    [
      "one whose quota is exhausted is passed over",
      async () => [await site(undefined, broken({ status: 403 })), await site()],
      1,
    ],
    ["one out of order is passed over", async () => [await site(undefined, broken({ status: 502 })), await site()], 1],
    [
      "one that sends a web page is passed over",
      async () => [await site(undefined, broken({ status: 200, body: "<html>" })), await site()],
      1,
    ],
    [
      "one that sends half is passed over",
      async () => [await site(undefined, broken({ half: FULU_166.standard })), await site()],
      1,
    ],
    [
      "one whose tarball is cut short is passed over",
      async () => [await site(FULU_166.standard.subarray(0, 9_000)), await site()],
      1,
    ],
    ["one whose files are not there yet is passed over", async () => [await empty(), await site()], 1],
    [
      "one whose digest is another is passed over",
      async () => [await site(FULU_166.standard, { digests: "wrong" }), await site()],
      1,
    ],
    ["one whose bundle does not agree with itself is passed over", async () => [await site(TAMPERED), await site()], 1],
  ];
  test.concurrent.each(cases)("%s", async (_, prepare, taken) => {
    const all = await prepare();
    const { facts } = await resolveRelease(166, options(...all));
    expect(facts.release.source).toBe(all[taken]?.source);
  });
});

describe("without a release to be had there is a problem that says what each source did:", () => {
  const cases: [string, () => Promise<readonly Site[]>, string, (...sources: string[]) => readonly string[]][] = [
    [
      "none can be reached",
      async () => [await gone(), await site(undefined, broken({ status: 500 }))],
      "release-unreachable",
      (a = "", b = "") => ["No release source answered:", `${a} `, "ECONNREFUSED", `${b} answered 500`],
    ],
    [
      "a quota is exhausted",
      async () => [await site(undefined, broken({ status: 403 }))],
      "release-unreachable",
      (a = "") => [`${a} answered 403`],
    ],
    [
      "a web page comes back",
      async () => [await site(undefined, broken({ status: 200, body: "<html>" }))],
      "release-unreachable",
      (a = "") => [`${a} sent something else than network-config.tar.gz`],
    ],
    [
      "half of it comes back",
      async () => [await site(undefined, broken({ half: FULU_166.standard }))],
      "release-unreachable",
      (a = "") => [`${a} `],
    ],
    [
      "its files are not there yet",
      async () => [await gone(), await empty()],
      "release-incomplete",
      (a = "", b = "") => [`${a} `, `${b} ephemery-166 has no network-config.tar.gz or testnet-all.tar.gz yet`],
    ],
    [
      "nothing changed, says a source that was never asked",
      async () => [await site(undefined, broken({ status: 304 }))],
      "release-unreachable",
      (a = "") => [`${a} says ephemery-166 is unchanged, but it was never downloaded`],
    ],
    [
      "its digest is another",
      async () => [await site(FULU_166.standard, { digests: "wrong" })],
      "release-refused",
      (a = "") => [a, sha256(FULU_166.standard), "0".repeat(64)],
    ],
    [
      "it is cut short",
      async () => [await site(FULU_166.standard.subarray(0, 9_000))],
      "bundle-refused",
      (a = "") => [`ephemery-166 of ${a}`, "truncated"],
    ],
    [
      "a file is missing",
      async () => [await site(gzipSync(Buffer.alloc(1024)))],
      "bundle-refused",
      (a = "") => [`ephemery-166 of ${a}`, "genesis.json", "missing"],
    ],
    [
      "it does not agree with itself",
      async () => [await site(TAMPERED), await gone()],
      "bundle-refused",
      (a = "") => [`ephemery-166 of ${a}`, "chain-id-and-clock: retention.vars CHAIN_ID is 39438999, not 39438166"],
    ],
  ];
  test.concurrent.each(cases)("promise 9: %s", async (_, prepare, code, lines) => {
    const all = await prepare();
    const asking = options(...all);
    await expect(resolveRelease(166, asking)).rejects.toMatchObject(
      problem(code, ...lines(...all.map(({ source }) => source))),
    );
    expect(await asking.cache.find(all[0]?.source ?? "", TAG)).toBeUndefined();
  });

  test("the bundle of another iteration is under its tag", async () => {
    const made = await site();
    made.assets.set("ephemery-167/network-config.tar.gz", FULU_166.standard);
    await expect(resolveRelease(167, options(made))).rejects.toMatchObject(
      problem("bundle-refused", "ephemery-167 of", "iteration: genesis.ssz validator 0 withdrawal address"),
    );
  });

  test("the genesis time is not the clock's", async () => {
    const clock = { genesis0: 0, period: 14_400 };
    await expect(resolveRelease(166, { ...options(await site()), clock })).rejects.toMatchObject(
      problem("bundle-refused", "genesis.json timestamp of iteration 166 is 1795114800, not 2390400"),
    );
  });
});

describe("promise 3: a source that was there once and is not now changes nothing:", () => {
  const outages: [string, (made: Site) => Promise<void> | void][] = [
    ["it is gone", (made) => made.close()],
    ["its quota is exhausted", (made) => void Object.assign(made, broken({ status: 403 }))],
    ["it is out of order", (made) => void Object.assign(made, broken({ status: 503 }))],
    ["it sends web pages", (made) => void Object.assign(made, broken({ status: 200, body: "<html>" }))],
    ["it sends half of another build", (made) => void Object.assign(made, broken({ half: REBUILT }))],
  ];
  test.concurrent.each(outages)("%s", async (_, fail) => {
    const made = await site();
    const asking = options(made);
    const before = await resolveRelease(166, asking);
    await fail(made);
    expect((await resolveRelease(166, asking)).facts).toEqual(before.facts);
  });

  const damages: [string, string][] = [
    ["its tarball", ".tar.gz"],
    ["its entry", ".json"],
  ];
  test.concurrent.each(damages)(
    "with %s damaged in the cache, it is downloaded again, or is not to be had",
    async (_, ending) => {
      const made = await site();
      const path = mkdtempSync(join(folder, "cache-"));
      const asking = { ...options(made), cache: new ReleaseCache(path) };
      const harm = (): void => {
        for (const name of readdirSync(path).filter((each) => each.endsWith(ending)))
          writeFileSync(join(path, name), "x");
      };
      const before = await resolveRelease(166, asking);
      harm();
      expect((await resolveRelease(166, asking)).facts).toEqual(before.facts);
      expect(made.asked.every(({ etag }) => etag === undefined)).toBe(true);
      harm();
      await made.close();
      await expect(resolveRelease(166, asking)).rejects.toMatchObject(problem("release-unreachable", made.source));
    },
  );
});

describe("the newest iteration", () => {
  test.concurrent("is that of the first source that names one", async () => {
    const [odd, none, right] = [
      await site(undefined, { latest: "v1.2" }),
      await site(undefined, { latest: undefined }),
      await site(),
    ];
    const newer = await site(undefined, { latest: "ephemery-170" });
    expect(await newestIteration(options(await gone(), odd, none, right, newer))).toEqual({
      iteration: 166,
      source: right.source,
      date: expect.any(Number),
    });
    expect(newer.asked).toEqual([]);
  });

  test.concurrent("promise 3: is not known where no source names one, and what each said is told", async () => {
    const all = [
      await gone(),
      await site(undefined, broken({ status: 403 })),
      await site(undefined, { latest: "v1.2" }),
      await site(undefined, { latest: undefined }),
      await site(undefined, broken({ status: 200, body: "<html>" })),
    ];
    const [a = "", b = "", c = "", d = "", e = ""] = all.map(({ source }) => source);
    await expect(newestIteration(options(...all))).rejects.toMatchObject(
      problem(
        "release-unreachable",
        "No release source answered:",
        `${a} `,
        `${b} answered 403`,
        `${c} has v1.2, which is no iteration`,
        `${d} has no release`,
        `${e} answered 200 without a release to go to`,
      ),
    );
  });

  test.concurrent("is not known, and the time is: the first source that said no has told it", async () => {
    const dated = (date: string): Partial<Site> => broken({ status: 403, headers: { date } });
    const all = [
      await gone(),
      await site(undefined, broken({ status: 500, timeless: true })),
      await site(undefined, dated("Thu, 19 Nov 2026 19:00:00 GMT")),
      await site(undefined, dated("Thu, 19 Nov 2026 20:00:00 GMT")),
    ];
    await expect(newestIteration(options(...all))).rejects.toMatchObject({ date: 1_795_114_800 });
  });

  test.concurrent("is asked for once, where something waits that can do without it", async () => {
    const made = await site(undefined, broken({ status: 500 }));
    await expect(newestIteration({ ...options(made), hurry: true })).rejects.toThrow("answered 500");
    expect(made.asked).toHaveLength(1);
    await expect(resolveRelease(166, { ...options(made), hurry: true })).rejects.toThrow("answered 500");
    expect(made.asked).toHaveLength(2);
  });

  test("is asked for without the API's quota", async () => {
    const made = await site();
    await newestIteration(options(made));
    expect(made.asked.map(({ path }) => path)).toEqual([expect.stringMatching("/releases/latest$")]);
  });
});
