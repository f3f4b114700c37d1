// Whether a node does what it is there for: follows the chain, and its validators attest. `up --wait` waits for that.

import { setTimeout as sleep } from "node:timers/promises";
import { haveDuties, type StatusReport } from "./report";

/**
 * What a node still has to do before it is at work; undefined: nothing.
 *
 * @param since slot by the clock when the waiting began. A head from before may be the one that the beacon node was
 *   stopped with: as long as the clock is only a few slots on, it tells nothing of whether the node follows the chain.
 */
export function stillToDo(
  { healthy, problem, chain, beacon, validators }: StatusReport,
  since: number,
): string | undefined {
  if (!healthy) return problem?.text ?? "the node is not healthy yet";
  const begins = chain !== null && chain.slot < 0;
  if (haveDuties(validators) && begins) return "slot 0 is near";
  if (!begins && beacon && (beacon.headSlot ?? -1) < since) return `no block of slot ${since} or later has come yet`;
  if (!haveDuties(validators) || validators.attested) return undefined;
  const { uncounted } = validators;
  return uncounted === null ? "no attestation is on the chain yet" : `duties can't be counted: ${uncounted}`;
}

export interface Waiting {
  readonly look: () => Promise<StatusReport>;
  /** Milliseconds after which it gives up. */
  readonly patience: number;
  /** Milliseconds between two looks. */
  readonly pause: number;
  /** Told what the node still has to do, when that changes. */
  readonly tell: (stillToDo: string) => void;
}

/** Waits until a node is at work, and returns how it was seen last. `left`: what it had not done when patience ended. */
export async function untilAtWork({
  look,
  patience,
  pause,
  tell,
}: Waiting): Promise<{ report: StatusReport; left: string | undefined }> {
  const deadline = Date.now() + patience;
  const first = await look();
  const since = first.chain?.slot ?? 0;
  let told = "";
  for (let report = first; ; report = await look()) {
    const left = stillToDo(report, since);
    if (left === undefined || Date.now() > deadline) return { report, left };
    if (left !== told) tell(left);
    told = left;
    await sleep(pause);
  }
}
