// How long a switch kept the node down, by the engine's own events: from the first client that was told to stop to
// the last one that was ready.

import type { Layer } from "../../clients/spec";
import type { Seen } from "../host/client-events";

/**
 * @param last the layer that starts last.
 * @returns seconds; null where nothing was stopped, or the last layer was not seen ready.
 */
export function nodeDown(events: readonly Seen[], last: Layer): number | null {
  const stopped = events.find(({ action }) => action === "kill" || action === "die");
  const ready = events.findLast(({ action, role }) => action === "health_status: healthy" && role === last);
  if (!stopped || !ready || ready.time < stopped.time) return null;
  return Math.round((ready.time - stopped.time) * 10) / 10;
}
