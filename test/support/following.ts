// A node among the others of its rehearsal: what they know it by, and whether it is in their chain.

import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { host, inside } from "./machine";
import { isOfSeedChain } from "./seed-chain";
import { statusOf } from "./status";

const TOOLS = "ephemery.local/tools:1.35.0-1";

/** What a beacon node answers. */
const ask = (beacon: string, path: string): Promise<string> =>
  inside(beacon, TOOLS, "wget", "-qO-", `http://127.0.0.1:3500/eth/v1/${path}`);

const headSchema = z.object({ data: z.object({ root: z.string() }) });

/** A sync that stands still for so long does not end: Prysm's own limits are a slot, 15 s and half an epoch. */
const STANDSTILL = 120_000;

/**
 * Until it is healthy with a head of the seed's chain. What a beacon node that was started again may do before that is
 * in docs/rehearsal.md: have a head of its own, be sent away for two minutes, or stop in the middle of its sync, which
 * a person would end as it is done here.
 *
 * @param beacon the beacon node's container.
 */
export async function untilFollowing(stack: string, beacon: string): Promise<void> {
  const deadline = Date.now() + 420_000;
  let stands = { at: -1, since: Date.now() };
  for (;;) {
    const seen = await statusOf(stack);
    const answer: unknown = JSON.parse(await ask(beacon, "beacon/headers/head").catch(() => "{}"));
    const { data: head } = headSchema.safeParse(answer);
    if (seen.healthy && head && (await isOfSeedChain(stack, head.data.root))) return;
    const now = Date.now();
    if (now > deadline) throw new Error(`not in the seed's chain: ${JSON.stringify(await statusOf(stack))}`);
    const at = seen.beacon?.headSlot ?? -1;
    if (at !== stands.at || !seen.beacon?.syncing) stands = { at, since: now };
    if (now - stands.since > STANDSTILL) {
      // Told, so that a run that passed shows how often it was needed.
      process.stderr.write(`The beacon node's sync stood still at slot ${at}: it is started again.\n`);
      await host.docker(["restart", beacon]);
      stands = { at, since: now };
    }
    await sleep(2_000);
  }
}

const identitySchema = z.object({ data: z.object({ peer_id: z.string(), enr: z.string() }) });

/**
 * What peers know a node by; sequence number and signature of a record change whenever it is written.
 *
 * @param beacon the beacon node's container.
 */
export async function identityOf(beacon: string): Promise<Readonly<Record<string, unknown>>> {
  const { data } = identitySchema.parse(JSON.parse(await ask(beacon, "node/identity")));
  const { ENR } = await import("@chainsafe/enr");
  const enr = ENR.decodeTxt(data.enr);
  return { peerId: data.peer_id, nodeId: enr.nodeId, ip: enr.ip, tcp: enr.tcp, udp: enr.udp, quic: enr.quic };
}
