// What the seed remembers of a node, and how it forgets. A node that is gone comes back under the same key; with an
// empty database its Prysm numbers its metadata from 0, and a peer that knows a higher number takes each of its pings for
// a bad answer, until it shuts the node out for hours (validity of pings, beacon-chain/sync/rpc_ping.go). Asking too
// fast, as one does that can't get past an orphaned block, is counted with them (sync/rate_limiter.go). The public
// network has other peers; here there is one.

import { setTimeout as sleep } from "node:timers/promises";
import { dockerName, LABELS } from "../components/names";
import { Problem } from "../config/problem";
import type { HostChannel } from "../operations/host/channel";
import { nodesOn } from "./network";
import { seedOwner, seedRuns } from "./seed";
import { askSeed } from "./seed-api";

/** Seconds the seed's beacon node gets to end by itself. */
const GRACE = 30;
/** The same to be well again. */
const PATIENCE = 120;

/** Seconds after which a beacon node that has no peer will not find one by itself. */
const ALONE = 60;
/** Milliseconds between two looks at one that seems to be alone. */
const PAUSE = 3_000;

/** What the seed remembers of nodes. */
export type Memory = "nobody" | "one-that-is-gone" | "one-it-shut-out";

/** How many peers the seed has, and how many it had; undefined: it does not answer, so it is starting. */
const peersOf = (
  host: HostChannel,
  name: string,
  image: string,
): Promise<{ now: number; before: number } | undefined> =>
  askSeed(host, name, image, async (api) => {
    const { in: inbound, out } = await api.peers();
    return { now: inbound + out, before: await api.lostPeers() };
  });

/** Beacon nodes on the network, of that iteration, that have been up for so long that they would have met the seed. */
async function settledBeacons(
  host: HostChannel,
  names: readonly string[],
  iteration: number,
): Promise<readonly string[]> {
  const beacons = names.filter((name) => name.endsWith("-beacon"));
  const format = `{{.State.StartedAt}} {{index .Config.Labels "${LABELS.generation}"}}`;
  const seen = await Promise.all(beacons.map((name) => host.try(["inspect", "--format", format, name])));
  const long = Date.now() - ALONE * 1_000;
  return beacons.filter((_, nth) => {
    const [started = "", generation = ""] = seen[nth]?.stdout.trim().split(" ") ?? [];
    return Date.parse(started) < long && generation.startsWith(`${iteration}-`);
  });
}

/**
 * What the seed remembers of a node that it has to forget before the two can meet.
 *
 * @param image with busybox's tools.
 */
export async function memoryOf(host: HostChannel, name: string, iteration: number, image: string): Promise<Memory> {
  const present = await nodesOn(host, name, seedOwner(name).stack);
  if (present.length === 0) {
    const peers = await peersOf(host, name, image);
    return peers && peers.before > 0 ? "one-that-is-gone" : "nobody";
  }
  if ((await settledBeacons(host, present, iteration)).length === 0) return "nobody";
  for (let look = 0; look < 2; look++) {
    if (look > 0) await sleep(PAUSE);
    const peers = await peersOf(host, name, image);
    if (!peers || peers.now > 0 || peers.before === 0) return "nobody";
  }
  return "one-it-shut-out";
}

/**
 * Starts the seed's beacon node again, which keeps its chain and forgets its peers, and then each node's that is there:
 * it was told to stay away for hours, and forgets that too.
 *
 * @throws Problem `rehearsal` when it is not well after that.
 */
export async function forgetNode(host: HostChannel, name: string, iteration: number): Promise<void> {
  const { stack } = seedOwner(name);
  const restart = (container: string) => host.docker(["restart", `--time=${GRACE}`, container]);
  await restart(dockerName(seedOwner(name), "beacon"));
  const deadline = Date.now() + PATIENCE * 1_000;
  while (!(await seedRuns(host, name, iteration))) {
    if (Date.now() > deadline)
      throw new Problem(
        "rehearsal",
        `The seed of the rehearsal ${name} is not well.`,
        `\`bin/ephemery status --stack ${stack}\` says what is wrong with it.`,
      );
    await sleep(1_000);
  }
  for (const beacon of await settledBeacons(host, await nodesOn(host, name, stack), iteration)) await restart(beacon);
}
