// Every problem has a section that says what it means and what to do, and no section is of a problem that is gone.

import { PROBLEM_CODES } from "../../../config/problem";
import { FINDING_CODES } from "../../../operations/status/judge";
import { read, rowsOf, section, sectionsOf, sources } from "../../support/docs";

const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = ""]) => found);

const declared: readonly string[] = PROBLEM_CODES;
const guide = read("docs/troubleshooting.md");
const codes = [...declared, ...FINDING_CODES];
const sections = new Map(sectionsOf(guide, 3).map(({ title, text }) => [title, text]));

test("every problem code that is declared is used, and none is used that is not declared", () => {
  const thrown = new Set(all(sources(), /(?:new Problem|super)\(\s*"([a-z-]+)"/g));
  expect([...thrown].sort()).toEqual([...declared].sort());
});

test("docs/troubleshooting.md has a section for each problem code, and no other", () => {
  expect(codes).toEqual([...new Set(codes)]);
  expect([...sections.keys()].sort()).toEqual([...codes].sort());
});

test.each(codes)("the section of %s says what is said, what it means and what to do", (code) => {
  const labels = all(sections.get(code) ?? "", /^\*\*(\w+)\*\* /gm);
  expect(labels).toEqual(["Says", "Means", "Do"]);
});

test.each(codes)("what the section of %s quotes is what the program says", (code) => {
  const text = sources();
  const said = /^\*\*Says\*\* (.*)$/m.exec(sections.get(code) ?? "")?.[1] ?? "";
  // An ellipsis stands for what differs from case to case, and a layer's name for a placeholder.
  const fragments = all(said, /`([^`]+)`/g).flatMap((quoted) =>
    quoted.replace(/(?<=^The )execution(?= container)/, "…").split("…"),
  );
  expect(fragments.map((each) => each.trim()).filter((each) => !text.includes(each))).toEqual([]);
});

test("docs/status.md has the codes of a node that is not healthy, in the order they are looked for", () => {
  const rows = rowsOf(section(read("docs/status.md"), "Problem codes"));
  expect(rows.map(([code]) => code)).toEqual(FINDING_CODES);
});
