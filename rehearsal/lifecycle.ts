// Start and end of a rehearsal: network, releases, server, seed.

import { toolsImages } from "../clients/tools";
import { Problem } from "../config/problem";
import { destroyStack } from "../operations/destroy";
import { LOCAL_URI } from "../operations/docker-engine";
import type { Stack } from "../operations/engine/stack";
import { BY_ITSELF, finishing } from "../operations/finishing";
import { HostChannel } from "../operations/host/channel";
import { loadStackFile } from "../operations/stack-file";
import type { Step } from "../operations/steps";
import type { ImageOrigin } from "../toolchain/origin";
import { serving, startServer, stopServer } from "./daemon";
import { PRYSMCTL_IMAGES, release } from "./iterations";
import { assertUnused, ensureNetwork, hasNetwork, nodesOn, removeNetwork } from "./network";
import type { Profile } from "./profile";
import { forgetSeed, seedRuns, startSeed, withSeedLock } from "./seed";
import { canFollow, untilFollowable } from "./seed-chain";
import { forgetNode, memoryOf } from "./seed-memory";
import { forget, load, newNodeKey, type Rehearsal, save, TEST_MNEMONIC } from "./store";
import { seedStackName } from "./topology";

export interface RehearsalOptions {
  readonly name: string;
  readonly profile: Profile;
  /** Of this machine. */
  readonly dockerHost: string;
  readonly subnet: string;
  readonly port: number;
  readonly mnemonic?: string;
  /** Seconds from now to slot 0 of the first iteration: what it takes to bring seed and node up. */
  readonly lead: number;
  readonly images: ImageOrigin;
}

/** Longest wait in seconds for a chain that a node can follow: two epochs of `fulu`. */
const FOLLOWABLE = 200;

const seconds = (): number => Math.floor(Date.now() / 1000);

/** The iteration that runs now; undefined: there is none, or it has ended. */
export function runningIteration(rehearsal: Rehearsal, now: number): Rehearsal["iterations"][number] | undefined {
  const last = rehearsal.iterations.at(-1);
  return last && !last.over && now < last.executionGenesisTime + rehearsal.profile.period ? last : undefined;
}

/**
 * Iterations are counted in minutes: a rehearsal that starts over must not repeat one. With the same validators,
 * iteration 1 of today and of yesterday would have the same genesis_validators_root, and slashing protection,
 * which knows a chain by it, would rightly refuse to sign on the second.
 */
const firstIteration = (now: number): number => Math.floor((now - COUNTED_FROM) / 60);
/** 2026-01-01 00:00 UTC. */
const COUNTED_FROM = 1_767_225_600;

/**
 * What there is of a rehearsal already. `fresh`: its seed remembers no node that it has to forget; `followable`: a node
 * that is not there yet, or has to begin anew, can follow the seed's chain.
 */
async function present(
  host: HostChannel,
  name: string,
  tools: string,
): Promise<Readonly<Record<"network" | "release" | "server" | "seed" | "fresh" | "followable", boolean>>> {
  const rehearsal = await load(name);
  const iteration = rehearsal && runningIteration(rehearsal, seconds());
  const seed = iteration !== undefined && (await seedRuns(host, name, iteration.iteration));
  const fresh = !seed || (await memoryOf(host, name, iteration.iteration, tools)) === "nobody";
  const met = fresh && (await nodesOn(host, name, seedStackName(name))).length > 0;
  return {
    network: rehearsal !== undefined && (await hasNetwork(host, name)),
    release: iteration !== undefined,
    server: rehearsal !== undefined && (await serving(rehearsal)),
    seed,
    fresh,
    followable: !rehearsal || !seed || met || (await canFollow(host, name, rehearsal.profile.slotsPerEpoch, tools)),
  };
}

export const noRehearsal = (name: string): Problem =>
  new Problem(
    "rehearsal",
    `There is no rehearsal ${name}.`,
    `Start it with \`bin/ephemery rehearse start --name ${name}\`.`,
  );

