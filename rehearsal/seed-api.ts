// The Beacon API of a rehearsal's seed.

import { beaconClients } from "../clients/consensus";
import { HOSTS } from "../clients/spec";
import { dockerName } from "../components/names";
import type { HostChannel } from "../operations/host/channel";
import { Tunnel, within } from "../operations/host/tunnel";
import { BeaconApi } from "../operations/status/beacon-api";
import { seedOwner } from "./seed";

/**
 * What the seed answers; undefined: it does not, so it is starting, or is not there.
 *
 * @param image with busybox's tools.
 */
export async function askSeed<T>(
  host: HostChannel,
  name: string,
  image: string,
  ask: (api: BeaconApi) => Promise<T>,
): Promise<T | undefined> {
  const owner = seedOwner(name);
  const network = within(dockerName(owner, "beacon"));
  const url = `http://${HOSTS.beacon}:${beaconClients.prysm.apiPort}`;
  const tunnel = new Tunnel(host, { owner, image, network, url });
  try {
    return await ask(new BeaconApi(tunnel));
  } catch {
    return undefined;
  } finally {
    tunnel.close();
  }
}
