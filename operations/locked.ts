// A stack that another run has: a problem of its own, as most of the time it is none.

import { Problem } from "../config/problem";

/** Seconds that no run takes: what is at work for longer hangs, or died where nobody can look. */
const LONGEST_RUN = 1_800;

export class Locked extends Problem {
  /** @param since when the oldest run that has it began, unix seconds; NaN: not known. */
  constructor(
    text: string,
    remedy: string,
    readonly since: number,
  ) {
    super("locked", text, remedy);
  }

  /** Whether the stack is not given back any more, as far as can be seen. */
  hangs(now: number): boolean {
    return now - this.since > LONGEST_RUN;
  }
}
