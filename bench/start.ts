// From `up` on an empty host to the first attestation, against what the same clients take by plain docker commands.

import { setTimeout as sleep } from "node:timers/promises";
import { imagesOf } from "../clients/node";
import type { Layer } from "../clients/spec";
import { dockerName, type Owner } from "../components/names";
import { readDeployment } from "../operations/deployment";
import type { Stack } from "../operations/engine/stack";
import type { HostChannel } from "../operations/host/channel";
import { loadStackFile } from "../operations/stack-file";
import { imageOriginOf } from "../toolchain/origin";
import { PlainNode } from "./plain-node";
import { seconds } from "./timing";

export interface ColdStart {
  /** Seconds from the start of `up` to the validator client's first attestation. */
  readonly toFirstAttestation: number;
  /**
   * Seconds each client takes by itself from nothing to ready, the database or wallet that it makes first among them;
   * the validator client to its first attestation.
   */
  readonly clients: Readonly<Record<Layer, number>>;
}

/** Seconds after slot 0 at which the plain commands begin: so that both beacon nodes join a chain of the same age. */
const HEAD_START = 9;

/** The first line of a Prysm validator client's log that tells of an attestation. */
async function untilAttested(host: HostChannel, container: string): Promise<void> {
  for (;;) {
    const { all } = await host.try(["logs", container]);
    if (/Submitted new attestations/.test(all)) return;
    await sleep(250);
  }
}

export const until = async (time: number): Promise<void> => sleep(Math.max(0, time * 1000 - Date.now()));

/**
 * The clients on volumes that are wiped, one after the other, each when the one before it is ready. Leaves none running.
 *
 * @param dev has to be up before slot 0, for its networks, genesis files and keys.
 */
export async function bareStart(dev: Stack, host: HostChannel): Promise<ColdStart["clients"]> {
  const { record, owner } = await readDeployment(dev);
  if (!record || !owner) throw new Error("the node did not come up");
  const { active } = record;
  const settings = await loadStackFile(dev.name);
  const images = imagesOf(settings, await imageOriginOf(settings.network, settings.images));
  const node = new PlainNode({ host, owner, settings, images, generation: active.generation });
  await node.stop();
  await node.wipe();
  await node.render(active);
  await until(active.genesisTime + HEAD_START);
  const timed = (layer: Layer, ready: () => Promise<void>): Promise<number> =>
    seconds(async () => {
      await node.prepare(layer, active);
      await node.start(layer);
      await ready();
    });
  const execution = await timed("execution", () => node.ready("execution"));
  const beacon = await timed("beacon", () => node.ready("beacon"));
  const validator = await timed("validator", () => untilAttested(host, node.client("validator")));
  await node.stop();
  return { execution, beacon, validator };
}

/** Seconds from the start of `up`, at slot 0, to the first attestation. */
export async function upToAttestation(dev: Stack, host: HostChannel, owner: Owner): Promise<number> {
  return seconds(async () => {
    await dev.up();
    await untilAttested(host, dockerName(owner, "validator"));
  });
}
