// The C compiler that Prysm is built with: nothing on a machine that has one, and else what apt-get is asked for. The
// machine is a PATH with programs of the test's own.

import { chmodSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compilerStep, missingCompiler } from "../../../operations/c-compiler";
import { mayInstall } from "../../../operations/packages";
import { ownFolder } from "../../support/folder";

const folder = ownFolder("compiler");
const { PATH: before, CC: compiler } = process.env;

const program = (name: string, script: string): void => {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
};

beforeAll(() => {
  symlinkSync("/usr/bin/which", join(folder, "which"));
  symlinkSync("/bin/sh", join(folder, "sh"));
  process.env.PATH = folder;
  delete process.env.CC;
});

afterAll(() => {
  process.env.PATH = before;
  if (compiler !== undefined) process.env.CC = compiler;
});

test("where there is none it is named with its packages, for the question that is asked before", async () => {
  expect(await missingCompiler()).toBe("a C compiler (apt-get install gcc libc6-dev)");
  expect(await compilerStep()).toMatchObject({ title: "install a C compiler", done: false });
});

test("the step installs it, or says why not and what to do by hand", async () => {
  const step = await compilerStep();
  const refused = { code: "toolchain", remedy: expect.stringContaining("apt-get install gcc libc6-dev") };
  if (!(await mayInstall())) {
    await expect(step.run(() => undefined)).rejects.toMatchObject(refused);
    return;
  }
  program("apt-get", "echo no such package; exit 100");
  await expect(step.run(() => undefined)).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining("no such package"),
  });
  const asked = join(folder, "asked");
  program("apt-get", `echo "$DEBIAN_FRONTEND $*" >> ${asked}`);
  await step.run(() => undefined);
  expect(readFileSync(asked, "utf8").trim().split("\n")).toEqual([
    "noninteractive update -qq",
    "noninteractive install -y -qq --no-install-recommends gcc libc6-dev",
  ]);
});

test.each(["gcc", "clang"])("where there is %s nothing is asked for", async (name) => {
  program(name, "");
  expect(await missingCompiler()).toBeUndefined();
  expect((await compilerStep()).done).toBe(true);
});