/** A rehearsal on another engine would be left there, and its seed's stack refuses to move. */
async function assertSameEngine({ name, dockerHost }: RehearsalOptions): Promise<void> {
  const rehearsal = await load(name);
  if (!rehearsal || rehearsal.dockerHost === dockerHost) return;
  throw new Problem(
    "rehearsal",
    `The rehearsal ${name} is on the Docker Engine at ${rehearsal.dockerHost}, not on that at ${dockerHost}.`,
    `Give it that one (--docker-host, or ephemery:dockerHost of the stack), or end it first: \`bin/ephemery rehearse stop --name ${name}\`.`,
  );
}

/** The steps that bring a rehearsal up, or what is missing of it. */
export async function startSteps(options: RehearsalOptions, seed: Stack): Promise<Step[]> {
  const host = new HostChannel(options.dockerHost);
  await assertSameEngine(options);
  const local = options.images === "local";
  const tools = (local ? toolsImages.local : undefined) ?? toolsImages.official;
  const there = await present(host, options.name, tools);
  const { name } = options;
  const current = async (): Promise<Rehearsal> => {
    const rehearsal = await load(name);
    if (!rehearsal) throw noRehearsal(name);
    return rehearsal;
  };
  return [
    {
      title: `make the network of the rehearsal ${name}`,
      done: there.network,
      run: async () => {
        const { profile, dockerHost, subnet, port, mnemonic } = options;
        const rehearsal = (await load(name)) ?? {
          name,
          profile,
          dockerHost,
          subnet,
          port,
          mnemonic: mnemonic ?? TEST_MNEMONIC,
          seed: { executionKey: newNodeKey(), beaconKey: newNodeKey() },
          iterations: [],
        };
        await save(rehearsal);
        await ensureNetwork(host, name, rehearsal.subnet);
      },
    },
    {
      title: "make a genesis and release it",
      done: there.network && there.release,
      run: async (report) => {
        const rehearsal = await current();
        const running = runningIteration(rehearsal, seconds());
        if (running) {
          report(`iteration ${running.iteration} is running`);
          return;
        }
        const iteration = Math.max(firstIteration(seconds()), (rehearsal.iterations.at(-1)?.iteration ?? 0) + 1);
        const executionGenesisTime = seconds() + options.lead - rehearsal.profile.delay;
        await release(rehearsal, iteration, executionGenesisTime, PRYSMCTL_IMAGES[options.images]);
        report(`iteration ${iteration}`);
      },
    },
    {
      title: "start the release server",
      done: there.server,
      run: async () => {
        await startServer(await current());
      },
    },
    {
      title: "bring the seed node up",
      done: there.seed,
      run: async () => startSeed(seed, host, await current(), tools),
    },
    {
      title: "wait until the seed's chain can be followed",
      done: there.followable,
      run: async (report) => {
        const { slotsPerEpoch } = (await current()).profile;
        report("a block in it is nobody's, and has to be older than the last final epoch");
        const look = () => canFollow(host, name, slotsPerEpoch, tools);
        if (!(await untilFollowable(FOLLOWABLE, look)))
          report("it still is not: the node may have to wait for its sync");
      },
    },
    {
      title: "have the seed forget a node that is gone, or that it shut out",
      done: there.fresh,
      run: async () => {
        const running = runningIteration(await current(), seconds());
        if (running) await forgetNode(host, name, running.iteration);
      },
    },
  ];
}

/** The steps that leave nothing of a rehearsal. */
export async function stopSteps(name: string, seed: Stack): Promise<Step[]> {
  const host = new HostChannel((await load(name))?.dockerHost ?? LOCAL_URI);
  return [
    {
      title: "take the seed node down",
      done: false,
      run: async () => {
        await assertUnused(host, name, seed.name);
        const rehearsal = await load(name);
        if (rehearsal)
          await save({ ...rehearsal, iterations: rehearsal.iterations.map((each) => ({ ...each, over: true })) });
        if (!(await seed.exists())) return;
        const settings = await loadStackFile(seed.name);
        await withSeedLock(seed.name, "rehearse stop", () =>
          finishing(seed, () => destroyStack(seed, settings, { purgeKeys: true }), BY_ITSELF),
        );
        await forgetSeed(seed, name);
      },
    },
    {
      title: "end the release server",
      done: false,
      run: async () => {
        const rehearsal = await load(name);
        if (rehearsal) await stopServer(rehearsal);
      },
    },
    { title: "remove the network", done: false, run: () => removeNetwork(host, name) },
    { title: "forget the rehearsal", done: false, run: () => forget(name) },
  ];
}
