// The genesis volume, from a release on a server to files in a folder; and again when the server is gone.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { ChainFacts } from "../../../../chain/facts";
import { ReleaseCache } from "../../../../chain/release/cache";
import { resolveRelease } from "../../../../chain/release/resolve";
import { deliverGenesis } from "../../../../operations/jobs/deliver-genesis";
import { REPOSITORY, serveReleases } from "../../../../rehearsal/server";
import { releaseCacheFolder } from "../../../../toolchain/paths";
import { DockerHere } from "../../../support/docker-here";
import { ownFolder } from "../../../support/folder";

jest.setTimeout(60_000);

const folder = ownFolder("deliver-genesis");
const docker = new DockerHere(join(folder, "docker"));
const releases = join(folder, "releases");
const TESTDATA = join(__dirname, "../../../testdata");

let server: Awaited<ReturnType<typeof serveReleases>>;
let source: string;
let facts: ChainFacts;

const publish = (iteration: number, from: number): void => {
  const tag = join(releases, `ephemery-${iteration}`);
  mkdirSync(tag, { recursive: true });
  cpSync(join(TESTDATA, `fulu-${from}-network-config.tar.gz`), join(tag, "network-config.tar.gz"));
};

beforeAll(async () => {
  publish(166, 166);
  server = await serveReleases(releases, 0);
  const address: AddressInfo | string | null = server.address();
  if (typeof address !== "object" || !address) throw new Error("a server that listens has a port");
  source = `http://127.0.0.1:${address.port}/${REPOSITORY}`;
  const cache = new ReleaseCache(releaseCacheFolder());
  ({ facts } = await resolveRelease(166, { sources: [source], clock: undefined, cache }));
});
afterAll(() => server.close());

let volumes = 0;
function given(chain: ChainFacts = facts): string {
  volumes += 1;
  const volume = `genesis-${volumes}`;
  process.env.EPHEMERY_JOB = JSON.stringify({
    owner: { host: "local", stack: "test", id: "0badcafe" },
    uri: "unix:///nowhere",
    image: "tools",
    volume,
    chain,
    releaseSources: [source],
    revision: 1,
  });
  return docker.volume(volume);
}
afterAll(() => {
  delete process.env.EPHEMERY_JOB;
});

test("every file a client reads is there, readable for all and writable for none, and the result is their digest", async () => {
  const volume = given();
  const digest = await deliverGenesis();
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(readdirSync(volume)).toEqual(
    expect.arrayContaining(["genesis.json", "genesis.ssz", "config.yaml", "config.prysm.yaml", "bootstrap_nodes.txt"]),
  );
  expect(JSON.parse(readFileSync(join(volume, "genesis.json"), "utf8")).config.chainId).toBe(39_438_166);
  const again = given();
  expect(await deliverGenesis()).toBe(digest);
  expect(readFileSync(join(again, "genesis.ssz")).equals(readFileSync(join(volume, "genesis.ssz")))).toBe(true);
});

test("promise 3: a source that is gone changes nothing: the release is in the cache, by its digest", async () => {
  const volume = given();
  const before = source;
  source = "http://127.0.0.1:1/nobody";
  try {
    given();
    await expect(deliverGenesis()).resolves.toMatch(/^[0-9a-f]{64}$/);
  } finally {
    source = before;
  }
  expect(readdirSync(volume)).toEqual([]);
});

test("promise 3: without cache and source nothing is delivered, and it says so", async () => {
  rmSync(releaseCacheFolder(), { recursive: true });
  const before = source;
  source = "http://127.0.0.1:1/nobody";
  try {
    const volume = given();
    await expect(deliverGenesis()).rejects.toMatchObject({
      code: "release-unreachable",
      remedy: expect.stringContaining("releaseSources"),
    });
    expect(readdirSync(volume)).toEqual([]);
  } finally {
    source = before;
  }
});

test("another chain under the same tag is not delivered", async () => {
  rmSync(releaseCacheFolder(), { recursive: true, force: true });
  const volume = given({ ...facts, identity: "9".repeat(64), generation: "166-99999999" });
  await expect(deliverGenesis()).rejects.toMatchObject({
    code: "identity-changed",
    message: expect.stringContaining(`${facts.generation}, not 166-99999999`),
  });
  expect(readdirSync(volume)).toEqual([]);
});
