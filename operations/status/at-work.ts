// Whether a node does what it is there for: follows the chain, and its validators attest. `up --wait` waits for that.

import type { StatusReport } from "./report";

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
  if (validators.configured > 0 && begins) return "slot 0 is near";
  if (!begins && beacon && (beacon.headSlot ?? -1) < since) return `no block of slot ${since} or later has come yet`;
  if (validators.configured === 0 || validators.attested) return undefined;
  const { uncounted } = validators;
  return uncounted === null ? "no attestation is on the chain yet" : `duties can't be counted: ${uncounted}`;
}
