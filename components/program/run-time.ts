// The time of a run, fixed once, so that an update makes the plan its preview showed.

/** Names the time to the program. Unix seconds. */
export const RUN_TIME = "EPHEMERY_RUN_TIME";

export function runTime(): number {
  const given = process.env[RUN_TIME];
  return given !== undefined && /^\d+$/.test(given) ? Number(given) : Math.floor(Date.now() / 1000);
}
