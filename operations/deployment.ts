// What a stack's state says of what is deployed: the program's outputs, checked.

import { z } from "zod";
import { recordSchema } from "../chain/plan";
import { deliveredKeysSchema } from "../components/delivered-keys";
import { LABELS, type Owner, ownerSchema } from "../components/names";
import { stackIdHere } from "../components/program/stack-id";
import type { Settings } from "../config/settings";
import type { Stack } from "./engine/stack";

const outputsSchema = z.object({
  record: recordSchema.optional(),
  owner: ownerSchema.optional(),
  containers: z.record(z.string(), z.string()).optional(),
  apiNetwork: z.string().optional(),
  identity: z.string().optional(),
  validators: z.object({ count: z.number(), start: z.number(), digest: z.string() }).optional(),
  tools: z.string().optional(),
  host: z.object({ name: z.string(), uri: z.string() }).optional(),
  schedule: z.enum(["systemd", "cron", "none"]).optional(),
  scheduleOn: z.enum(["runner", "host"]).optional(),
});

export type Deployment = z.infer<typeof outputsSchema>;

export async function readDeployment(stack: Stack): Promise<Deployment> {
  return outputsSchema.parse(await stack.outputs());
}

/** What a stack's resources say beside its outputs. */
export interface Details {
  /** Public keys of the stack's validators, as their job printed them; empty without validators. */
  readonly pubkeys: readonly string[];
  /** Digest or id of the image that each container was made from, by the container's name. */
  readonly images: Readonly<Record<string, string>>;
}

const containerSchema = z.object({ name: z.string(), image: z.string() });

export async function readDetails(stack: Stack): Promise<Details> {
  const { resources } = await stack.checkpoint();
  const job = resources.find(({ urn }) => urn.includes("ephemery:index:ValidatorKeys$command:local:Command::"));
  const stdout = job?.outputs?.stdout;
  const containers = resources.flatMap(({ type, inputs }) =>
    type === "docker:index/container:Container" ? [containerSchema.parse(inputs)] : [],
  );
  return {
    pubkeys: typeof stdout === "string" ? deliveredKeysSchema.parse(JSON.parse(stdout)).pubkeys : [],
    images: Object.fromEntries(containers.map(({ name, image }) => [name, image])),
  };
}

/** The id in the names of the stack's Docker objects, as the program has it; `recorded` as the outputs tell. */
export async function idOf(stack: Stack, { id }: Pick<Settings, "id">, recorded?: Owner): Promise<string> {
  return id ?? recorded?.id ?? stackIdHere(await stack.whoami(), stack.name);
}

/** Whose the stack's Docker objects are and where, also of a stack whose first `up` failed; undefined: it has none. */
export async function locate(stack: Stack): Promise<{ owner: Owner; uri: string } | undefined> {
  const { resources, pending } = await stack.checkpoint();
  const known = [...resources, ...pending.map(({ resource }) => resource)];
  const provider = known.find(({ type }) => type === "pulumi:providers:docker");
  const uri = provider?.inputs?.host;
  for (const { inputs } of known) {
    const labels = z.array(z.object({ label: z.string(), value: z.string() })).safeParse(inputs?.labels);
    if (!labels.success || typeof uri !== "string") continue;
    const id = labels.data.find(({ label }) => label === LABELS.id)?.value;
    const name = provider?.urn.split("::docker-").at(-1);
    if (id !== undefined && name !== undefined) return { owner: { host: name, stack: stack.name, id }, uri };
  }
  return undefined;
}
