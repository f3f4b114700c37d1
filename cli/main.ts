// The `ephemery` command: one file for each of its commands, thin over operations/.

import { Command } from "commander";
import { toProblem } from "../config/problem";

type Register = (program: Command) => void;

interface Part {
  readonly commands: readonly string[];
  /** Loads what the commands need. Most runs are of one of them, and some have half a second in all. */
  readonly load: () => Register;
}

/** In the order in which the help shows them. */
const PARTS: readonly Part[] = [
  {
    commands: ["up", "preview"],
    load: () => {
      const part: typeof import("./up") = require("./up");
      return part.registerUp;
    },
  },
  {
    commands: ["status"],
    load: () => {
      const part: typeof import("./status") = require("./status");
      return part.registerStatus;
    },
  },
  {
    commands: ["destroy"],
    load: () => {
      const part: typeof import("./destroy") = require("./destroy");
      return part.registerDestroy;
    },
  },
  {
    commands: ["reset", "watch"],
    load: () => {
      const part: typeof import("./reset") = require("./reset");
      return part.registerReset;
    },
  },
  {
    commands: ["repair", "rotate-jwt"],
    load: () => {
      const part: typeof import("./repair") = require("./repair");
      return part.registerRepair;
    },
  },
  {
    commands: ["init"],
    load: () => {
      const part: typeof import("./init") = require("./init");
      return part.registerInit;
    },
  },
  {
    commands: ["config", "pulumi"],
    load: () => {
      const part: typeof import("./pulumi") = require("./pulumi");
      return part.registerPulumi;
    },
  },
  {
    commands: ["setup"],
    load: () => {
      const part: typeof import("./setup") = require("./setup");
      return part.registerSetup;
    },
  },
  {
    commands: ["clients"],
    load: () => {
      const part: typeof import("./clients") = require("./clients");
      return part.registerClients;
    },
  },
  {
    commands: ["images"],
    load: () => {
      const part: typeof import("./images") = require("./images");
      return part.registerImages;
    },
  },
  {
    commands: ["rehearse"],
    load: () => {
      const part: typeof import("./rehearse") = require("./rehearse");
      return part.registerRehearse;
    },
  },
  {
    commands: ["job"],
    load: () => {
      const part: typeof import("./job") = require("./job");
      return part.registerJob;
    },
  },
];

/**
 * The command with all that it can be asked.
 *
 * @param word its first argument: where that is one of the commands, no other is loaded.
 */
export function commandLine(word?: string): Command {
  const program = new Command("ephemery")
    .description("Ephemery nodes as code: bring one up, look at it, take it down, rehearse it.")
    .showHelpAfterError()
    .enablePositionalOptions();
  const asked = PARTS.filter(({ commands }) => word !== undefined && commands.includes(word));
  for (const { load } of asked.length > 0 ? asked : PARTS) load()(program);
  return program;
}

/** Runs the command; sets the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    await commandLine(args[0]).parseAsync([...args], { from: "user" });
  } catch (thrown) {
    process.stderr.write(`${toProblem(thrown).text}\n`);
    process.exitCode = 1;
  }
}
