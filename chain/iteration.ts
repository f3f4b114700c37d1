// The clock of Ephemery: which iteration runs when, and under which chain id (EIP-6916).

/** What an Ephemery-like network never changes. Times are unix seconds. */
export interface Clock {
  /** Execution genesis time of iteration 0. */
  readonly genesis0: number;
  /** Seconds from one execution genesis to the next. */
  readonly period: number;
}

/** The public network's clock (ephemery-genesis, cl-config.yaml of "genesis zero"). A release may carry another period, which then wins. */
export const EPHEMERY_CLOCK: Clock = { genesis0: 1_393_527_600, period: 2_419_200 };

/** Chain id of iteration 0; iteration n has this plus n. A rehearsal counts the same way. */
const BASE_CHAIN_ID = 39_438_000;

export function chainIdOf(iteration: number): number {
  return BASE_CHAIN_ID + iteration;
}

/** Execution genesis time of an iteration, where the clock's period has always held. */
export function startOf(iteration: number, clock: Clock = EPHEMERY_CLOCK): number {
  return clock.genesis0 + iteration * clock.period;
}

/** `ephemery-166` for iteration 166: tag of its release. */
export function tagOf(iteration: number): string {
  return `ephemery-${iteration}`;
}

/** Iteration of a release tag; undefined for tags that are not of an iteration. */
export function iterationOfTag(tag: string): number | undefined {
  const match = /^ephemery-(\d{1,9})$/.exec(tag);
  return match ? Number(match[1]) : undefined;
}
