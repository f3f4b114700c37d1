// After a run that was cut off: what the host has of the stack and the state does
// not know is taken away, so that the next `up` can make it.

import { LABELS, type Owner, type Role } from "../components/names";
import { locate } from "./deployment";
import { LockedProblem } from "./engine/failures";
import type { Checkpoint, Stack } from "./engine/stack";
import { HostChannel } from "./host/channel";
import { removeGently } from "./host/remove";

export interface Reconciled {
  /** Whether a dead run's lock was cleared. */
  readonly unlocked: boolean;
  /** Names of containers and networks that were removed. */
  readonly removed: readonly string[];
}

interface Found {
  readonly id: string;
  readonly name: string;
  readonly role: string;
}

const CLIENTS: readonly string[] = ["execution", "beacon", "validator"] satisfies readonly Role[];

/** The stack's containers, jobs and probes among them, or networks on the host. */
async function objectsOf(host: HostChannel, what: "containers" | "networks", { id, stack }: Owner): Promise<Found[]> {
  const name = what === "containers" ? "{{.Names}}" : "{{.Name}}";
  const mine = ["--filter", `label=${LABELS.id}=${id}`, "--filter", `label=${LABELS.stack}=${stack}`];
  const list = what === "containers" ? ["ps", "--all"] : ["network", "ls"];
  const format = `{{.ID}}\t${name}\t{{.Label "${LABELS.role}"}}`;
  const text = await host.docker([...list, "--no-trunc", ...mine, "--format", format]);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [object = "", called = "", role = ""] = line.split("\t");
      return { id: object, name: called, role };
    });
}

/** Names of what was begun to be made and not recorded as done. */
function begun({ pending }: Checkpoint, resourceType: string): ReadonlySet<string> {
  const names = pending
    .filter(({ type, resource }) => type === "creating" && resource.type === resourceType)
    .map(({ resource }) => resource.inputs?.name);
  return new Set(names.filter((name): name is string => typeof name === "string"));
}

/** Whether the state remembers something that was begun and not ended. */
function wasCutOff(checkpoint: Checkpoint): boolean {
  return checkpoint.pending.length > 0;
}

/**
 * Puts state and host in line. The caller holds the stack's run lock.
 *
 * @param options.strangers clients' containers that somebody made anew in the place of the state's are removed as well,
 *   as after a person asked for a repair. Otherwise those alone whose making was begun and not recorded.
 * @throws LockedProblem when a run that may be alive holds the engine's lock.
 */
export async function reconcile(stack: Stack, { strangers = false } = {}): Promise<Reconciled> {
  const unlocked = await takeOver(stack);
  const checkpoint = await stack.checkpoint();
  const place = await locate(stack);
  const removed: string[] = [];
  if (place) {
    const host = new HostChannel(place.uri);
    removed.push(...(await removeOrphans(host, place.owner, checkpoint, strangers)));
    removed.push(...(await removeOrphanedNetworks(host, place.owner, checkpoint)));
  }
  // Last: a run that is cut off before this finds what it needs to begin again.
  if (wasCutOff(checkpoint)) await stack.forgetPending();
  return { unlocked, removed };
}

/** Makes sure that no run holds the engine's lock; clears it where its owner is dead. */
async function takeOver(stack: Stack): Promise<boolean> {
  try {
    await stack.assertUnlocked();
    return false;
  } catch (error) {
    if (!(error instanceof LockedProblem) || !error.abandoned) throw error;
    await stack.cancel();
    return true;
  }
}

async function removeOrphans(
  host: HostChannel,
  owner: Owner,
  checkpoint: Checkpoint,
  strangers: boolean,
): Promise<string[]> {
  const known = new Set(checkpoint.resources.map((resource) => resource.id));
  const unfinished = begun(checkpoint, "docker:index/container:Container");
  const removed: string[] = [];
  for (const container of await objectsOf(host, "containers", owner)) {
    const unknown = CLIENTS.includes(container.role) && !known.has(container.id);
    const client = unknown && (strangers || unfinished.has(container.name));
    if (!client && container.role !== "job") continue;
    await removeGently(host, [container.id]);
    removed.push(container.name);
  }
  return removed;
}

/**
 * Docker takes a second network of the same name, and then takes no container on either. One is removed that was begun
 * and not recorded, or that stands beside the one in the state; Docker keeps those with containers on them.
 */
async function removeOrphanedNetworks(host: HostChannel, owner: Owner, checkpoint: Checkpoint): Promise<string[]> {
  const known = new Set(checkpoint.resources.map((resource) => resource.id));
  const unfinished = begun(checkpoint, "docker:index/network:Network");
  const networks = await objectsOf(host, "networks", owner);
  const doubled = (name: string): boolean => networks.some((each) => each.name === name && known.has(each.id));
  const removed: string[] = [];
  for (const { id, name } of networks) {
    if (known.has(id) || !(unfinished.has(name) || doubled(name))) continue;
    if ((await host.try(["network", "rm", id])).ok) removed.push(name);
  }
  return removed;
}
