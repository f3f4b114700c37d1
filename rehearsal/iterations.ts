// Releases of a rehearsal: makes an iteration's files and hangs them on the server's page, one by one.

import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tagOf } from "../chain/iteration";
import { official } from "../clients/images";
import { Problem } from "../config/problem";
import { HostChannel } from "../operations/host/channel";
import { enodeOf, enrOf } from "./bootnodes";
import { makeRelease, type ReleaseAssets } from "./release";
import { type Rehearsal, releasesFolder, save } from "./store";
import { PORTS, seedAddresses } from "./topology";

/** Image of prysmctl, by where images come from. */
export const PRYSMCTL_IMAGES = {
  official: official("prysm-prysmctl"),
  local: "ephemery.local/prysmctl:v7.1.2-1",
} as const;

/** The files of an iteration, not yet released. */
export async function makeIteration(
  rehearsal: Rehearsal,
  iteration: number,
  executionGenesisTime: number,
  image: string,
): Promise<ReleaseAssets> {
  const addresses = seedAddresses(rehearsal.subnet);
  const seed = {
    ...rehearsal.seed,
    executionAddress: addresses.execution,
    beaconAddress: addresses.beacon,
    ports: PORTS,
  };
  return makeRelease({
    iteration,
    profile: rehearsal.profile,
    executionGenesisTime,
    mnemonic: rehearsal.mnemonic,
    enodes: [enodeOf(seed)],
    enrs: [await enrOf(seed)],
    host: new HostChannel(rehearsal.dockerHost),
    image,
  });
}

/** Hangs one asset on a release's page; the first one makes the release visible. */
export async function publishAsset(name: string, iteration: number, asset: string, bytes: Uint8Array): Promise<void> {
  const folder = join(releasesFolder(name), tagOf(iteration));
  const beside = join(releasesFolder(name), `.${asset}.part`);
  await mkdir(folder, { recursive: true });
  await writeFile(beside, bytes);
  await rename(beside, join(folder, asset));
}

/**
 * Makes and releases the iteration after the last one.
 *
 * @param executionGenesisTime the end of the last one's period, if nothing else is said.
 */
export async function releaseNext(
  rehearsal: Rehearsal,
  image: string,
  executionGenesisTime?: number,
): Promise<Rehearsal["iterations"][number]> {
  const last = rehearsal.iterations.at(-1);
  if (!last)
    throw new Problem(
      "rehearsal",
      `The rehearsal ${rehearsal.name} has no iteration yet.`,
      `Start it with \`bin/ephemery rehearse start --name ${rehearsal.name}\`.`,
    );
  const time = executionGenesisTime ?? last.executionGenesisTime + rehearsal.profile.period;
  await release(rehearsal, last.iteration + 1, time, image);
  return { iteration: last.iteration + 1, executionGenesisTime: time };
}

/** Makes and releases an iteration, and remembers it. */
export async function release(
  rehearsal: Rehearsal,
  iteration: number,
  executionGenesisTime: number,
  image: string,
): Promise<Rehearsal> {
  const assets = await makeIteration(rehearsal, iteration, executionGenesisTime, image);
  for (const [asset, bytes] of assets) await publishAsset(rehearsal.name, iteration, asset, bytes);
  const released = { ...rehearsal, iterations: [...rehearsal.iterations, { iteration, executionGenesisTime }] };
  await save(released);
  return released;
}
