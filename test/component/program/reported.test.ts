// Promise 9 at the program's own end: whatever it throws reaches the engine as a message and a remedy.

import * as pulumi from "@pulumi/pulumi";
import { reported } from "../../../components/program/reported";
import { Problem } from "../../../config/problem";

async function failure(thrown: unknown): Promise<unknown> {
  return reported(() => Promise.reject(thrown))().then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("promise 9: a problem becomes its text, without a stack trace", async () => {
  const problem = new Problem("no-plan", "There is no release.", "Check the sources.");
  const error = await failure(problem);
  expect(pulumi.RunError.isInstance(error)).toBe(true);
  expect(error).toMatchObject({ message: problem.text, stack: problem.text });
});

test.each([
  ["an error", new TypeError("x is not a function"), "x is not a function"],
  ["something that is no error", "text", "text"],
])(
  "promise 9: %s that nobody expected keeps its message, is called a fault of the project, and shows no stack trace",
  async (_, thrown, message) => {
    const error = await failure(thrown);
    expect(pulumi.RunError.isInstance(error)).toBe(true);
    const text = expect.stringMatching(new RegExp(`^${message}\\n.*report it`));
    expect(error).toMatchObject({ message: text, stack: text });
    expect(error).toMatchObject({ stack: expect.not.stringMatching(/^\s+at /m) });
  },
);

test("an error the engine knows already passes as it is", async () => {
  const error = new pulumi.RunError("known");
  expect(await failure(error)).toBe(error);
});

test("what succeeds passes", async () => {
  expect(await reported(async () => 42)()).toBe(42);
});
