// The measure of the engine itself: a project in plain JavaScript that makes nothing.

import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stack } from "../operations/engine/stack";
import type { Toolchain } from "../toolchain/install";
import { ROOT } from "../toolchain/paths";

export interface EmptyProject {
  readonly stack: Stack;
  remove(): Promise<void>;
}

export async function emptyProject(toolchain: Toolchain): Promise<EmptyProject> {
  const folder = await mkdtemp(join(tmpdir(), "ephemery-empty-"));
  await mkdir(join(folder, "state"));
  const backend = `backend:\n  url: file://${folder}/state\n`;
  await writeFile(join(folder, "Pulumi.yaml"), `name: empty\nruntime: nodejs\n${backend}`);
  await writeFile(join(folder, "package.json"), '{ "name": "empty", "main": "index.js" }\n');
  await writeFile(join(folder, "index.js"), '"use strict";\nrequire("@pulumi/pulumi");\n');
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  // Stacks named like the dev one have its published passphrase.
  const stack = new Stack("dev", toolchain, folder);
  await stack.init();
  await stack.up();
  return { stack, remove: () => rm(folder, { recursive: true, force: true }) };
}
