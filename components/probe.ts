// How often a client is probed: each second while it starts, when somebody waits for it; seldom once it is well.

/** In the container's memory: gone when it starts again. */
const MARK = "/tmp/.well";
/** Seconds a client that was well is left alone. */
const REST = 10;
/** Seconds one probe may take. */
const PATIENCE = 5;

/**
 * The interval is that of a start: the provider looks at a new container's health once a second, so a probe has to be
 * done before. Docker has another one for later only from Engine 25 on, and older ones refuse it; each probe is a
 * process, and three clients that were probed each second would cost a small host a tenth of a core for nothing.
 *
 * Written as Go writes durations: the provider reads them back so, and anything else is a difference.
 */
export const PROBE = { interval: "700ms", timeout: `${REST + PATIENCE}s`, retries: 30, startPeriod: "0s" } as const;

/**
 * A probe that rests before it looks where the look before it found the client well.
 *
 * @param test Docker's form: `CMD-SHELL` and a script, or `CMD`, a shell, `-c` and a script.
 */
export function unhurried(test: readonly string[]): string[] {
  const script = test.at(-1);
  const before = test.slice(0, -1);
  if (script === undefined || !(before.join(" ") === "CMD-SHELL" || (before[0] === "CMD" && before[2] === "-c")))
    throw new Error(`a probe is a script, not ${JSON.stringify(test)}`);
  const whole = `[ ! -e ${MARK} ] || sleep ${REST}; if (${script}); then : > ${MARK}; else rm -f ${MARK}; exit 1; fi`;
  return [...before, whole];
}
