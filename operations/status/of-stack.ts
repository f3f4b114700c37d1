// The status of a stack: from its state to what its host shows.

import { ReleaseCache } from "../../chain/release/cache";
import { beaconApiOf } from "../../clients/node";
import { releaseCacheFolder } from "../../toolchain/paths";
import { readDeployment, readPubkeys } from "../deployment";
import { existing, type Stack } from "../engine/stack";
import { lastReset, readJournal } from "../reset/journal";
import { seenSchedule } from "../schedule/seen";
import { loadStackFile } from "../stack-file";
import { look } from "./look";
import type { StatusReport } from "./report";

/** @throws Problem when there is nothing to look at, or no way to. */
export async function statusOf(stack: Stack): Promise<StatusReport> {
  const settings = await loadStackFile(stack.name);
  await existing(stack);
  const deployment = await readDeployment(stack);
  return look({
    stack: stack.name,
    network: settings.network,
    deployment,
    clients: {
      execution: settings.execution.client,
      beacon: settings.beacon.client,
      validator: settings.validator.client,
    },
    beaconApi: beaconApiOf(settings),
    pubkeys: settings.validators.count > 0 ? await readPubkeys(stack) : [],
    schedule: await seenSchedule(deployment),
    lastReset: lastReset(await readJournal(stack.name)),
    seenTag: await new ReleaseCache(releaseCacheFolder()).newestTag(settings.releaseSources),
  });
}
