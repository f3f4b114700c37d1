// What the seed remembers of a node that is gone. The node comes back under the same key; with an empty database its
// Prysm numbers its metadata from 0, and a peer that knows a higher number takes each of its pings for a bad answer,
// until it shuts the node out for hours (validity of pings, beacon-chain/sync/rpc_ping.go). The public network has
// other peers; here there is one.

import { setTimeout as sleep } from "node:timers/promises";
import { beaconClients } from "../clients/consensus";
import { HOSTS } from "../clients/spec";
import { dockerName } from "../components/names";
import { Problem } from "../config/problem";
import type { HostChannel } from "../operations/host/channel";
import { Tunnel, within } from "../operations/host/tunnel";
import { BeaconApi } from "../operations/status/beacon-api";
import { nodesOn } from "./network";
import { seedOwner, seedRuns } from "./seed";

/** Seconds the seed's beacon node gets to end by itself. */
const GRACE = 30;
/** The same to be well again. */
const PATIENCE = 120;

/**
 * Whether the seed has met a node and none is there now.
 *
 * @param image with busybox's tools.
 */
export async function remembersNode(host: HostChannel, name: string, image: string): Promise<boolean> {
  const owner = seedOwner(name);
  if ((await nodesOn(host, name, owner.stack)).length > 0) return false;
  const network = within(dockerName(owner, "beacon"));
  const tunnel = new Tunnel(host, {
    owner,
    image,
    network,
    url: `http://${HOSTS.beacon}:${beaconClients.prysm.apiPort}`,
  });
  try {
    return (await new BeaconApi(tunnel).lostPeers()) > 0;
  } catch {
    return false; // One that does not answer is starting, and remembers nothing.
  } finally {
    tunnel.close();
  }
}

/**
 * Starts the seed's beacon node again, which keeps its chain and forgets its peers.
 *
 * @throws Problem `rehearsal` when it is not well after that.
 */
export async function forgetNode(host: HostChannel, name: string, iteration: number): Promise<void> {
  await host.docker(["restart", `--time=${GRACE}`, dockerName(seedOwner(name), "beacon")]);
  for (let waited = 0; waited < PATIENCE; waited++) {
    if (await seedRuns(host, name, iteration)) return;
    await sleep(1_000);
  }
  throw new Problem(
    "rehearsal",
    `The seed of the rehearsal ${name} is not well.`,
    `\`bin/ephemery status --stack ${seedOwner(name).stack}\` says what is wrong with it.`,
  );
}
