// The short id in every name: by backend and stack, and on which machine a backend in files lies.

import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { ownerOf, stackIdOf } from "../../../../components/program/stack-id";
import { ROOT } from "../../../../toolchain/paths";
import { ownFolder } from "../../../support/folder";
import { settingsOf } from "../../../support/node";
import { inFront } from "../../../support/shell";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

test.each([
  ["a backend elsewhere, whoever asks", "https://app.pulumi.com/me", "https://app.pulumi.com/me\ndev\n"],
  ["a bucket, whoever asks", "s3://bucket?region=eu", "s3://bucket?region=eu\ndev\n"],
  ["a folder, on its machine", "file:///home/me/state", "laptop:file:///home/me/state\ndev\n"],
  ["a folder of the project's, where the project is", "file://./.state", "laptop:file:///clone/.state\ndev\n"],
])("%s", (_, backend, digested) => {
  expect(stackIdOf(backend, "laptop", "/clone", "dev")).toBe(sha256(digested).slice(0, 8));
});

test("another backend, another stack and, for folders, another machine or clone is another id", () => {
  const place = fc.tuple(
    fc.constantFrom("file:///a", "file://./b", "s3://a"),
    fc.constantFrom("one", "two"),
    fc.constantFrom("/clone", "/other"),
    fc.constantFrom("dev", "test"),
  );
  fc.assert(
    fc.property(place, place, (a, b) => {
      const machine = (each: typeof a): string => (each[0].startsWith("file:") ? each[1] : "");
      const clone = (each: typeof a): string => (each[0].startsWith("file://.") ? each[2] : "");
      const same = a[0] === b[0] && a[3] === b[3] && machine(a) === machine(b) && clone(a) === clone(b);
      expect(stackIdOf(...a) === stackIdOf(...b)).toBe(same);
    }),
  );
});

describe("whose a stack's Docker objects are", () => {
  const folder = ownFolder("stack-id");
  const before = process.env.PATH;
  const recorded = { host: "local", stack: "test", id: "0badcafe" };

  /** A Pulumi that is logged in to a folder of the project's, or to nothing. */
  function pulumi(script: string): void {
    writeFileSync(join(folder, "pulumi"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    process.env.PATH = inFront(folder);
  }
  afterEach(() => {
    process.env.PATH = before;
  });

  test.each([
    ["the configured id is taken before all others", { id: "5eed5eed" }, recorded, "5eed5eed"],
    ["the recorded id stays, and nobody is asked", {}, recorded, "0badcafe"],
  ])("%s", async (_, config, known, id) => {
    pulumi("exit 1");
    expect(await ownerOf(settingsOf(config, "test"), known)).toEqual({ host: "local", stack: "test", id });
  });

  test("at the first update it follows from the backend that Pulumi names", async () => {
    pulumi(`echo '{"url":"file://./state"}'`);
    expect(await ownerOf(settingsOf({}, "test"), undefined)).toEqual({
      host: "local",
      stack: "test",
      id: stackIdOf("file://./state", hostname(), ROOT, "test"),
    });
  });

  test("promise 9: without a backend it says what to do", async () => {
    pulumi("echo 'PULUMI_ACCESS_TOKEN must be set' >&2; exit 1");
    await expect(ownerOf(settingsOf({}, "test"), undefined)).rejects.toMatchObject({
      code: "engine",
      message: expect.stringContaining("PULUMI_ACCESS_TOKEN must be set"),
      remedy: expect.stringContaining("pulumi login"),
    });
  });
});
