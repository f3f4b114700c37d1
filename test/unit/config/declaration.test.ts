// Pulumi.yaml, README.md and docs/sizing.md against the schema.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { KEYS, type Key } from "../../../config/keys";
import { parseValues } from "../../../config/parse";
import { generated } from "../../../docs/generate";
import { ROWS } from "./keys";

const ROOT = join(__dirname, "..", "..", "..");
const declared = z
  .object({ config: z.record(z.string(), z.looseObject({})) })
  .parse(parse(readFileSync(join(ROOT, "Pulumi.yaml"), "utf8"))).config;
const keys: readonly [string, Key][] = Object.entries(KEYS);

test("Pulumi.yaml declares every key, and besides only what Pulumi itself reads", () => {
  const own = Object.keys(declared).filter((name) => !name.startsWith("pulumi:"));
  expect(own.sort()).toEqual(ROWS.map(({ name }) => name).sort());
});

const UNSET = { string: "", integer: 0, boolean: false, array: [] } as const;

test.each(ROWS)(
  "Pulumi.yaml declares $name with type, default and description",
  ({ name, type, default: fallback, allowed }) => {
    expect(declared[name]).toEqual({
      type,
      ...(type === "array" ? { items: { type: "string" } } : {}),
      default: fallback ?? UNSET[type],
      description: expect.stringMatching(/^[A-Z].*\. Allowed: /),
    });
    expect(String(declared[name]?.description)).toContain(`Allowed: ${allowed}.`);
  },
);

test("what Pulumi fills in from Pulumi.yaml is the same as nothing set", () => {
  const filled = Object.fromEntries(
    ROWS.map(({ name }) => {
      const value = declared[name]?.default;
      return [name, typeof value === "string" ? value : JSON.stringify(value)];
    }),
  );
  expect(parseValues(filled, "main")).toEqual(parseValues({}, "main"));
});

test("the only secrets are the mnemonic and the one of an external execution client", () => {
  expect(keys.filter(([, { secret }]) => secret).map(([name]) => name)).toEqual(["executionJwtSecret", "mnemonic"]);
});

test.each(generated())("nothing is left to write into $file: `npm run docs` has been run", ({ is, shall }) => {
  expect(is).toBe(shall);
});
