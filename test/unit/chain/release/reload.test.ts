// The files of a chain's release, again: by their digest, or verified anew.

import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { ReleaseCache } from "../../../../chain/release/cache";
import { reloadFiles } from "../../../../chain/release/reload";
import { type ReleaseOptions, resolveRelease } from "../../../../chain/release/resolve";
import { changed, FULU_166, filesOf, repacked, textOf } from "../../../support/bundles";
import { ownFolder } from "../../../support/folder";
import { releaseSite, type Site } from "../../../support/release-site";

const TAG = "ephemery-166";
const STANDARD = `${TAG}/network-config.tar.gz`;
const folder = ownFolder("reload");
const sites: Site[] = [];
afterAll(() => Promise.all(sites.map((each) => each.close())));

async function site(): Promise<Site> {
  const made = await releaseSite(TAG);
  made.assets.set(STANDARD, FULU_166.standard);
  sites.push(made);
  return made;
}

/** Each has a cache of its own. */
const options = ({ source }: Site): ReleaseOptions => ({
  sources: [source],
  clock: undefined,
  cache: new ReleaseCache(mkdtempSync(join(folder, "cache-"))),
});

test("come out of the cache by their digest, and no source is asked", async () => {
  const made = await site();
  const asking = options(made);
  const { facts, bundle } = await resolveRelease(166, asking);
  const before = made.asked.length;
  expect(await reloadFiles(facts, asking)).toEqual(bundle.files);
  expect(made.asked).toHaveLength(before);
});

test("are downloaded where the cache has lost them, in another build if need be", async () => {
  const made = await site();
  const { facts } = await resolveRelease(166, options(made));
  made.assets.set(STANDARD, repacked(changed(filesOf(FULU_166), "bootstrap_nodes.txt", () => "enr:-other\n")));
  expect(textOf(await reloadFiles(facts, options(made)), "bootstrap_nodes.txt")).toBe("enr:-other\n");
});

test("that are downloaded again pass every check again, or are refused", async () => {
  const made = await site();
  const { facts } = await resolveRelease(166, options(made));
  made.assets.set(
    STANDARD,
    repacked(changed(filesOf(FULU_166), "retention.vars", (text) => text.replace(/(CHAIN_ID=").*"/, '$139438999"'))),
  );
  await expect(reloadFiles(facts, options(made))).rejects.toMatchObject({ code: "bundle-refused" });
});

test("that are of another chain now are an alarm", async () => {
  const made = await site();
  const { facts } = await resolveRelease(166, options(made));
  const deployed = { ...facts, identity: "d".repeat(64), generation: "166-dddddddd" };
  await expect(reloadFiles(deployed, options(made))).rejects.toMatchObject({
    code: "identity-changed",
    message: expect.stringContaining(`${facts.generation}, not 166-dddddddd`),
    remedy: expect.stringContaining("Nothing was changed."),
  });
});
