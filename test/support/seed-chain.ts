// The chain as a rehearsal's seed holds it.

import { z } from "zod";
import { dockerName } from "../../components/names";
import { seedOwner } from "../../rehearsal/seed";
import { inside } from "./machine";

const TOOLS = "ephemery.local/tools:1.35.0-1";
const knownSchema = z.object({ data: z.object({ canonical: z.boolean() }) });

/** Whether the seed has a block in its chain, by the block's root. */
export async function isOfSeedChain(rehearsal: string, root: string): Promise<boolean> {
  const url = `http://127.0.0.1:3500/eth/v1/beacon/headers/${root}`;
  // Of a block that it does not know it says nothing that is needed.
  const text = await inside(dockerName(seedOwner(rehearsal), "beacon"), TOOLS, "sh", "-c", `wget -qO- ${url}; true`);
  return text.startsWith("{") && knownSchema.parse(JSON.parse(text)).data.canonical;
}
