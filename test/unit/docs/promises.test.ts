// The promises of docs/architecture.md: every number that a test or a policy names is one of them, and each names the
// layers of tests that hold it.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../toolchain/paths";
import { read, section } from "../../support/docs";

/** The layers behind each promise, as the document has them, by its number. */
const promised = new Map(
  [...section(read("docs/architecture.md"), "Promises").matchAll(/^(\d+)\. .* \(([a-z, ]+)\)$/gm)].map(
    ([, number = "", layers = ""]) => [Number(number), layers.split(", ")],
  ),
);

function filesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.name === "node_modules") return [];
    return entry.isDirectory() ? filesOf(path) : /\.(ts|md|yaml)$/.test(entry.name) ? [path] : [];
  });
}

/** Numbers of the promises that a text names, as in "promise 4: …" and "promises 5 and 8". */
const namedIn = (text: string): number[] =>
  [...text.matchAll(/\bpromises? (\d+(?:(?:, | and )\d+)*)/gi)].flatMap(([, numbers = ""]) =>
    (numbers.match(/\d+/g) ?? []).map(Number),
  );

/** The examples of this file are nobody's. */
const others = [...filesOf("test"), ...filesOf("policies")].filter(
  (path) => path !== "test/unit/docs/promises.test.ts",
);
const named = others.flatMap((path) => namedIn(read(path)).map((number) => ({ path, number })));

test("there are nine promises", () => {
  expect([...promised.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("every promise that a test or a policy names is there", () => {
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter(({ number }) => !promised.has(number))).toEqual([]);
  expect(namedIn("promises 4, 5 and 12: a node")).toEqual([4, 5, 12]);
});

test.each([...promised])("promise %i names every layer that holds it, and no other", (number, layers) => {
  const holding = named.filter((each) => each.number === number && each.path.startsWith("test/"));
  expect(new Set(holding.map(({ path }) => path.split("/")[1]))).toEqual(new Set(layers));
});
