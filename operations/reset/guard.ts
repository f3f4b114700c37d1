// The guard of a run without a person: of what the engine would do, only what a reset consists of.
// A stage creates, and does over what it made of a chain that nothing has run on; a switch replaces this stack's clients
// and their gate; a settle removes what ended.

import type { DeploymentRecord, Plan } from "../../chain/plan";
import { HEALTHY } from "../../components/names";

/** A step of a preview, as `pulumi preview --json --show-replacement-steps` prints it. */
export interface Change {
  readonly op: string;
  readonly urn: string;
}

const QUIET: ReadonlySet<string> = new Set(["same", "read", "read-discard", "refresh"]);
const REPLACES: ReadonlySet<string> = new Set(["replace", "create-replacement", "delete-replaced"]);

const typeOf = (urn: string): string => urn.split("::").at(-2)?.split("$").at(-1) ?? "";
const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";
/**
 * The generation in a resource's name; undefined: it outlives them all. It stands behind the host's name, which may look
 * like one itself.
 */
function generationOf(urn: string, host: string): string | undefined {
  const name = nameOf(urn);
  return name.startsWith(`${host}-`) ? /^(\d+-[0-9a-f]{8})(?:-|$)/.exec(name.slice(host.length + 1))?.[1] : undefined;
}

const isClient = (urn: string): boolean => typeOf(urn) === "docker:index/container:Container";
const isGate = (urn: string): boolean =>
  typeOf(urn) === "random:index/randomId:RandomId" && nameOf(urn).endsWith("-gate");
/** What waits for a client goes with the client. */
const isWait = (urn: string): boolean => isJob(urn) && nameOf(urn).endsWith(HEALTHY);
/** Commands of jobs have nothing to undo: to forget one does nothing on any host. */
const isJob = (urn: string): boolean => typeOf(urn) === "command:local:Command";
const isImage = (urn: string): boolean => typeOf(urn) === "docker:index/remoteImage:RemoteImage";

function isReset({ op, urn }: Change, plan: Plan, record: DeploymentRecord, host: string): boolean {
  const generation = generationOf(urn, host);
  const alive = [plan.active, plan.next].map((chain) => chain?.generation);
  const kept = [...alive, plan.previous?.generation];
  const switches = plan.active.identity !== record.active.identity;
  if (op === "create") return isImage(urn) || isWait(urn) || (generation !== undefined && alive.includes(generation));
  const unused = generation !== undefined && alive.includes(generation) && generation !== record.active.generation;
  if (op === "update") return unused && isJob(urn);
  if (REPLACES.has(op)) return switches && (isGate(urn) || isClient(urn) || isWait(urn));
  if (op !== "delete" || generation === undefined) return false;
  return !kept.includes(generation) || (generation === plan.previous?.generation && isJob(urn));
}

/**
 * The changes that are no part of a reset.
 *
 * @param host its name, with which those of all resources begin.
 */
export function heldBack(
  changes: readonly Change[],
  plan: Plan,
  record: DeploymentRecord,
  host: string,
): readonly Change[] {
  return changes.filter((change) => !QUIET.has(change.op) && !isReset(change, plan, record, host));
}

/** What shows of a client that would be another one: not of one that a switch has taken away and not yet made anew. */
const EDITS: ReadonlySet<string> = new Set(["update", "delete-replaced", "delete"]);

/**
 * Clients that would change on the chain they are on, because of something that nobody has brought up.
 *
 * @param changes of a preview with what is deployed for a plan. When the gate is among them a switch has begun
 * already, and was looked at before it did.
 */
export function edited(changes: readonly Change[]): readonly Change[] {
  if (changes.some(({ op, urn }) => isGate(urn) && !QUIET.has(op))) return [];
  return changes.filter(({ op, urn }) => isClient(urn) && EDITS.has(op));
}

/** Resources of a chain that the record has none of any more. */
export function remains<T extends { readonly urn: string }>(
  resources: readonly T[],
  { active, previous, next }: DeploymentRecord,
  host: string,
): readonly T[] {
  const kept = [active, previous, next].map((chain) => chain?.generation);
  return resources.filter(({ urn }) => {
    const generation = generationOf(urn, host);
    return generation !== undefined && !kept.includes(generation);
  });
}

/** A change in words: what would happen to what. */
export const describe = ({ op, urn }: Change): string => `${op} ${typeOf(urn)} ${nameOf(urn)}`;
