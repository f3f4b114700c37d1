// A client that ends by itself over and over while an update waits for it to be well: told as it happens, where the
// update alone would be silent until its patience ends.

import type { Layer } from "../clients/spec";
import { HostChannel } from "./host/channel";
import { type Seen, whileListening } from "./host/client-events";

export interface Crashes {
  readonly stack: string;
  readonly layer: Layer;
  /** Name of its container. */
  readonly container: string;
  readonly times: number;
  /** The last lines it wrote. */
  readonly log: string;
}

/** Ends after which it is told; then again whenever they have doubled. */
const FIRST = 3;
const LINES = 5;

/** Counts how often each layer's client ended without having been told to. */
export class OwnEnds {
  private readonly told = new Set<Layer>();
  private readonly ends = new Map<Layer, number>();

  /** @returns how often it has ended, where that is to be told now. */
  note({ action, role }: Pick<Seen, "action" | "role">): number | undefined {
    if (action === "kill") this.told.add(role);
    if (action === "start") this.told.delete(role);
    if (action !== "die" || this.told.has(role)) return undefined;
    const times = (this.ends.get(role) ?? 0) + 1;
    this.ends.set(role, times);
    return Number.isInteger(Math.log2(times / FIRST)) ? times : undefined;
  }
}

/** Does `work`, and tells of those clients of the stack that end by themselves meanwhile. */
export async function tellingCrashes<T>(
  uri: string,
  stack: string,
  onCrashes: (crashes: Crashes) => void,
  work: () => Promise<T>,
): Promise<T> {
  const host = new HostChannel(uri);
  const ends = new OwnEnds();
  const tell = async ({ role, container }: Seen, times: number): Promise<void> => {
    const { all } = await host.try(["logs", "--tail", `${LINES}`, container]);
    onCrashes({ stack, layer: role, container, times, log: all });
  };
  const telling: Promise<void>[] = [];
  const { result } = await whileListening(host, { stack }, work, (seen) => {
    const times = ends.note(seen);
    if (times !== undefined) telling.push(tell(seen, times));
  });
  await Promise.all(telling);
  return result;
}
