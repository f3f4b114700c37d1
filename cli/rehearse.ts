// `ephemery rehearse`: a private Ephemery on this machine.

import { type Command, Option } from "commander";
import { serving } from "../rehearsal/daemon";
import { type RehearsalOptions, runningIteration, startSteps, stopSteps } from "../rehearsal/lifecycle";
import { PROFILES, type ProfileName } from "../rehearsal/profile";
import { serveReleases } from "../rehearsal/server";
import { list, load, releasesFolder } from "../rehearsal/store";
import { networkName, nodeAddresses, seedStackName, sourceUrl } from "../rehearsal/topology";
import { imageOriginOf } from "../toolchain/origin";
import { openStack } from "./context";
import { runSteps } from "./steps";

export const DEFAULT_REHEARSAL = { name: "dev", port: 39438, subnet: "10.213.39", lead: 75 } as const;

interface StartOptions {
  readonly name: string;
  readonly profile: ProfileName;
  readonly port: string;
  readonly subnet: string;
  readonly lead: string;
  readonly slot?: string;
  readonly period?: string;
  readonly delay?: string;
  readonly validators?: string;
}

/** Brings a rehearsal up. */
export async function startRehearsal(options: Omit<RehearsalOptions, "images">): Promise<void> {
  const seed = await openStack(seedStackName(options.name));
  await runSteps(startSteps({ ...options, images: await imageOriginOf("rehearsal") }, seed));
}

/** Leaves nothing of it. */
export async function stopRehearsal(name: string): Promise<void> {
  await runSteps(stopSteps(name, await openStack(seedStackName(name))));
}

const number = (text: string | undefined, otherwise: number): number => (text === undefined ? otherwise : Number(text));

export function registerRehearse(program: Command): void {
  const rehearse = program
    .command("rehearse")
    .description("run a private Ephemery on this machine, for development and for practising resets")
    .addHelpText(
      "after",
      `
A rehearsal is what the public network is to a node, made here: genesis files of an
iteration in the layout of a real release, a server on loopback that publishes them as
GitHub does, and a seed node with half of the validators, which is bootnode and checkpoint
provider. Its Docker network is internal: nothing on it reaches anything outside.

  bin/ephemery rehearse start          start the rehearsal of the dev stack
  bin/ephemery up --stack dev          bring a node up on it (starts it too, if need be)
  bin/ephemery rehearse stop           leave nothing of it

Profiles: fulu (32 slots of 3 s, as the public network but faster) and electra-fast
(8 slots of 2 s: final within a minute). A stack of your own joins with
  ephemery:network rehearsal, ephemery:p2pNetwork ${networkName("NAME")},
  ephemery:releaseSources ["${sourceUrl(DEFAULT_REHEARSAL.port)}"]`,
    );
  rehearse
    .command("start")
    .description("make network and genesis, publish the release, bring the seed node up")
    .option("--name <name>", "its name", DEFAULT_REHEARSAL.name)
    .addOption(new Option("--profile <profile>", "kind of chain").choices(Object.keys(PROFILES)).default("fulu"))
    .option("--port <port>", "port of the release server on loopback", String(DEFAULT_REHEARSAL.port))
    .option("--subnet <subnet>", "first three parts of the network's addresses", DEFAULT_REHEARSAL.subnet)
    .option("--lead <seconds>", "from now to slot 0", String(DEFAULT_REHEARSAL.lead))
    .option("--slot <seconds>", "length of a slot, 2 or more")
    .option("--period <seconds>", "from one genesis to the next")
    .option("--delay <seconds>", "from the execution genesis to slot 0")
    .option("--validators <count>", "validators at genesis, half of them the seed's")
    .action(async (options: StartOptions) => {
      const profile = PROFILES[options.profile];
      await startRehearsal({
        name: options.name,
        port: Number(options.port),
        subnet: options.subnet,
        lead: Number(options.lead),
        profile: {
          ...profile,
          secondsPerSlot: number(options.slot, profile.secondsPerSlot),
          period: number(options.period, profile.period),
          delay: number(options.delay, profile.delay),
          validators: number(options.validators, profile.validators),
        },
      });
    });
  rehearse
    .command("stop")
    .description("take the seed node down and leave nothing of the rehearsal")
    .option("--name <name>", "its name", DEFAULT_REHEARSAL.name)
    .action(({ name }: { name: string }) => stopRehearsal(name));
  rehearse
    .command("status")
    .description("what rehearsals there are")
    .option("--json", "one JSON array", false)
    .action(async ({ json }: { json: boolean }) => {
      const found = await Promise.all((await list()).map((name) => load(name)));
      const rows = await Promise.all(
        found
          .flatMap((rehearsal) => (rehearsal ? [rehearsal] : []))
          .map(async (rehearsal) => ({
            name: rehearsal.name,
            profile: rehearsal.profile,
            network: networkName(rehearsal.name),
            source: sourceUrl(rehearsal.port),
            serving: await serving(rehearsal),
            iteration: runningIteration(rehearsal, Math.floor(Date.now() / 1000))?.iteration ?? null,
            node: nodeAddresses(rehearsal.subnet),
          })),
      );
      if (json) console.log(JSON.stringify(rows));
      else if (rows.length === 0) console.log("There is no rehearsal.");
      else
        for (const row of rows)
          console.log(
            `${row.name}: iteration ${row.iteration ?? "ended"}, releases at ${row.source} (${row.serving ? "served" : "not served"})`,
          );
    });
  rehearse
    .command("serve", { hidden: true })
    .requiredOption("--name <name>")
    .action(async ({ name }: { name: string }) => {
      const rehearsal = await load(name);
      if (!rehearsal) throw new Error(`no rehearsal ${name}`);
      const server = await serveReleases(releasesFolder(name), rehearsal.port);
      process.on("SIGTERM", () => server.close(() => process.exit(0)));
    });
}
