// Carries a run's work out: the guard first, then the update, then what has to hold after it.

import { setTimeout as sleep } from "node:timers/promises";
import { nextResetTime } from "../../chain/facts";
import { addsChain, type DeploymentRecord, type Plan } from "../../chain/plan";
import { adviceOn, assertFollows } from "../../clients/advice";
import { dialsBootnodesOnce, layersOf, signingLayer } from "../../clients/node";
import { LAYERS, type Layer } from "../../clients/spec";
import { dockerName } from "../../components/names";
import { givenBy } from "../../components/program/given";
import { Problem } from "../../config/problem";
import type { Settings } from "../../config/settings";
import { imageOriginOf } from "../../toolchain/origin";
import type { Deployment } from "../deployment";
import type { Stack } from "../engine/stack";
import { HostChannel } from "../host/channel";
import { type Seen, whileListening } from "../host/client-events";
import { startEnded } from "../host/ended";
import { type Prober, preflightStage } from "../preflight";
import { type Finding, type FindingCode, notProved } from "../status/judge";
import { look } from "../status/look";
import { lookInputOf } from "../status/of-stack";
import type { StatusReport } from "../status/report";
import { clock, isOnlyBootnode, meetPeers } from "./company";
import { isConnected } from "./connected";
import { type Down, nodeDown } from "./downtime";
import { type Change, describe, edited, heldBack } from "./guard";
import { type HookName, runHook } from "./hooks";
import { assertOwnEngine } from "./own-engine";
import { previewed } from "./previewed";
import type { Work } from "./work";

/** What is to be done, decided once for a run. */
export interface Task {
  readonly stack: Stack;
  readonly settings: Settings;
  /** Given to the previews and the update with the time: what is released meanwhile is the next run's. */
  readonly plan: Plan;
  /** What the plan was made from. */
  readonly record: DeploymentRecord;
  readonly owner: Deployment["owner"];
  /** For a look at the host's disk; undefined: one from here has to do. */
  readonly prober: Prober | undefined;
  /** When the run looked; its engine is told the same. Unix seconds. */
  readonly time: number;
  /** Not empty. */
  readonly work: readonly Work[];
  /** Folder of the user's hooks. */
  readonly hooks: string;
}

const seconds = (): number => Math.floor(Date.now() / 1000);

/**
 * What waits to be brought up, whatever the chain. In a switch every client is replaced, and would take along what
 * somebody has edited since the last `up`; so it is asked for with what is deployed for a plan.
 */
async function pending(task: Task): Promise<readonly Change[]> {
  if (!task.work.includes("switch")) return [];
  const { stack, record } = task;
  return edited(await previewed(stack, { time: nextResetTime(record.active) - 1, record, plan: record }));
}

/**
 * Before anything moves: that nothing but a reset would be done.
 *
 * @throws Problem `held-back` that lists what else would be.
 */
export async function assertOnlyReset(task: Task): Promise<void> {
  const { stack, plan, record, settings } = task;
  const waiting = await pending(task);
  const changes = [...waiting, ...heldBack(await previewed(stack, task), plan, record, settings.host.name)];
  if (changes.length === 0) return;
  throw new Problem(
    "held-back",
    `A run without a person would change more than a reset does:\n${changes.map((change) => `  ${describe(change)}`).join("\n")}`,
    `Look at it with \`bin/ephemery preview --stack ${stack.name}\`, and bring it up with \`bin/ephemery up --stack ${stack.name}\`.`,
  );
}

/** Looks at the node once more, by what was read of its stack after the update. */
type Looking = () => Promise<StatusReport>;

/** Longest time to wait for a node that has just moved to be well, seconds; slot 0 may be further away. */
const PATIENCE = 120;

