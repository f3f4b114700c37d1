// The lock brought up to date and checked, by a real HTTP registry on loopback.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  digestsOf,
  IMAGE_NAMES,
  type ImageName,
  type Lock,
  lock,
  lockSchema,
  referenceOf,
} from "../../../../clients/images";
import { differences, LOCK_FILE, lockText, resolvedLock, writeLock } from "../../../../operations/images/lock";
import { ownFolder } from "../../../support/folder";
import { digestOf, listOf, type Registry, startRegistry } from "../../../support/registry";

const AMD = digestOf("amd64");
const ARM = digestOf("arm64");
const LIST = listOf({ "linux/amd64": AMD, "linux/arm64": ARM });
const MOVED = listOf({ "linux/amd64": digestOf("other"), "linux/arm64": ARM });
const DAY = "2026-11-24";

const folder = ownFolder("lock");
let registry: Registry;
let there: Lock;
beforeEach(async () => {
  registry = await startRegistry();
  const images = { ...lock.images };
  for (const name of IMAGE_NAMES) {
    images[name] = { repository: `${registry.host}/acme/${name}`, tag: "v1", digests: null };
    registry.manifests.set(`acme/${name}:v1`, LIST);
  }
  there = { images };
});
afterEach(() => registry.close());

const tagged = (from: Lock, name: ImageName, tag: string): Lock => ({
  images: { ...from.images, [name]: { ...from.images[name], tag } },
});

test("an update has the digest of every tag, and nodes run from it", async () => {
  const { images } = await resolvedLock(there, DAY);
  for (const name of IMAGE_NAMES) {
    expect(images[name].digests).toEqual({
      tag: "v1",
      date: DAY,
      index: digestOf(LIST.body),
      platforms: { "linux/amd64": AMD, "linux/arm64": ARM },
    });
    expect(referenceOf(images[name])).toBe(`${registry.host}/acme/${name}:v1@${digestOf(LIST.body)}`);
  }
});

test("a second update changes nothing, whatever the day", async () => {
  const once = await resolvedLock(there, DAY);
  expect(lockText(await resolvedLock(once, "2027-01-01"))).toBe(lockText(once));
});

test("what is written is read again as it was, sorted, whoever wrote it", async () => {
  const file = join(folder, "images.lock.json");
  const once = await resolvedLock(there, DAY);
  const { besu, erigon, ...others } = once.images;
  await writeLock({ images: { ...others, erigon, besu } }, file);
  const text = readFileSync(file, "utf8");
  expect(lockSchema.parse(JSON.parse(text))).toEqual(once);
  expect(Object.keys(JSON.parse(text).images)).toEqual([...IMAGE_NAMES]);
});

test("the project's own file is as an update would write it", () => {
  expect(readFileSync(LOCK_FILE, "utf8")).toBe(lockText(lock));
});

test("promise 9: where an image can't be resolved nothing is, and each is named with its reason", async () => {
  registry.manifests.delete("acme/geth:v1");
  registry.manifests.set("acme/reth:v1", { type: "text/html", body: "" });
  const updated = resolvedLock(there, DAY);
  await expect(updated).rejects.toMatchObject({
    code: "images",
    remedy: expect.stringContaining("Nothing was written."),
  });
  await expect(updated).rejects.toThrow(`  ${registry.host}/acme/geth:v1: ${registry.host} does not have it`);
  await expect(updated).rejects.toThrow("answered with text/html");
  await expect(updated).rejects.not.toThrow("besu");
});

describe("a check", () => {
  test("finds nothing where every tag leads to its digest", async () => {
    expect(await differences(await resolvedLock(there, DAY))).toEqual([]);
  });

  test("finds a tag that moved, one that is gone and one that was never resolved", async () => {
    const locked = await resolvedLock(there, DAY);
    registry.manifests.set("acme/geth:v1", MOVED);
    registry.manifests.delete("acme/besu:v1");
    registry.manifests.set("acme/teku:v2", LIST);
    expect(await differences(tagged(locked, "teku", "v2"))).toEqual([
      {
        image: "besu",
        reference: `${registry.host}/acme/besu:v1`,
        what: `${registry.host} does not have it`,
        remedy: expect.stringContaining("images.lock.json"),
      },
      {
        image: "geth",
        reference: `${registry.host}/acme/geth:v1`,
        what: `leads to ${digestOf(MOVED.body)} now, and is locked as ${digestOf(LIST.body)}`,
        remedy: expect.stringContaining("should not move"),
      },
      {
        image: "teku",
        reference: `${registry.host}/acme/teku:v2`,
        what: "is there, but its digest is not in the lock",
        remedy: expect.stringContaining("--update"),
      },
    ]);
  });
});

test("a tag that was raised by hand never goes by the digest of the old one", async () => {
  const raised = tagged(await resolvedLock(there, DAY), "geth", "v2").images.geth;
  expect(digestsOf(raised)).toBeUndefined();
  expect(referenceOf(raised)).toBe(`${registry.host}/acme/geth:v2`);
});
