// What a rehearsal remembers between commands: its settings, the seed's keys, and the iterations it released.

import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { LOCAL_URI } from "../operations/docker-engine";
import { dataFolder } from "../toolchain/paths";
import { writeWhole } from "../toolchain/write-whole";
import { profileSchema } from "./profile";

const key = z.string().regex(/^[0-9a-f]{64}$/);

export const rehearsalSchema = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,20}$/),
  profile: profileSchema,
  /** The engine it runs on, of this machine: its releases are on loopback. */
  dockerHost: z.string().default(LOCAL_URI),
  /** First three parts of the /24 its network has, such as `10.213.39`. */
  subnet: z.string().regex(/^\d{1,3}\.\d{1,3}\.\d{1,3}$/),
  /** Port of the release server on loopback. */
  port: z.number().int(),
  mnemonic: z.string(),
  /** Node keys of the seed, which is the bootnode of every iteration. */
  seed: z.object({ executionKey: key, beaconKey: key }),
  /** `over`: its seed was taken down, and what it knew of the chain with it. */
  iterations: z.array(
    z.object({ iteration: z.number().int(), executionGenesisTime: z.number().int(), over: z.boolean().optional() }),
  ),
  server: z.object({ pid: z.number().int(), started: z.string() }).optional(),
});

export type Rehearsal = z.infer<typeof rehearsalSchema>;

/**
 * The words of a rehearsal's validators unless it is given others. They are published all over the
 * field, which is fine for a chain that lives on one machine, and for nothing else.
 */
export const TEST_MNEMONIC = "test test test test test test test test test test test junk";

const root = (): string => join(dataFolder(), "rehearsals");
export const folderOf = (name: string): string => join(root(), name);
export const releasesFolder = (name: string): string => join(folderOf(name), "releases");
const fileOf = (name: string): string => join(folderOf(name), "rehearsal.json");

export const newNodeKey = (): string => randomBytes(32).toString("hex");

export async function load(name: string): Promise<Rehearsal | undefined> {
  const text = await readFile(fileOf(name), "utf8").catch(() => undefined);
  return text === undefined ? undefined : rehearsalSchema.parse(JSON.parse(text));
}

export async function save(rehearsal: Rehearsal): Promise<void> {
  await mkdir(folderOf(rehearsal.name), { recursive: true, mode: 0o700 });
  const file = fileOf(rehearsal.name);
  await writeWhole(file, `${JSON.stringify(rehearsal, undefined, 2)}\n`, 0o600);
}

export async function forget(name: string): Promise<void> {
  await rm(folderOf(name), { recursive: true, force: true });
}

export async function list(): Promise<string[]> {
  return (await readdir(root()).catch(() => [])).sort();
}
