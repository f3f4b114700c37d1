// What a test waits for that comes on its own, as a program it started that has to answer.

import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks until there is an answer.
 *
 * @param done undefined or false: not yet.
 * @param seconds after which it is given up.
 * @param otherwise what is told then.
 */
export async function inTime<T>(
  done: () => Promise<T | undefined | false> | T | undefined | false,
  seconds: number,
  otherwise: () => string,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const result = await done();
    if (result !== undefined && result !== false) return result;
    if (Date.now() > deadline) throw new Error(otherwise());
    await sleep(200);
  }
}
