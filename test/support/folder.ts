// A folder of a test's own, where the project keeps what it keeps on a machine. It is gone when the test file is done.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Made anew for each test file that asks; cache and data folders of the project lie in it from then on. */
export function ownFolder(what: string): string {
  const folder = mkdtempSync(join(tmpdir(), `ephemery-${what}-`));
  const before = { EPHEMERY_DATA: process.env.EPHEMERY_DATA, EPHEMERY_CACHE: process.env.EPHEMERY_CACHE };
  process.env.EPHEMERY_DATA = join(folder, "data");
  process.env.EPHEMERY_CACHE = join(folder, "cache");
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  return folder;
}
