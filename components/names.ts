// Names and labels of everything a stack has on a Docker host.

import { z } from "zod";

/** Whose a Docker object is. */
export const ownerSchema = z.object({
  host: z.string(),
  stack: z.string(),
  /** Short id, unique where the stack's name is not. */
  id: z.string(),
});

export type Owner = Readonly<z.infer<typeof ownerSchema>>;

/** What a Docker object is for: the value of its label `ephemery.role`. */
export type Role =
  | "execution"
  | "beacon"
  | "validator"
  | "job"
  | "probe"
  | "p2p-network"
  | "engine-network"
  | "api-network"
  | "metrics-network"
  | "genesis"
  | "jwt"
  | "execution-chain"
  | "beacon-chain"
  | "validator-chain"
  | "identity"
  | "keys";

/** `ephemery-<host>-<stack>-<id>-<what>`, with the generation behind what belongs to one chain. */
export function dockerName(owner: Owner, what: string, generation?: string): string {
  return ["ephemery", owner.host, owner.stack, owner.id, what, ...(generation === undefined ? [] : [generation])].join(
    "-",
  );
}

/** What the names of those resources end with that wait for a client; no other's does. */
export const HEALTHY = "-healthy";

export const LABELS = {
  stack: "ephemery.stack",
  id: "ephemery.id",
  role: "ephemery.role",
  generation: "ephemery.generation",
} as const;

/** The labels by which status, repair and people find an object. */
export function labelsOf(owner: Owner, role: Role, generation?: string): Readonly<Record<string, string>> {
  return {
    [LABELS.stack]: owner.stack,
    [LABELS.id]: owner.id,
    [LABELS.role]: role,
    ...(generation === undefined ? {} : { [LABELS.generation]: generation }),
  };
}

/** Labels as the Docker provider takes them, in a fixed order. */
export function labelList(labels: Readonly<Record<string, string>>): { label: string; value: string }[] {
  return Object.entries(labels)
    .map(([label, value]) => ({ label, value }))
    .sort((a, b) => (a.label < b.label ? -1 : 1));
}
