// The release server on real loopback, as chain/release asks it, while an iteration's files appear one by one.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { ReleaseCache } from "../../../chain/release/cache";
import { newestIteration, resolveRelease } from "../../../chain/release/resolve";
import { downloadTarball, latestRelease, NotYet } from "../../../chain/release/source";
import { publishAsset } from "../../../rehearsal/iterations";
import { REPOSITORY, serveReleases } from "../../../rehearsal/server";
import { releasesFolder } from "../../../rehearsal/store";
import { sourceUrl } from "../../../rehearsal/topology";
import { FULU_166 } from "../../support/bundles";
import { ownFolder } from "../../support/folder";

jest.setTimeout(60_000);

const folder = ownFolder("release-server");
const NAME = "test";

let server: Server;
let source: string;

beforeAll(async () => {
  server = await serveReleases(releasesFolder(NAME), 0);
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("a server that listens has a port");
  expect(address.address).toBe("127.0.0.1");
  source = sourceUrl(address.port);
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => rmSync(releasesFolder(NAME), { recursive: true, force: true }));

const publish = (iteration: number, asset: string, bytes: Uint8Array = Buffer.from(asset)): Promise<void> =>
  publishAsset(NAME, iteration, asset, bytes);
const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${new URL(source).origin}${path}`, { redirect: "manual", ...init });

test("an iteration becomes visible with its first asset and usable with its tarball, as on GitHub", async () => {
  const cache = new ReleaseCache(join(folder, "releases"));
  const options = { sources: [source], clock: undefined, cache };
  await expect(newestIteration(options)).rejects.toMatchObject({ code: "release-unreachable" });

  await publish(166, "genesis.json");
  expect(await newestIteration(options)).toMatchObject({ iteration: 166, source });
  await expect(downloadTarball(source, "ephemery-166")).rejects.toBeInstanceOf(NotYet);
  await expect(resolveRelease(166, options)).rejects.toMatchObject({ code: "release-incomplete" });

  await publish(166, "testnet-all.tar.gz", FULU_166.legacy);
  const legacy = await resolveRelease(166, options);
  await publish(166, "network-config.tar.gz", FULU_166.standard);
  const standard = await resolveRelease(166, { ...options, cache: new ReleaseCache(join(folder, "other")) });
  // Two tarballs of one chain: different bytes, the same identity.
  expect(standard.facts.release.sha256).not.toBe(legacy.facts.release.sha256);
  expect(standard.facts.identity).toBe(legacy.facts.identity);
  expect(standard.notes).toEqual([]);
});

test("the newest release is the highest iteration, not the last in the alphabet", async () => {
  for (const iteration of [9, 100, 99]) await publish(iteration, "genesis.json");
  expect(await latestRelease(source)).toMatchObject({ tag: "ephemery-100" });
});

test("what is no iteration's folder is no release", async () => {
  await publish(5, "genesis.json");
  mkdirSync(join(releasesFolder(NAME), "notes"));
  expect(await latestRelease(source)).toMatchObject({ tag: "ephemery-5" });
});

test("an asset that did not change is answered without its bytes", async () => {
  await publish(166, "network-config.tar.gz", FULU_166.standard);
  const first = await downloadTarball(source, "ephemery-166");
  if (first === "unchanged") throw new Error("it was never downloaded");
  expect(first.digestConfirmed).toBe(true);
  expect(await downloadTarball(source, "ephemery-166", first.etag)).toBe("unchanged");
  await publish(166, "network-config.tar.gz", FULU_166.legacy);
  expect(await downloadTarball(source, "ephemery-166", first.etag)).toMatchObject({ tag: "ephemery-166" });
});

test("its clock is told, which is a witness of the time", async () => {
  const { date } = await latestRelease(source);
  expect(Math.abs((date ?? 0) - Date.now() / 1000)).toBeLessThan(60);
});

test("a HEAD says what a GET would, without the bytes", async () => {
  await publish(166, "config.yaml");
  const head = await get(`/${REPOSITORY}/releases/download/ephemery-166/config.yaml`, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "11", ""]);
});

test("the API lists every asset that is there with its digest", async () => {
  await publish(166, "config.yaml");
  const response = await get(`/api/v3/repos/${REPOSITORY}/releases/tags/ephemery-166`);
  expect(await response.json()).toEqual({
    tag_name: "ephemery-166",
    // printf config.yaml | sha256sum
    assets: [
      { name: "config.yaml", digest: "sha256:d8d0422389f03d783e32e627250fe29834bd09c6361640d1ff00661dd6820034" },
    ],
  });
});

describe("nothing outside of the releases is served", () => {
  test.each([
    "/",
    "/etc/passwd",
    `/${REPOSITORY}`,
    `/${REPOSITORY}/releases/download/ephemery-166/missing.json`,
    `/${REPOSITORY}/releases/download/ephemery-167/config.yaml`,
    `/${REPOSITORY}/releases/download/%2e%2e/rehearsal.json`,
    `/${REPOSITORY}/releases/download/..%2f/rehearsal.json`,
    `/${REPOSITORY}/releases/download/ephemery-166/..%2f..%2frehearsal.json`,
    `/${REPOSITORY}/releases/download/ephemery-166%2f../rehearsal.json`,
    `/api/v3/repos/${REPOSITORY}/releases/tags/ephemery-167`,
    `/api/v3/repos/${REPOSITORY}/releases/tags/%2e%2e`,
    `/api/v3/repos/${REPOSITORY}/releases/tags/..%2f`,
  ])("%s", async (path) => {
    await publish(166, "config.yaml");
    writeFileSync(join(releasesFolder(NAME), "..", "rehearsal.json"), "secret");
    expect((await get(path)).status).toBe(404);
  });
});

test("a port that is taken is an error, not silence", async () => {
  const { port } = new URL(source);
  await expect(serveReleases(releasesFolder(NAME), Number(port))).rejects.toMatchObject({ code: "EADDRINUSE" });
});
