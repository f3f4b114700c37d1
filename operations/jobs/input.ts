// What Pulumi hands to a job, checked.

import { z } from "zod";
import { chainFactsSchema } from "../../chain/facts";
import { ownerSchema } from "../../components/names";
import { INTEGRATED, KEYS, VALIDATOR_CLIENTS } from "../../config/keys";
import { Problem } from "../../config/problem";

/** What signs: which client, in whose container, from which image. */
export const signerSchema = z.object({
  client: z.enum([...VALIDATOR_CLIENTS, INTEGRATED]),
  layer: z.enum(["beacon", "validator"]),
  /** Digest or id. */
  image: z.string(),
});

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
  /** Whether the group reads the keys as well. */
  shared: z.literal(true).optional(),
});

export const deliverJwtInput = onHost.extend({
  generation: z.string(),
  volume: z.string(),
  /** Another secret is another input, so that the job runs again. */
  jwtDigest: z.string(),
});

export const awaitBeaconInput = onHost.extend({
  network: z.string(),
  chain: chainFactsSchema,
  beaconNodes: z.array(z.string()).min(1),
});

export const protectInput = onHost.extend({
  chain: chainFactsSchema,
  /** The key volume and the one of the bundle's files. */
  volumes: z.object({ keys: z.string(), genesis: z.string() }),
  /** A digest over the public keys. */
  keysDigest: z.string(),
  signer: signerSchema,
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
  beaconApi: z.string(),
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
