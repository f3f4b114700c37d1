// What a run of jest says of itself as JSON, and the part of it that a person looks for first.

import { stripVTControlCharacters } from "node:util";
import { z } from "zod";

export const resultSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numRuntimeErrorTestSuites: z.number(),
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      /** Of a file whose tests did not run, why. */
      message: z.string(),
      assertionResults: z.array(
        z.object({ status: z.string(), fullName: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});

type Result = z.infer<typeof resultSchema>;

/** Lines of a failure that say what was expected and what came; stacks and logs are with the test itself. */
const LINES = 30;

const head = (text: string): string =>
  stripVTControlCharacters(text)
    .split("\n")
    .filter((line) => !/^\s+at /.test(line))
    .slice(0, LINES)
    .map((line) => `  ${line}`)
    .join("\n");

/** Each test that failed, or file that did not run, and how its failure begins. Empty where nothing failed. */
export function recapOf({ testResults }: Pick<Result, "testResults">): string {
  return testResults
    .flatMap(({ name, message, assertionResults }) => {
      const failed = assertionResults.filter(({ status }) => status === "failed");
      if (failed.length === 0 && assertionResults.length === 0 && message !== "") return [`${name}\n${head(message)}`];
      return failed.map(({ fullName, failureMessages }) => `${fullName}\n${head((failureMessages ?? []).join("\n"))}`);
    })
    .join("\n\n");
}
