// The short id in every name: by backend and stack, and on which machine a backend in files lies.

import { createHash } from "node:crypto";
import fc from "fast-check";
import { stackIdOf } from "../../../../components/program/stack-id";

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
