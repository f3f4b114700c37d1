// What a switch took, by the engine's own events: how long the node was down, and how long its clients would have
// needed by themselves.

import { LAYERS, type Layer } from "../clients/spec";
import type { Seen } from "../operations/host/client-events";

export interface SwitchTimes {
  /** Seconds from the first client that was told to stop to the last one that was ready. */
  readonly down: number;
  /** Seconds the clients took to stop, and to be ready from a cold start, one after the other. */
  readonly own: number;
  /** When the last one was ready, unix seconds. */
  readonly ready: number;
}

const HEALTHY = "health_status: healthy";

/** A layer's first event of one kind, and its first one of another kind after that. */
function pair(events: readonly Seen[], layer: Layer, from: string, to: string): readonly [Seen, Seen] | undefined {
  const first = events.find(({ role, action }) => role === layer && action === from);
  const second =
    first && events.find(({ role, action, time }) => role === layer && action === to && time >= first.time);
  return first && second && [first, second];
}

/**
 * @param events those of one switch, in order.
 * @returns undefined where not every client was seen to stop and to be ready again.
 */
export function switchTimes(events: readonly Seen[]): SwitchTimes | undefined {
  const parts = LAYERS.flatMap((layer) => [pair(events, layer, "kill", "die"), pair(events, layer, "start", HEALTHY)]);
  const known = parts.filter((part) => part !== undefined);
  const begin = events.find(({ action }) => action === "kill");
  // What is started again later, for want of peers, keeps nobody from duties.
  const [, end] = pair(events, "validator", "start", HEALTHY) ?? [];
  if (known.length < parts.length || !begin || !end) return undefined;
  return {
    down: end.time - begin.time,
    ready: end.time,
    own: known.reduce((sum, [from, to]) => sum + to.time - from.time, 0),
  };
}

/** One list for each switch: it begins when the validator client is told to stop and ends before the next one does. */
export function switchesOf(events: readonly Seen[]): readonly (readonly Seen[])[] {
  const begins = events.flatMap(({ role, action }, index) =>
    role === "validator" && action === "kill" ? [index] : [],
  );
  // One stop may be several signals: a switch begins with the first after a start.
  const first = begins.filter((index, place) => {
    const before = begins[place - 1];
    return before === undefined || events.slice(before, index).some(({ action }) => action === "start");
  });
  return first.map((index, place) => events.slice(index, first[place + 1]));
}
