// Links between documents, and from them into the tree, lead somewhere.

import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { ROOT } from "../../../toolchain/paths";
import { documents, parseDocument, read } from "../../support/docs";

const parsed = new Map(documents().map((path) => [path, parseDocument(read(path))]));

/** What is wrong with a link; undefined: nothing. */
function broken(from: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? from : normalize(join(dirname(from), file));
  if (!existsSync(join(ROOT, path))) return `${target}: there is no ${path}`;
  if (anchor === undefined) return undefined;
  return parsed.get(path)?.anchors.includes(anchor) ? undefined : `${target}: ${path} has no such heading`;
}

test("there are documents, and they have links", () => {
  expect(documents()).toEqual(expect.arrayContaining(["README.md", "docs/architecture.md", "toolchain/README.md"]));
  expect(parsed.get("README.md")?.links.length).toBeGreaterThan(10);
});

test.each(documents())("every link of %s leads to a file or heading that is there", (path) => {
  expect(parsed.get(path)?.links.flatMap((target) => broken(path, target) ?? [])).toEqual([]);
});

test.each(documents())("no two headings of %s have one anchor", (path) => {
  const anchors = parsed.get(path)?.anchors ?? [];
  expect(anchors).toEqual([...new Set(anchors)]);
});
