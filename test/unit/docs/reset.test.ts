// docs/fleet.md has every field of what `reset` prints for scripts.

import { read, rowsOf, section } from "../../support/docs";
import { fieldsOf } from "../../support/types";

/** The first table is of a run, the second of exit codes, the third of the journal. */
const rows = rowsOf(section(read("docs/fleet.md"), "`reset` for scripts"));
const exits = rows.findIndex(([first = ""]) => /^\d$/.test(first));
const isExit = ([first = ""]: readonly string[]): boolean => /^\d$/.test(first);

test("those of a run, in their order, with what can be null", () => {
  const run = rows.slice(0, exits);
  const fields = fieldsOf("operations/reset/run.ts", "RunReport");
  expect(run.map(([name]) => name)).toEqual(fields.map(({ path }) => path));
  expect(run.map(([, type]) => type?.endsWith("or null"))).toEqual(fields.map(({ nullable }) => nullable));
});

test("those of the journal, in their order", () => {
  const [, schema = ""] = /const entrySchema = z\.object\(\{\n([\s\S]*?)^\}\);$/m.exec(
    read("operations/reset/journal.ts"),
  ) ?? [undefined];
  const names = [...schema.matchAll(/^ {2}(\w+): z\./gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(5);
  expect(
    rows
      .slice(exits)
      .filter((row) => !isExit(row))
      .map(([name]) => name),
  ).toEqual(names);
});
