// A release source: the tag its redirect names, its tarballs, and the digests of its API.

import { HttpFailure } from "../../../../chain/release/http";
import { downloadTarball, latestRelease, NotYet, WrongDigest } from "../../../../chain/release/source";
import { FULU_166 } from "../../../support/bundles";
import { type Answer, releaseSite, type Site, sha256 } from "../../../support/release-site";

const TAG = "ephemery-166";
const STANDARD = `${TAG}/network-config.tar.gz`;
const LEGACY = `${TAG}/testnet-all.tar.gz`;
const sites: Site[] = [];

async function site(change: Partial<Site> = {}): Promise<Site> {
  const made = Object.assign(await releaseSite(TAG), change);
  made.assets.set(`${TAG}/genesis.json`, new Uint8Array([0x7b]));
  made.assets.set(STANDARD, FULU_166.standard);
  sites.push(made);
  return made;
}

afterAll(async () => {
  await Promise.all(sites.map((each) => each.close()));
});

/** Always the same answer after a path. */
const at =
  (path: string, answer: Answer) =>
  (asked: string): Answer | undefined =>
    asked.includes(path) ? answer : undefined;

describe("the newest release", () => {
  test("is the one that releases/latest leads to; nothing else is asked", async () => {
    const { source, asked } = await site();
    expect(await latestRelease(source)).toEqual({ tag: TAG, date: expect.any(Number) });
    expect(asked.map(({ path }) => path)).toEqual(["/ephemery-testnet/ephemery-genesis/releases/latest"]);
  });

  test.each<[string, Answer, string | undefined]>([
    ["in a path alone", { status: 302, headers: { location: "/a/b/releases/tag/ephemery-167" } }, "ephemery-167"],
    ["in an escaped tag", { status: 301, headers: { location: "https://x.example/a/b/releases/tag/v%2B1" } }, "v+1"],
    [
      "nowhere, where there is none",
      { status: 302, headers: { location: "https://x.example/a/b/releases" } },
      undefined,
    ],
    ["nowhere, where there is no such repository", { status: 404 }, undefined],
  ])("is named %s", async (_, answer, tag) => {
    const { source } = await site({ instead: at("releases/latest", answer) });
    expect((await latestRelease(source)).tag).toBe(tag);
  });

  test.each<[string, Answer]>([
    ["a web page", { status: 200, body: "<title>Sign in</title>" }],
    ["a redirect to a sign-in", { status: 302, headers: { location: "https://portal.example/login" } }],
    ["a redirect to nowhere", { status: 302 }],
    ["a redirect into a tag", { status: 302, headers: { location: "/a/b/releases/tag/v1/edit" } }],
  ])("is unknown where %s comes back: that is a failure, and no release", async (_, answer) => {
    const { source } = await site({ instead: at("releases/latest", answer) });
    await expect(latestRelease(source)).rejects.toBeInstanceOf(HttpFailure);
  });

  test("comes with the clock of the source", async () => {
    const location = "/a/b/releases/tag/ephemery-166";
    const headers = { location, date: "Thu, 19 Nov 2026 19:00:01 GMT" };
    const { source } = await site({ instead: at("releases/latest", { status: 302, headers }) });
    expect((await latestRelease(source)).date).toBe(1_795_114_801);
  });
});

describe("a tarball", () => {
  test("is downloaded through the redirect, and its digest is the API's", async () => {
    const { source, asked } = await site();
    expect(await downloadTarball(source, TAG)).toEqual({
      source,
      tag: TAG,
      bytes: FULU_166.standard,
      sha256: sha256(FULU_166.standard),
      digestConfirmed: true,
      etag: `"${sha256(FULU_166.standard)}"`,
    });
    expect(asked.map(({ path }) => path)).toContain(
      "/api/v3/repos/ephemery-testnet/ephemery-genesis/releases/tags/ephemery-166",
    );
  });

  test("is found where the address of the source ends in a slash", async () => {
    const { source } = await site();
    expect((await latestRelease(`${source}/`)).tag).toBe(TAG);
    expect(await downloadTarball(`${source}/`, TAG)).toMatchObject({ digestConfirmed: true });
  });

  test.each<[string, Partial<Site>]>([
    ["the API has no digest", { digests: "null" }],
    ["the API's quota is exhausted", { digests: 403 }],
    ["there is no API", { digests: 404 }],
    ["the API is out of order", { digests: 500 }],
    ["the API answers with a web page", { instead: at("/api/", { status: 200, body: "<title>Hi</title>" }) }],
    ["the API answers with something else", { instead: at("/api/", { status: 200, body: '{"assets":7}' }) }],
    ["the API cuts the connection", { instead: at("/api/", "cut") }],
    [
      "the API names a digest of another kind",
      {
        instead: at("/api/", { status: 200, body: '{"assets":[{"name":"network-config.tar.gz","digest":"md5:00"}]}' }),
      },
    ],
  ])("is had, unconfirmed, where %s", async (_, change) => {
    const { source } = await site(change);
    expect(await downloadTarball(source, TAG)).toMatchObject({
      digestConfirmed: false,
      sha256: sha256(FULU_166.standard),
    });
  });

  test("with another digest than the API's is refused, with both", async () => {
    const { source } = await site({ digests: "wrong" });
    const failure = await downloadTarball(source, TAG).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(WrongDigest);
    for (const digest of [sha256(FULU_166.standard), "0".repeat(64)]) {
      expect(failure).toMatchObject({ message: expect.stringContaining(digest) });
    }
  });

  test("that did not change is not sent again", async () => {
    const { source, asked } = await site();
    expect(await downloadTarball(source, TAG, `"${sha256(FULU_166.standard)}"`)).toBe("unchanged");
    expect(asked.filter(({ path }) => path.includes("/api/"))).toEqual([]);
    expect(await downloadTarball(source, TAG, '"older"')).toMatchObject({ bytes: FULU_166.standard });
  });

  test("may be the legacy one while the standard one is not there yet", async () => {
    const { source, assets } = await site();
    assets.delete(STANDARD);
    assets.set(LEGACY, FULU_166.legacy);
    expect(await downloadTarball(source, TAG)).toMatchObject({
      sha256: sha256(FULU_166.legacy),
      digestConfirmed: true,
    });
  });

  test("that is not there yet is awaited: other assets are no tarballs", async () => {
    const { source, assets } = await site();
    assets.delete(STANDARD);
    await expect(downloadTarball(source, TAG)).rejects.toEqual(
      new NotYet("ephemery-166 has no network-config.tar.gz or testnet-all.tar.gz yet"),
    );
  });

  test.each<[string, Answer, string]>([
    ["a web page", { status: 200, body: "<!doctype html><title>Sign in</title>" }, "sent something else"],
    ["nothing", { status: 200 }, "sent something else"],
    ["compressed in another way", { status: 200, body: new Uint8Array([0x28, 0x8b, 0x08]) }, "sent something else"],
    ["a demand for a password", { status: 401 }, "answered 401"],
  ])("is not %s", async (_, answer, message) => {
    const { source } = await site({ instead: at("network-config.tar.gz", answer) });
    const failure = await downloadTarball(source, TAG).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(HttpFailure);
    expect(failure).toMatchObject({ message: expect.stringContaining(message) });
  });
});
