// The time of others: what web servers that have nothing to do with each other say in their answers.

import { get, HttpFailure, HURRY, QUICK } from "./release/http";

/** The clocks of those that answer, whatever they answer; unix seconds. */
export async function timesOf(urls: readonly string[]): Promise<readonly number[]> {
  const asked = urls.map((url) =>
    get(url, { ...QUICK, ...HURRY }).then(
      ({ date }) => date,
      (error) => (error instanceof HttpFailure ? error.date : undefined),
    ),
  );
  return (await Promise.all(asked)).filter((time) => time !== undefined);
}
