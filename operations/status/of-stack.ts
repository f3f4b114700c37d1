// The status of a stack: from its state to what its host shows.

import { ReleaseCache } from "../../chain/release/cache";
import { beaconApiOf } from "../../clients/node";
import { releaseCacheFolder } from "../../toolchain/paths";
import { readDeployment, readDetails } from "../deployment";
import { existing, type Stack } from "../engine/stack";
import { lastReset, readJournal } from "../reset/journal";
import { seenSchedule } from "../schedule/seen";
import { loadStackFile } from "../stack-file";
import { type LookInput, look } from "./look";
import type { StatusReport } from "./report";

/**
 * What has to be known of a stack for looking at its node. It stays true until the stack's next update: who looks often
 * asks for it once, as each time costs several runs of the engine's command.
 *
 * @throws Problem when there is nothing to look at, or no way to.
 */
export async function lookInputOf(stack: Stack): Promise<LookInput> {
  const settings = await loadStackFile(stack.name);
  await existing(stack);
  const deployment = await readDeployment(stack);
  const { pubkeys, images } = await readDetails(stack);
  return {
    stack: stack.name,
    network: settings.network,
    deployment,
    clients: {
      execution: settings.execution.client,
      beacon: settings.beacon.client,
      validator: settings.validator.client,
    },
    beaconApi: beaconApiOf(settings),
    pubkeys: settings.validators.count > 0 ? pubkeys : [],
    images,
    schedule: await seenSchedule(deployment),
    lastReset: lastReset(await readJournal(stack.name)),
    seenTag: await new ReleaseCache(releaseCacheFolder()).newestTag(settings.releaseSources),
  };
}

/** @throws Problem when there is nothing to look at, or no way to. */
export const statusOf = async (stack: Stack): Promise<StatusReport> => look(await lookInputOf(stack));
