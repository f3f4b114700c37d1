// `repair`: state and host in line after a run that was cut off; clients that are not well, and a schedule that is gone,
// made anew.

import type { Settings } from "../config/settings";
import { tellingCrashes } from "./crashes";
import { readDeployment } from "./deployment";
import type { Checkpoint, EngineOptions, Stack, StateResource } from "./engine/stack";
import { backendFolder } from "./engine/state-file";
import { HostChannel } from "./host/channel";
import { preflight } from "./preflight";
import { reconcile } from "./reconcile";
import { withRunLock } from "./run-lock";
import { seenSchedule } from "./schedule/seen";
import type { UpOptions } from "./up";

const CONTAINER = "docker:index/container:Container";

/** Ids of containers of which Docker says that they run and are healthy. */
async function wellOf(host: HostChannel): Promise<ReadonlySet<string>> {
  const ids = await host.docker(["ps", "--no-trunc", "--quiet", "--filter", "health=healthy"]);
  return new Set(ids.split("\n"));
}

/**
 * Whether the schedule that the state has is gone from this machine, deleted by hand. Who has the state elsewhere may
 * have the schedule on another machine.
 */
async function scheduleGone(stack: Stack): Promise<boolean> {
  if (backendFolder() === undefined) return false;
  const schedule = await seenSchedule(await readDeployment(stack));
  return schedule !== null && schedule.runner !== "none" && schedule.installed === false;
}

/**
 * The clients that are not well; and where no beacon node is, what was decided for the generation too: a checkpoint
 * provider that failed before the first sync ended is not chosen again. One that never became well may not be in the
 * state at all.
 */
function clientsToMakeAnew({ resources }: Pick<Checkpoint, "resources">, well: ReadonlySet<string>): string[] {
  const clients = resources.filter(({ type }) => type === CONTAINER);
  const isWell = ({ id }: StateResource): boolean => well.has(id ?? "");
  const ill = clients.filter((client) => !isWell(client)).map(({ urn }) => urn);
  if (clients.some((client) => client.urn.endsWith("-beacon") && isWell(client))) return ill;
  const decisions = resources.filter(({ urn }) => urn.endsWith("-decisions")).map(({ urn }) => urn);
  return [...ill, ...decisions];
}

/**
 * What has to be made anew.
 *
 * @param well ids of containers that are healthy.
 * @param unscheduled whether nothing starts the resets any more that should.
 */
export function toMakeAnew(
  checkpoint: Pick<Checkpoint, "resources">,
  well: ReadonlySet<string>,
  unscheduled: boolean,
): string[] {
  const schedule = checkpoint.resources.filter(({ urn }) => unscheduled && urn.endsWith("-reset-timer"));
  return [...clientsToMakeAnew(checkpoint, well), ...schedule.map(({ urn }) => urn)];
}

/** Reconciles, looks at what is really on the host, and brings the node up. */
export async function repair(
  stack: Stack,
  settings: Settings,
  options: EngineOptions & Pick<UpOptions, "onReconciled" | "onCrashes">,
): Promise<void> {
  await withRunLock(stack.name, "repair", async () => {
    await preflight(settings);
    options.onReconciled(await reconcile(stack, { strangers: true }));
    const well = await wellOf(new HostChannel(settings.host.uri));
    const anew = toMakeAnew(await stack.checkpoint(), well, await scheduleGone(stack));
    const replace = anew.map((urn) => `--replace=${urn}`);
    const args = ["--refresh", ...replace, ...(options.args ?? [])];
    await tellingCrashes(settings.host.uri, stack.name, options.onCrashes, () => stack.up({ ...options, args }));
  });
}
