// What Pulumi hands to a job, checked.

import { z } from "zod";
import { chainFactsSchema } from "../../chain/facts";
import { ownerSchema } from "../../components/names";
import { KEYS } from "../../config/keys";
import { Problem } from "../../config/problem";

const onHost = z.object({ owner: ownerSchema, uri: z.string(), image: z.string() });

export const deliverGenesisInput = onHost.extend({
  volume: z.string(),
  chain: chainFactsSchema,
  releaseSources: z.array(z.string()),
  revision: z.number(),
});

export const deliverKeysInput = onHost.extend({
  volume: z.string(),
  count: z.number().int().positive(),
  start: z.number().int().nonnegative(),
  /** Another mnemonic is another input, so that the job runs again. */
  mnemonicDigest: z.string().optional(),
});

export const decideInput = onHost.extend({
  network: z.string(),
  chain: chainFactsSchema,
  checkpointProviders: z.array(z.string()),
});

export const scheduleInput = z.object({
  owner: ownerSchema,
  kind: KEYS.resetSchedule.schema,
  /** Absent: this machine is to run the resets. */
  host: z.object({ uri: z.string(), folder: z.string() }).optional(),
});

const clientName = z.string();

export const proveInput = onHost.extend({
  chain: chainFactsSchema,
  network: z.string(),
  containers: z.record(z.string(), z.string()),
  clients: z.object({ execution: clientName, beacon: clientName, validator: clientName }),
  apiNetwork: z.string(),
  beaconApiPort: z.number().int(),
  /** Of the validators whose duties are looked at. */
  pubkeys: z.array(z.string()),
});

/** The job's input from its environment, where the component put it. */
export function readInput<T>(schema: z.ZodType<T>): T {
  const text = process.env.EPHEMERY_JOB;
  if (text === undefined) {
    throw new Problem(
      "job",
      "Jobs are started by Pulumi, with their input in EPHEMERY_JOB.",
      "Run `bin/ephemery up` instead.",
    );
  }
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Problem(
    "job",
    `The job's input is not as expected:\n${z.prettifyError(parsed.error)}`,
    "This is a fault of the project. Please report it.",
  );
}
