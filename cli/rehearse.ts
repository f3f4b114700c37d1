// `ephemery rehearse`: a private Ephemery on this machine.

import { isIPv4 } from "node:net";
import { type Command, Option } from "commander";
import { z } from "zod";
import { LOCAL_URI } from "../operations/docker-engine";
import { serving } from "../rehearsal/daemon";
import { PRYSMCTL_IMAGES, releaseNext } from "../rehearsal/iterations";
import { noRehearsal, type RehearsalOptions, runningIteration, startSteps, stopSteps } from "../rehearsal/lifecycle";
import { FORKS, PROFILES, type Profile, type ProfileName, profileSchema, withFork } from "../rehearsal/profile";
import { serveReleases } from "../rehearsal/server";
import { list, load, rehearsalSchema, releasesFolder } from "../rehearsal/store";
import {
  DEFAULT_LEAD,
  DEFAULT_PORT,
  DEFAULT_SUBNET,
  networkName,
  nodeAddresses,
  seedStackName,
  sourceUrl,
} from "../rehearsal/topology";
import { imageOriginOf } from "../toolchain/origin";
import { openStack } from "./context";
import { as, whole } from "./options";
import { setUp } from "./setup";
import { runSteps } from "./steps";

export const DEFAULT_REHEARSAL = {
  name: "dev",
  dockerHost: LOCAL_URI,
  port: DEFAULT_PORT,
  subnet: DEFAULT_SUBNET,
  lead: DEFAULT_LEAD,
} as const;

interface StartOptions {
  readonly yes: boolean;
  readonly name: string;
  readonly dockerHost: string;
  readonly profile: ProfileName;
  readonly port: number;
  readonly subnet: string;
  readonly lead: number;
  readonly fork?: Profile["fork"];
  readonly slot?: number;
  readonly period?: number;
  readonly delay?: number;
  readonly validators?: number;
}

/** Brings a rehearsal up. */
export async function startRehearsal(options: Omit<RehearsalOptions, "images">): Promise<void> {
  const seed = await openStack(seedStackName(options.name));
  await runSteps(await startSteps({ ...options, images: await imageOriginOf("rehearsal") }, seed));
}

/** Leaves nothing of it. */
async function stopRehearsal(name: string): Promise<void> {
  await runSteps(await stopSteps(name, await openStack(seedStackName(name))));
}

const limits = profileSchema.shape;
const PORT = whole(z.number().max(65_535), "a port, up to 65535");
const SOCKET = as(z.string().regex(/^unix:\/\/\//), "unix:///path");
const LEAD = whole(z.number().max(3_600), "seconds, up to 3600");
const SUBNET = as(
  z.string().refine((text) => isIPv4(`${text}.0`)),
  "three parts of an IPv4 address, such as 10.213.39",
);
const nameOption = (): Option =>
  new Option("--name <name>", "its name")
    .default(DEFAULT_REHEARSAL.name)
    .argParser(as(rehearsalSchema.shape.name, "lower-case letters, digits and dashes, 21 at most"));

export function registerRehearse(program: Command): void {
  const rehearse = program
    .command("rehearse")
    .description("run a private Ephemery on this machine, for development and for practising resets")
    .addHelpText(
      "after",
      `
A rehearsal is what the public network is to a node, made here: genesis files of an
iteration in the layout of a real release, a server on loopback that publishes them as
GitHub does, and a seed node with three quarters of the validators, which is bootnode and
checkpoint provider. Its Docker network is internal: nothing on it reaches anything outside.

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
    .option("-y, --yes", "ask nothing", false)
    .addOption(nameOption())
    .addOption(new Option("--profile <profile>", "kind of chain").choices(Object.keys(PROFILES)).default("fulu"))
    .option("--docker-host <uri>", "socket of an engine of this machine", SOCKET, LOCAL_URI)
    .option("--port <port>", "port of the release server on loopback", PORT, DEFAULT_REHEARSAL.port)
    .option("--subnet <subnet>", "first three parts of the network's addresses", SUBNET, DEFAULT_REHEARSAL.subnet)
    .option("--lead <seconds>", "from now to slot 0", LEAD, DEFAULT_REHEARSAL.lead)
    .addOption(new Option("--fork <fork>", "that the chain starts with, else the profile's").choices(FORKS))
    .option("--slot <seconds>", "length of a slot, 2 or more", whole(limits.secondsPerSlot, "2 or more"))
    .option("--period <seconds>", "from one genesis to the next", whole(limits.period, "60 or more"))
    .option("--delay <seconds>", "from the execution genesis to slot 0", whole(limits.delay, "5 or more"))
    .option(
      "--validators <count>",
      "at genesis, three quarters of them the seed's",
      whole(limits.validators, "16 to 4096"),
    )
    .addHelpText(
      "after",
      `
  bin/ephemery rehearse start --profile electra-fast --name quick --port 39440 --subnet 10.213.40`,
    )
    .action(async ({ yes, name, dockerHost, port, subnet, lead, ...options }: StartOptions) => {
      const profile = withFork(options.profile, options.fork);
      await setUp({ yes, rehearsalOn: dockerHost });
      await startRehearsal({
        name,
        dockerHost,
        port,
        subnet,
        lead,
        profile: {
          ...profile,
          secondsPerSlot: options.slot ?? profile.secondsPerSlot,
          period: options.period ?? profile.period,
          delay: options.delay ?? profile.delay,
          validators: options.validators ?? profile.validators,
        },
      });
    });
  rehearse
    .command("release")
    .description("make and publish the next iteration, whose chain begins when the running one ends")
    .addOption(nameOption())
    .addHelpText(
      "after",
      `
Nodes stage it with their next \`reset\` or \`watch\`, the seed among them, and move to it at the end of
the period that \`rehearse start --period\` set.

  bin/ephemery rehearse release
  bin/ephemery watch --stack dev-seed & bin/ephemery watch --stack dev`,
    )
    .action(async ({ name }: { name: string }) => {
      const rehearsal = await load(name);
      if (!rehearsal) throw noRehearsal(name);
      const image = PRYSMCTL_IMAGES[await imageOriginOf("rehearsal")];
      const { iteration, executionGenesisTime } = await releaseNext(rehearsal, image);
      console.log(
        `${name}: iteration ${iteration} is released; it begins ${new Date(executionGenesisTime * 1000).toISOString()}.`,
      );
    });
  rehearse
    .command("stop")
    .description("take the seed node down and leave nothing of the rehearsal")
    .addOption(nameOption())
    .addHelpText(
      "after",
      `
Nodes that take part in it have to be taken down first.

  bin/ephemery rehearse stop --name quick`,
    )
    .action(({ name }: { name: string }) => stopRehearsal(name));
  rehearse
    .command("status")
    .description("what rehearsals there are")
    .option("--json", "one JSON array", false)
    .addHelpText("after", "\n  bin/ephemery rehearse status --json | jq '.[].iteration'")
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
