// What the engine tells of a stack's clients while something is done.

import { z } from "zod";
import { LAYERS, type Layer } from "../../clients/spec";
import { LABELS, type Owner } from "../../components/names";
import type { HostChannel } from "./channel";

const eventSchema = z.object({
  Action: z.string(),
  timeNano: z.number(),
  Actor: z.object({ Attributes: z.record(z.string(), z.string()) }),
});

export interface Seen {
  readonly action: string;
  readonly role: Layer;
  /** Name of its container. */
  readonly container: string;
  /** Unix seconds. */
  readonly time: number;
}

/** An event of one of the stack's clients; undefined: of something else. */
export function readEvent(line: string): Seen | undefined {
  try {
    const { Action: action, timeNano, Actor } = eventSchema.parse(JSON.parse(line));
    const role = LAYERS.find((layer) => layer === Actor.Attributes[LABELS.role]);
    return role && { action, role, container: Actor.Attributes.name ?? "", time: timeNano / 1e9 };
  } catch {
    return undefined;
  }
}

/**
 * Listens while something is done.
 *
 * @param of whose clients; without an id, those of every stack of that name on the host.
 */
export async function whileListening<T>(
  host: HostChannel,
  of: Pick<Owner, "stack"> & Partial<Owner>,
  work: () => Promise<T>,
  onSeen: (event: Seen) => void = () => undefined,
): Promise<{ result: T; events: readonly Seen[] }> {
  const events: Seen[] = [];
  const end = new AbortController();
  const listening = host.try(
    [
      "events",
      "--filter=type=container",
      ...(of.id === undefined ? [] : [`--filter=label=${LABELS.id}=${of.id}`]),
      `--filter=label=${LABELS.stack}=${of.stack}`,
      "--format={{json .}}",
    ],
    {
      signal: end.signal,
      onLine: (line) => {
        const event = readEvent(line);
        if (!event) return;
        events.push(event);
        onSeen(event);
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
