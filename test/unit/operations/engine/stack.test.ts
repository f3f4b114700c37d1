// What a stack's state is asked for, while another run is writing it, or was killed while it did. A script stands for
// Pulumi.

import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Stack } from "../../../../operations/engine/stack";
import { ownFolder } from "../../../support/folder";

const folder = ownFolder("stack");
const asked = join(folder, "asked");
const pulumi = join(folder, "pulumi");
const stack = new Stack("test", { origin: "built", pulumi, env: {} }, folder);
const times = (): number => readFileSync(asked, "utf8").trim().split("\n").length;

beforeEach(() => rmSync(asked, { force: true }));

/** Fails as often as it is told, then answers. */
function script(failures: number, says: string): void {
  writeFileSync(
    pulumi,
    `#!/bin/sh\necho x >> ${asked}\n[ $(wc -l < ${asked}) -gt ${failures} ] || { echo '${says}' >&2; exit 255; }\necho '{"owner":"me"}'\n`,
    { mode: 0o755 },
  );
}

test.each([
  ["nothing of it", "error: EOF"],
  ["half of it", "error: could not deserialize: unexpected EOF"],
  ["half of it, as JSON", "error: unexpected end of JSON input"],
])("a state of which %s is there yet is read again", async (_, says) => {
  script(2, says);
  expect(await stack.outputs()).toEqual({ owner: "me" });
  expect(times()).toBe(3);
});

test("one that stays so is told, after some seconds", async () => {
  script(99, "error: EOF");
  await expect(stack.outputs()).rejects.toMatchObject({ code: "engine", message: expect.stringContaining("EOF") });
  expect(times()).toBe(6);
});

test("any other failure is told at once", async () => {
  script(99, "error: no stack named test found");
  await expect(stack.outputs()).rejects.toThrow();
  expect(times()).toBe(1);
});

describe("promise 2: an empty file of attributes, which a killed run left, does not stop", () => {
  const attributes = join(folder, ".pulumi", "one.json.attrs");
  const before = process.env.PULUMI_BACKEND_URL;

  beforeAll(() => {
    mkdirSync(join(folder, ".pulumi"), { recursive: true });
    process.env.PULUMI_BACKEND_URL = `file://${folder}`;
  });
  afterAll(() => {
    if (before === undefined) delete process.env.PULUMI_BACKEND_URL;
    else process.env.PULUMI_BACKEND_URL = before;
  });
  beforeEach(() => {
    writeFileSync(attributes, "");
    utimesSync(attributes, 1, 1);
    const reads = `[ ! -e ${attributes} ] || { echo 'error: EOF' >&2; exit 255; }`;
    writeFileSync(pulumi, `#!/bin/sh\necho x >> ${asked}\n${reads}\necho '{"owner":"me"}'\n`, { mode: 0o755 });
  });

  test.each([
    ["a question", () => stack.outputs()],
    ["an update, which runs once more", () => stack.up()],
  ])("%s", async (_, work) => {
    await work();
    expect(times()).toBe(2);
    expect(existsSync(attributes)).toBe(false);
  });
});

test("an update that says EOF of something else is not run again", async () => {
  script(99, "error: EOF");
  await expect(stack.up()).rejects.toMatchObject({ code: "engine" });
  expect(times()).toBe(1);
});
