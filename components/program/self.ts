// What this stack's last update left in its own state, read back by a StackReference of the stack to itself.

import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { type DeploymentRecord, recordSchema } from "../../chain/plan";
import type { Clients } from "../../clients/changes";
import { LAYERS } from "../../clients/spec";
import { type Owner, ownerSchema } from "../names";

const hostSchema = z.object({ name: z.string(), uri: z.string() });

/** Each is undefined where no update has got that far. */
export interface Self {
  /** The last plan that was carried out to its end. */
  readonly record: DeploymentRecord | undefined;
  readonly host: z.infer<typeof hostSchema> | undefined;
  readonly owner: Owner | undefined;
  /** The client of each layer. */
  readonly clients: Clients | undefined;
}

const clientsSchema = z.partialRecord(z.enum(LAYERS), z.string());

export async function readSelf(): Promise<Self> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const self = new pulumi.StackReference("self", { name });
  const read = async <T>(output: string, schema: z.ZodType<T>): Promise<T | undefined> => {
    const { value } = await self.getOutputDetails(output);
    return value === undefined || value === null ? undefined : schema.parse(value);
  };
  const [record, host, owner, clients] = await Promise.all([
    read("record", recordSchema),
    read("host", hostSchema),
    read("owner", ownerSchema),
    read("clients", clientsSchema),
  ]);
  return { record, host, owner, clients };
}
