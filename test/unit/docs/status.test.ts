// docs/status.md has every field of the status, with its type, and no other.

import { read, rowsOf, section } from "../../support/docs";
import { fieldsOf } from "../../support/types";

const fields = fieldsOf("operations/status/report.ts", "StatusReport");
const rows = rowsOf(section(read("docs/status.md"), "Fields"));

/** The types a document gives, in TypeScript's words. */
const KINDS: Readonly<Record<string, string>> = { integer: "number" };

test("docs/status.md has every field of the status, in its order, and no other", () => {
  expect(fields.length).toBeGreaterThan(40);
  expect(rows.map(([path]) => path)).toEqual(fields.map(({ path }) => path));
});

test.each(fields.map((field) => [field.path, field] as const))(
  "docs/status.md gives the type of %s",
  (path, { kind, nullable }) => {
    const [, type = "", text = ""] = rows.find(([name]) => name === path) ?? [];
    const [first = "", ...rest] = type.split(" or ");
    // "null" alone is said of what could be something and is not yet.
    if (first !== "null") expect(KINDS[first] ?? first).toBe(kind);
    expect(first === "null" || rest.includes("null")).toBe(nullable);
    expect(text).not.toBe("");
  },
);
