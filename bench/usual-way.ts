// The usual way through a reset, as a plain baseline: what a script by cron does that polls, stops, wipes, downloads,
// initialises and starts, as the retention.sh of the network's own scripts
// (https://github.com/ephemery-testnet/ephemery-scripts). Same clients, same arguments, same rehearsal.

import { setTimeout as sleep } from "node:timers/promises";
import type { ChainFacts } from "../chain/facts";
import { ReleaseCache } from "../chain/release/cache";
import { resolveRelease } from "../chain/release/resolve";
import { genesisFiles } from "../clients/genesis-files";
import { imagesOf } from "../clients/node";
import { LAYERS } from "../clients/spec";
import type { Settings } from "../config/settings";
import { deliver } from "../operations/host/deliver";
import { loadStackFile } from "../operations/stack-file";
import { host } from "../test/support/machine";
import type { Rehearsed } from "../test/support/rehearsed";
import { imageOriginOf } from "../toolchain/origin";
import { PlainNode } from "./plain-node";

/** Seconds between two runs of the script: its cron line's. */
const POLL = 300;

export interface UsualWay {
  /** Seconds from the old chain's end to the validator client that is ready. */
  readonly sinceEnd: number;
  /** Seconds from the first client that was told to stop to the same. */
  readonly down: number;
}

const seconds = (): number => Date.now() / 1000;

/** Into the volume that the old chain's files are in. */
async function download(on: Rehearsed, settings: Settings, volume: string, iteration: number): Promise<ChainFacts> {
  const cache = new ReleaseCache(`${on.folder}/usual`);
  const { facts, bundle } = await resolveRelease(iteration, {
    sources: settings.releaseSources,
    clock: undefined,
    cache,
  });
  const image = imagesOf(settings, await imageOriginOf("rehearsal", "auto")).tools;
  const delivery = { what: "The download", owner: on.owner, job: "download", image, volume, folder: "." } as const;
  await deliver(host, { ...delivery, uid: 0, gid: 0, mode: "0444" }, genesisFiles(bundle.files));
  return facts;
}

/**
 * One reset of a node that no schedule carries any more. Its script happens to run when half of its interval has passed
 * since the old chain's end, as it does on average.
 */
export async function usualWay(on: Rehearsed): Promise<UsualWay> {
  const { iteration, nextResetTime, generation } = await on.chain();
  const settings = await loadStackFile(on.name);
  const images = imagesOf(settings, await imageOriginOf("rehearsal", "auto"));
  const node = new PlainNode({ host, owner: on.owner, settings, images, generation });
  await on.release();
  await sleep(Math.max(0, (nextResetTime + POLL / 2) * 1000 - Date.now()));
  const stopped = seconds();
  await node.stop();
  await node.wipe();
  const chain = await download(on, settings, node.volume("beacon", "genesis"), iteration + 1);
  for (const layer of LAYERS) await node.prepare(layer, chain);
  await node.render(chain);
  // All at once, as services of a machine start.
  await Promise.all(LAYERS.map((layer) => node.start(layer)));
  for (const layer of LAYERS) await node.ready(layer);
  const ready = seconds();
  return { sinceEnd: ready - nextResetTime, down: ready - stopped };
}