/** What keeps a node that has moved from being on its chain, beside what its containers and its clients say. */
async function disconnected({ settings, owner, prober }: Task): Promise<Pick<Finding, "text" | "remedy"> | undefined> {
  if (!owner || !prober || !layersOf(settings).includes("validator")) return undefined;
  const host = new HostChannel(settings.host.uri);
  // While its container is between two starts there is nothing to look into.
  if (await isConnected(host, settings, owner, prober.image).catch(() => false)) return undefined;
  return {
    text: "The validator client has no connection to a beacon node.",
    remedy: `\`docker logs\` of the validator container says why; \`docker restart --time 60 ${dockerName(owner, "validator")}\` starts it anew.`,
  };
}

/** Has nothing to do with which chain the node is on. */
const PASSING: ReadonlySet<string> = new Set<FindingCode>(["syncing", "head-behind"]);

/**
 * Until the node shows the chain id, block 0 and genesis root of its new chain, its containers are well, and its
 * validator client is connected.
 */
async function assertSwitched(task: Task, looking: Looking): Promise<StatusReport> {
  const deadline = Math.max(task.plan.active.genesisTime, seconds() + PATIENCE);
  for (;;) {
    const report = await looking();
    const seen = report.problem && !PASSING.has(report.problem.code) ? report.problem : undefined;
    const problem = seen ?? (await disconnected(task));
    if (!problem) return report;
    if (seconds() >= deadline) throw notProved(task.plan.active.generation, problem.text, problem.remedy);
    await sleep(2_000);
  }
}

/**
 * Before anything is done: a client that can't follow the chain is told of while it is staged, and not moved onto it.
 *
 * @throws Problem `client-too-old`.
 */
export async function lookAtClients({ settings, plan, work, time }: Task, tell: (line: string) => void): Promise<void> {
  const origin = await imageOriginOf(settings.network, settings.images);
  if (work.includes("switch")) assertFollows(settings, origin, plan.active, time);
  if (!work.includes("stage")) return;
  for (const warning of adviceOn(settings, origin, plan, time).warnings) tell(warning);
}

/**
 * The node's beacon node among peers, where its client does not see to that itself.
 *
 * @param enr its node record.
 * @returns how often it was started again.
 */
async function meet({ settings, plan, owner }: Task, enr: string | undefined, looking: Looking): Promise<number> {
  const { bootnodes, genesisTime } = plan.active;
  if (!owner || !dialsBootnodesOnce(settings) || (await isOnlyBootnode(enr, bootnodes.beacon))) return 0;
  const host = new HostChannel(settings.host.uri);
  return meetPeers({
    ...clock,
    slotZero: genesisTime,
    peers: () =>
      looking().then(
        ({ beacon }) => beacon?.peers.total ?? undefined,
        () => undefined,
      ),
    restart: async () => {
      await host.docker(["restart", `--time=${GRACE}`, dockerName(owner, "beacon")]);
    },
  });
}

/** Seconds a beacon node gets to end by itself. */
const GRACE = 30;

/** The generation a piece of work is for. */
export const targetOf = (work: Work, { active, next }: Plan): string =>
  work === "stage" && next ? next.generation : active.generation;

const hook = ({ settings, plan, hooks }: Task, name: HookName, work: Work): Promise<boolean> =>
  runHook(name, {
    folder: hooks,
    timeout: settings.resets.hookTimeout,
    env: { EPHEMERY_STACK: settings.stack, EPHEMERY_GENERATION: targetOf(work, plan) },
  });

/** A node that goes down in a switch, as its runs see it. */
export interface Watched {
  /** What those before this one saw, where they did not finish the switch. */
  readonly before: Down | undefined;
  /** What the engine tells of the clients while they move is put here: of an update that fails, too. */
  readonly events: Seen[];
}

/**
 * Does it.
 *
 * @param show whether the engine's own progress is shown.
 * @param tell told what went wrong after the work was done, which stops nothing any more.
 * @returns how long the node was down, seconds; null where it was not, or nobody saw it.
 */
