// What `npm test` tells again at its end.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../toolchain/paths";
import { ownFolder } from "../../support/folder";
import { recapOf, resultSchema } from "../../support/recap";

const JEST = join(ROOT, "node_modules", ".bin", "jest");

const own = ownFolder("recap");

/** What jest says of one file with these lines. */
function ran(lines: string) {
  const folder = mkdtempSync(join(own, "jest-"));
  writeFileSync(join(folder, "some.test.js"), lines);
  writeFileSync(join(folder, "package.json"), "{}");
  const out = join(folder, "result.json");
  spawnSync(JEST, ["--rootDir", folder, "--json", `--outputFile=${out}`], { cwd: folder });
  return resultSchema.parse(JSON.parse(readFileSync(out, "utf8")));
}

test("names each test that failed, with what was expected and what came", () => {
  const recap = recapOf(
    ran('describe("a", () => { test("b", () => expect(1).toBe(2)); test("c", () => undefined); });'),
  );
  expect(recap).toMatch(/^a b\n/);
  expect(recap).toContain("Expected: 2");
  expect(recap).toContain("Received: 1");
  expect(recap).not.toMatch(/a c|\n\s+at /);
});

test("names a file that did not run, and why", () => {
  expect(recapOf(ran('throw new Error("nothing to see");'))).toMatch(/some\.test\.js\n[\s\S]*nothing to see/);
});

test("is empty where all is well", () => {
  expect(recapOf(ran('test("c", () => undefined);'))).toBe("");
});
