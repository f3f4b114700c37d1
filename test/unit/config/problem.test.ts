// How failures reach a person, and how they are found again in another program's output.

import fc from "fast-check";
import { PROBLEM_CODES, Problem, problemIn, toProblem } from "../../../config/problem";

describe("promise 9: a problem's text", () => {
  test("is what failed, what to do, and where there is more", () => {
    expect(new Problem("locked", "Stack dev is locked.\nBy process 7.", "Wait for it.").text).toBe(
      "Stack dev is locked.\nBy process 7.\nWait for it.\nMore: docs/troubleshooting.md#locked",
    );
  });

  test("has no empty line where there is nothing to do", () => {
    expect(new Problem("keys", "Nothing was removed.", "").text).toBe(
      "Nothing was removed.\nMore: docs/troubleshooting.md#keys",
    );
  });
});

describe("whatever is thrown becomes a problem:", () => {
  test("a problem is itself", () => {
    const problem = new Problem("keys", "a", "b");
    expect(toProblem(problem)).toBe(problem);
  });

  test.each<[string, unknown, string]>([
    ["an error keeps its message", new RangeError("too much"), "too much"],
    ["a text is the message", "too much", "too much"],
    ["nothing is told as well", undefined, "undefined"],
    ["an object is told as well", { toString: () => "odd" }, "odd"],
  ])("%s", (_, thrown, message) => {
    const problem = toProblem(thrown);
    expect(problem).toMatchObject({ code: "internal", message, cause: thrown });
    expect(problem.remedy).toContain("report it");
  });

  test("and its text has no stack trace", () => {
    const error = new Error("oops");
    expect(error.stack).toContain("problem.test");
    expect(toProblem(error).text).not.toContain("problem.test");
  });
});

describe("a problem in another program's output", () => {
  const BEFORE = /^[ \t]*error: /m;
  const line = fc.stringMatching(/^[A-Za-z`.:#-][A-Za-z0-9 `.,:/#-]{0,40}[A-Za-z0-9.]$/);
  const inner = fc.tuple(fc.constantFrom("", "  ", "    "), line).map(([indent, text]) => `${indent}${text}`);
  const problems = fc
    .record({
      code: fc.constantFrom(...PROBLEM_CODES),
      first: line,
      more: fc.array(inner, { maxLength: 3 }),
      remedy: line,
    })
    .map(({ code, first, more, remedy }) => new Problem(code, [first, ...more].join("\n"), remedy));

  test("is found as it was, whatever stands around it and however it is indented", () => {
    fc.assert(
      fc.property(
        problems,
        fc.constantFrom("", "  ", "    ", "\t"),
        fc.constantFrom("", "\n"),
        (problem, indent, gap) => {
          const [first = "", ...rest] = problem.text.split("\n");
          const shown = [`${indent}error: ${first}`, ...rest.map((each) => `${indent}${each}`)].join("\n");
          const output = `Updating (dev)\n\nDiagnostics:\n  pulumi:pulumi:Stack (x-dev):\n${shown}${gap}\n\nResources:\n    1 unchanged\n`;
          const found = problemIn(output, BEFORE);
          expect({ code: found?.code, message: found?.message, remedy: found?.remedy }).toEqual({
            code: problem.code,
            message: problem.message,
            remedy: problem.remedy,
          });
        },
      ),
    );
  });

  test("is the first of several", () => {
    const [a, b] = [new Problem("job", "a", "b"), new Problem("node", "c", "d")];
    expect(problemIn(`error: ${a.text}\nerror: ${b.text}\n`, BEFORE)?.code).toBe("job");
  });

  test.each([
    ["nothing", ""],
    ["an error of another program", "error: update failed\n"],
    ["a problem without what announces it", "Stack is locked.\nWait.\nMore: docs/troubleshooting.md#locked"],
    ["a code that is none", "error: a\nb\nMore: docs/troubleshooting.md#hello"],
  ])("is not there in %s", (_, output) => {
    expect(problemIn(output, BEFORE)).toBeUndefined();
  });
});
