// How long a switch kept the node down, by the engine's own events: from the first client that was told to stop to
// the last one that was ready.

import { z } from "zod";
import { LAYERS, type Layer } from "../../clients/spec";
import { LABELS, type Owner } from "../../components/names";
import type { HostChannel } from "../host/channel";

const eventSchema = z.object({
  Action: z.string(),
  timeNano: z.number(),
  Actor: z.object({ Attributes: z.record(z.string(), z.string()) }),
});

export interface Seen {
  readonly action: string;
  readonly role: string;
  /** Unix seconds. */
  readonly time: number;
}

/** An event of one of the stack's clients; undefined: of something else. */
export function readEvent(line: string): Seen | undefined {
  try {
    const { Action: action, timeNano, Actor } = eventSchema.parse(JSON.parse(line));
    const role = Actor.Attributes[LABELS.role] ?? "";
    return LAYERS.some((layer) => layer === role) ? { action, role, time: timeNano / 1e9 } : undefined;
  } catch {
    return undefined;
  }
}

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

/** Listens while something is done. */
export async function whileListening<T>(
  host: HostChannel,
  { id, stack }: Owner,
  work: () => Promise<T>,
): Promise<{ result: T; events: readonly Seen[] }> {
  const events: Seen[] = [];
  const end = new AbortController();
  const listening = host.try(
    [
      "events",
      "--filter=type=container",
      `--filter=label=${LABELS.id}=${id}`,
      `--filter=label=${LABELS.stack}=${stack}`,
      "--format={{json .}}",
    ],
    {
      signal: end.signal,
      onLine: (line) => {
        const event = readEvent(line);
        if (event) events.push(event);
      },
    },
  );
  try {
    return { result: await work(), events };
  } finally {
    end.abort();
    await listening;
  }
}
