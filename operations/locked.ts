// A stack that another run has: a problem of its own, as most of the time it is none.

import { Problem } from "../config/problem";

/** Seconds that no run takes: what is at work for longer hangs, or died where nobody can look. */
const LONGEST_RUN = 1_800;

/** Seconds that a switch may wait for a run that was at work when it came due: slot 0 is ten minutes away then. */
const LONGEST_WAIT = 60;

export class Locked extends Problem {
  /** @param since when the oldest run that has it began, unix seconds; NaN: not known. */
  constructor(
    text: string,
    remedy: string,
    readonly since: number,
  ) {
    super("locked", text, remedy);
  }

  /**
   * Whether the stack is not given back any more, as far as can be seen, or a switch waits for it for too long.
   *
   * @param turn when the node moves, unix seconds; 0: not known.
   */
  hangs(now: number, turn: number): boolean {
    const late = this.since < turn && now >= turn + LONGEST_WAIT;
    return late || now - this.since > LONGEST_RUN;
  }
}
