// The pulumi command for a test file, as far as jobs ask it: for one value of the configuration.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inFront } from "./shell";

/**
 * Puts it on PATH while the file's tests run.
 *
 * @param folder of the test file's own.
 * @returns sets what it does, as a shell script.
 */
export function pulumiHere(folder: string): (script: string) => void {
  const programs = join(folder, "programs");
  mkdirSync(programs);
  const before = process.env.PATH;
  beforeAll(() => {
    process.env.PATH = inFront(programs);
  });
  afterAll(() => {
    process.env.PATH = before;
  });
  return (script) => writeFileSync(join(programs, "pulumi"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}