export async function carryOut(
  task: Task,
  show: boolean,
  tell: (line: string) => void,
  watched: Watched,
): Promise<number | null> {
  const { settings, work, plan, record, owner } = task;
  await lookAtClients(task, tell);
  if (owner) await assertOwnEngine(new HostChannel(settings.host.uri), owner);
  // What is staged already needs no room any more: a switch must not fail for it.
  if (addsChain(plan, record)) await preflightStage(settings, record, task.time, task.prober);
  await assertOnlyReset(task);
  for (const each of work) await hook(task, `before-${each}`, each);
  const down = await (work.includes("switch")
    ? switchOver(task, show, tell, watched)
    : update(task, show).then(() => null));
  for (const each of work) await afterwards(task, each, tell);
  return down;
}

/** The user's hook after a piece of work, which has succeeded: a hook that fails is told of, and stops nothing. */
async function afterwards(task: Task, work: Work, tell: (line: string) => void): Promise<void> {
  await hook(task, `after-${work}`, work).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    tell(error.text);
  });
}

/** Starts clients of the new chain that have ended: whatever is to be done yet may wait for them. */
async function startMoved(
  { settings, owner, plan }: Task,
  tell: (line: string) => void,
  layers: readonly Layer[] = LAYERS,
): Promise<boolean> {
  if (!owner) return false;
  const ended = await startEnded(new HostChannel(settings.host.uri), owner, plan.active.generation, layers);
  for (const client of ended) tell(`${client} had ended; it was started again.`);
  return ended.length > 0;
}

/**
 * What is left of a switch that was cut off behind its update, or did not pass its first gate then.
 *
 * @returns how long the node was down, over all runs of the switch: where none of them saw the last client ready, until
 * its first gate opened; null where nobody saw it go down.
 */
export async function endSwitch(task: Task, tell: (line: string) => void, { before }: Watched): Promise<number | null> {
  // The engine has nothing to do any more, and would start none. What signs is a person's to start: one may have stopped
  // it because its keys are to sign elsewhere.
  const signing = signingLayer(task.settings);
  const started = await startMoved(
    task,
    tell,
    LAYERS.filter((layer) => layer !== signing),
  );
  await passFirstGate(task, tell);
  const opened = Date.now();
  await afterwards(task, "switch", tell);
  if (!before) return null;
  return before.seconds === null || started ? Math.round(opened / 100 - before.since * 10) / 10 : before.seconds;
}

const update = ({ stack, time, record, plan }: Task, show: boolean): Promise<string> =>
  stack.up({ show, env: givenBy(time, record, plan) });

/** The layer that starts last. */
export const lastLayerOf = (settings: Settings): Layer => layersOf(settings).at(-1) ?? "beacon";

/** The update that moves the node, and what has to hold after it. */
async function switchOver(
  task: Task,
  show: boolean,
  tell: (line: string) => void,
  { before, events }: Watched,
): Promise<number | null> {
  const { stack, settings, owner } = task;
  const host = new HostChannel(settings.host.uri);
  // Those that a switch before this one had moved already.
  await startMoved(task, tell);
  const mine = { stack: stack.name, ...owner };
  await whileListening(
    host,
    mine,
    () => update(task, show),
    (event) => events.push(event),
  );
  await passFirstGate(task, tell);
  return nodeDown(events, lastLayerOf(settings), before);
}

/**
 * The first gate after a switch: the node is on its new chain, and has had help to meet its peers. Duties come later
 * (operations/jobs/prove.ts).
 *
 * @throws Problem `not-proved`.
 */
async function passFirstGate(task: Task, tell: (line: string) => void): Promise<void> {
  const input = await lookInputOf(task.stack);
  const looking = (): Promise<StatusReport> => look(input);
  const first = await assertSwitched(task, looking);
  const restarts = await meet(task, first.beacon?.enr ?? undefined, looking);
  if (restarts > 0) tell(`The beacon node had no peers; it was started again ${restarts} times.`);
  // What was seen of a beacon node that has been started since says nothing of the one that runs.
  const { beacon, execution } = restarts > 0 ? await assertSwitched(task, looking) : first;
  const peers = [execution, beacon].map((layer) => layer?.peers.total ?? "unknown");
  tell(
    `The node is on ${task.plan.active.generation}; peers of execution client and beacon node: ${peers.join(", ")}.`,
  );
}
