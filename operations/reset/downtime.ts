// How long a switch kept the node down, by the engine's own events: from the first client that was told to stop to
// the last one that was ready.

import type { Layer } from "../../clients/spec";
import type { Seen } from "../host/client-events";

/** What runs that did not finish a switch saw of the node being down for it. */
export interface Down {
  /** When the first client was told to stop, unix seconds. */
  readonly since: number;
  /** Until the last one was ready; null where none of them saw that. */
  readonly seconds: number | null;
}

const tenths = (time: number): number => Math.round(time * 10) / 10;

/** When the first client was told to stop, unix seconds; undefined: none was. */
export function firstStop(events: readonly Seen[]): number | undefined {
  const stopped = events.find(({ action }) => action === "kill" || action === "die");
  return stopped && tenths(stopped.time);
}

/**
 * @param last the layer that starts last.
 * @param before since when the node was down already, by a run that did not finish the same switch.
 * @returns seconds; null where nothing was stopped, or the last layer was not seen ready.
 */
export function nodeDown(events: readonly Seen[], last: Layer, before?: Down): number | null {
  const stopped = firstStop(events) ?? before?.since;
  const ready = events.findLast(({ action, role }) => action === "health_status: healthy" && role === last);
  if (stopped === undefined || !ready || ready.time < stopped) return before?.seconds ?? null;
  return tenths(ready.time - Math.min(stopped, before?.since ?? stopped));
}
