// `repair`: state and host in line after a run that was cut off; clients that are not well, and a schedule that is gone,
// made anew.

import type { Settings } from "../config/settings";
import { tellingCrashes } from "./crashes";
import { type Deployment, idOf, readDeployment } from "./deployment";
import type { Checkpoint, EngineOptions, Stack, StateResource } from "./engine/stack";
import { backendFolder } from "./engine/state-file";
import { HostChannel } from "./host/channel";
import { preflight } from "./preflight";
import { reconcile } from "./reconcile";
import { withRunLock } from "./run-lock";
import { renewRecorded } from "./schedule/install";
import { seenSchedule } from "./schedule/seen";
import type { UpOptions } from "./up";

const CONTAINER = "docker:index/container:Container";

/** Containers of a host, by id. */
interface Containers {
  readonly there: ReadonlySet<string>;
  /** Those of which Docker says that they run and are healthy. */
  readonly well: ReadonlySet<string>;
}

async function containersOn(host: HostChannel): Promise<Containers> {
  const ids = async (...filter: string[]): Promise<ReadonlySet<string>> =>
    new Set((await host.docker(["ps", "--no-trunc", "--quiet", ...filter])).split("\n"));
  return { there: await ids("--all"), well: await ids("--filter", "health=healthy") };
}

/**
 * Whether the schedule that the state has is gone from this machine, deleted or stopped by hand. Who has the state elsewhere
 * may have the schedule on another machine.
 */
async function scheduleGone(deployment: Deployment): Promise<boolean> {
  if (backendFolder() === undefined) return false;
  const schedule = await seenSchedule(deployment);
  return schedule !== null && schedule.runner !== "none" && schedule.installed === false;
}

/**
 * The clients that are there and not well (one that is gone leaves the state by the refresh, and the engine knows no
 * replacement of it); and where no beacon node is, what was decided for the generation too: a checkpoint
 * provider that failed before the first sync ended is not chosen again. One that never became well may not be in the
 * state at all.
 */
function clientsToMakeAnew({ resources }: Pick<Checkpoint, "resources">, { there, well }: Containers): string[] {
  const clients = resources.filter(({ type }) => type === CONTAINER);
  const isWell = ({ id }: StateResource): boolean => well.has(id ?? "");
  const ill = clients.filter((client) => there.has(client.id ?? "") && !isWell(client)).map(({ urn }) => urn);
  if (clients.some((client) => client.urn.endsWith("-beacon") && isWell(client))) return ill;
  const decisions = resources.filter(({ urn }) => urn.endsWith("-decisions")).map(({ urn }) => urn);
  return [...ill, ...decisions];
}

/**
 * What has to be made anew.
 *
 * @param unscheduled whether nothing starts the resets any more that should.
 */
export function toMakeAnew(
  checkpoint: Pick<Checkpoint, "resources">,
  containers: Containers,
  unscheduled: boolean,
): string[] {
  const schedule = checkpoint.resources.filter(({ urn }) => unscheduled && urn.endsWith("-reset-timer"));
  return [...clientsToMakeAnew(checkpoint, containers), ...schedule.map(({ urn }) => urn)];
}

/** Reconciles, looks at what is really on the host, and brings the node up. */
export async function repair(
  stack: Stack,
  settings: Settings,
  options: EngineOptions & Pick<UpOptions, "onReconciled" | "onCrashes">,
): Promise<void> {
  await withRunLock(stack.name, "repair", async () => {
    const deployment = await readDeployment(stack);
    await preflight(settings, await idOf(stack, settings, deployment.owner));
    options.onReconciled(await reconcile(stack, { strangers: true }));
    const containers = await containersOn(new HostChannel(settings.host.uri));
    const anew = toMakeAnew(await stack.checkpoint(), containers, await scheduleGone(deployment));
    const replace = anew.map((urn) => `--replace=${urn}`);
    const args = ["--refresh", ...replace, ...(options.args ?? [])];
    await tellingCrashes(settings.host.uri, stack.name, options.onCrashes, () => stack.up({ ...options, args }));
    // With the state elsewhere a schedule that is stopped here is none that is gone: what this machine has is its own.
    await renewRecorded(deployment);
  });
}
