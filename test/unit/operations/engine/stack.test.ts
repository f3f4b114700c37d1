// What a stack's state is asked for, while another run is writing it. A script stands for Pulumi.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
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
