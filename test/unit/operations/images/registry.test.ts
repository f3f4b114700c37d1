// Tags resolved by a real HTTP registry on loopback: tokens, lists of platforms, and every way it can go wrong.

import type { HttpLimits } from "../../../../chain/release/http";
import { placeOf, RegistryFailure, resolveTag } from "../../../../operations/images/registry";
import {
  DOCKER_LIST,
  digestOf,
  listOf,
  OCI_IMAGE,
  OCI_INDEX,
  type Registry,
  startRegistry,
} from "../../../support/registry";

const LIMITS: HttpLimits = { timeout: 5_000, stall: 5_000, maxBytes: 10_000, retries: 1 };
const AMD = digestOf("amd64");
const ARM = digestOf("arm64");

let registry: Registry;
beforeEach(async () => {
  registry = await startRegistry();
});
afterEach(() => registry.close());

const resolve = (tag: string, name = "acme/geth") => resolveTag(`${registry.host}/${name}`, tag, LIMITS);

/** What went wrong, and what to do about it. */
async function failure(tag: string): Promise<{ message: string; remedy: string }> {
  const error = await resolve(tag).catch((thrown: unknown) => thrown);
  if (!(error instanceof RegistryFailure)) throw new Error(`it did not fail as a registry does: ${String(error)}`);
  return error;
}

test.each([
  ["alpine", "https://registry-1.docker.io", "library/alpine"],
  ["ethereum/client-go", "https://registry-1.docker.io", "ethereum/client-go"],
  ["ghcr.io/paradigmxyz/reth", "https://ghcr.io", "paradigmxyz/reth"],
  ["gcr.io/offchainlabs/prysm/beacon-chain", "https://gcr.io", "offchainlabs/prysm/beacon-chain"],
  ["registry.example:5000/a/b", "https://registry.example:5000", "a/b"],
  ["127.0.0.1:5000/a", "http://127.0.0.1:5000", "a"],
  ["localhost/a", "http://localhost", "a"],
])("%s is where Docker looks for it", (repository, at, name) => {
  expect(placeOf(repository)).toEqual({ registry: at, name });
});

test.each([OCI_INDEX, DOCKER_LIST])(
  "a list of platforms (%s) is resolved with a token that anybody can have",
  async (type) => {
    const list = listOf({ "linux/amd64": AMD, "linux/arm64": ARM }, type);
    registry.manifests.set("acme/geth:v1", list);
    expect(await resolve("v1")).toEqual({
      index: digestOf(list.body),
      platforms: { "linux/amd64": AMD, "linux/arm64": ARM },
    });
    expect(registry.asked).toEqual(["GET /v2/acme/geth/manifests/v1", "GET /token", "GET /v2/acme/geth/manifests/v1"]);
  },
);

test("an image for one platform alone has that one", async () => {
  const list = listOf({ "linux/arm64": ARM });
  registry.manifests.set("acme/geth:v1", list);
  expect(await resolve("v1")).toEqual({ index: digestOf(list.body), platforms: { "linux/arm64": ARM } });
});

test("an image without a list tells its platform in its configuration", async () => {
  const config = JSON.stringify({ os: "linux", architecture: "amd64" });
  const body = JSON.stringify({ schemaVersion: 2, config: { digest: digestOf(config) } });
  registry.manifests.set("acme/geth:v1", { type: OCI_IMAGE, body });
  registry.blobs.set(digestOf(config), config);
  expect(await resolve("v1")).toEqual({ index: digestOf(body), platforms: { "linux/amd64": digestOf(body) } });
});

describe("promise 9: what goes wrong is told with what to do", () => {
  test("a tag that is not there", async () => {
    const { message, remedy } = await failure("v9");
    expect(message).toBe(`${registry.host} does not have it`);
    expect(remedy).toContain("images.lock.json");
  });

  test("too many questions, after further tries", async () => {
    registry.instead = () => 429;
    const { message, remedy } = await failure("v1");
    expect(message).toBe(`${registry.host} answered 429`);
    expect(remedy).toContain("Wait some minutes");
    expect(registry.asked).toHaveLength(1 + LIMITS.retries);
  });

  test("too many questions that pass", async () => {
    registry.manifests.set("acme/geth:v1", listOf({ "linux/amd64": AMD }));
    registry.instead = (path) => (registry.asked.length === 1 && path.endsWith("/v1") ? 429 : undefined);
    expect((await resolve("v1")).platforms).toEqual({ "linux/amd64": AMD });
  });

  test("a page in the place of an image, as a proxy's login is", async () => {
    registry.manifests.set("acme/geth:v1", { type: "text/html", body: "<h1>Please log in</h1>" });
    const { message, remedy } = await failure("v1");
    expect(message).toBe(`${registry.host} answered with text/html where an image was asked for`);
    expect(remedy).toContain("proxy");
  });

  test("a list that can't be read", async () => {
    registry.manifests.set("acme/geth:v1", { type: OCI_INDEX, body: "{" });
    expect((await failure("v1")).message).toContain("a list of platforms that can't be read");
  });

  test("an image for other platforms only", async () => {
    registry.manifests.set("acme/geth:v1", listOf({}));
    expect((await failure("v1")).message).toContain("has it for none of linux/amd64, linux/arm64");
  });

  test.each([
    ["wants a password", 'Basic realm="registry"'],
    ["names no place for tokens", "Bearer"],
    ["would have tokens sent in the clear", 'Bearer realm="http://auth.example/token",service="x"'],
  ])("a registry that %s", async (_, challenge) => {
    registry.challenge = challenge;
    expect((await failure("v1")).message).toBe(`${registry.host} lets nobody in without an account`);
    expect(registry.asked).toHaveLength(1);
  });

  test("a repository that nobody gets a token for", async () => {
    registry.instead = (path) => (path === "/token" ? 404 : undefined);
    expect((await failure("v1")).message).toBe(`${registry.host} gives no token for acme/geth: it answered 404`);
  });

  test("a registry that can't be reached", async () => {
    await registry.close();
    const { message, remedy } = await failure("v1");
    expect(message).toContain(registry.host);
    expect(remedy).toContain("Check this machine's way to the registry");
    registry = await startRegistry();
  });
});
