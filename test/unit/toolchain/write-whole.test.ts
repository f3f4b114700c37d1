// A file that readers see whole or not at all.

import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../../../toolchain/write-whole";
import { ownFolder } from "../../support/folder";

const folder = ownFolder("write-whole");
const file = join(folder, "file");

test("of writers at the same time one wins, and nothing is left beside", async () => {
  const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(100_000));
  await Promise.all(texts.map((text) => writeWhole(file, text, 0o600)));
  expect(texts).toContain(readFileSync(file, "utf8"));
  expect(readdirSync(folder)).toEqual(["file"]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("what can't be put in its place leaves nothing beside it", async () => {
  mkdirSync(join(folder, "taken", "by a folder"), { recursive: true });
  await expect(writeWhole(join(folder, "taken"), "text")).rejects.toMatchObject({ code: "EISDIR" });
  expect(readdirSync(folder)).toEqual(["file", "taken"]);
});
