// What a run that is killed may leave in a backend of files, and what of it is taken away.

import { existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeEmptyAttributes } from "../../../../operations/engine/state-file";
import { ownFolder } from "../../../support/folder";

const folder = ownFolder("state-file");
const stacks = join(folder, ".pulumi", "stacks", "ephemery");
const before = process.env.PULUMI_BACKEND_URL;

/** Seconds ago. */
function written(name: string, text: string, ago: number): string {
  const path = join(stacks, name);
  writeFileSync(path, text);
  const time = Date.now() / 1000 - ago;
  utimesSync(path, time, time);
  return path;
}

beforeAll(() => {
  mkdirSync(stacks, { recursive: true });
  process.env.PULUMI_BACKEND_URL = `file://${folder}?no_tmp_dir=true`;
});
afterAll(() => {
  if (before === undefined) delete process.env.PULUMI_BACKEND_URL;
  else process.env.PULUMI_BACKEND_URL = before;
});

test("promise 2: attributes that a killed run left empty are removed, and nothing else", async () => {
  const cutOff = written("one.json.attrs", "", 60);
  const kept = [
    written("two.json.attrs", "{}", 60),
    // A run may be about to write it.
    written("three.json.attrs", "", 0),
    written("one.json", "", 60),
  ];
  expect(await removeEmptyAttributes()).toEqual([cutOff]);
  expect([cutOff, ...kept].map(existsSync)).toEqual([false, true, true, true]);
  expect(await removeEmptyAttributes()).toEqual([]);
});

test("a backend that is elsewhere, or not there yet, has none", async () => {
  process.env.PULUMI_BACKEND_URL = "s3://somewhere";
  expect(await removeEmptyAttributes()).toEqual([]);
  process.env.PULUMI_BACKEND_URL = `file://${join(folder, "nowhere")}`;
  expect(await removeEmptyAttributes()).toEqual([]);
});
