// `ephemery setup`: everything a machine needs, installed or built.

import { type Command, Option } from "commander";
import { beaconClients } from "../clients/consensus";
import { executionClients } from "../clients/execution";
import { toolsImages } from "../clients/tools";
import { validatorClients } from "../clients/validator";
import { Problem, toProblem } from "../config/problem";
import { compilerStep, missingCompiler } from "../operations/c-compiler";
import { assertEngine, engineSteps, LOCAL_URI, missingEngine } from "../operations/docker-engine";
import { existing, type Stack } from "../operations/engine/stack";
import { HostChannel } from "../operations/host/channel";
import type { Step } from "../operations/steps";
import { buildImage, hasImage, programsOf } from "../rehearsal/images/build";
import { PRYSMCTL_IMAGES } from "../rehearsal/iterations";
import { build, isBuilt } from "../toolchain/go";
import { installSteps, readyToolchain } from "../toolchain/install";
import { describeOrigin, findOrigin, keepOrigin } from "../toolchain/origin";
import { openStack, presentToolchain } from "./context";
import { ask } from "./options";
import { runLanes, runSteps } from "./steps";

export interface SetupOptions {
  /** Install without asking. */
  readonly yes: boolean;
  /** The engine a rehearsal will run on, which is set up as well; undefined: none will. */
  readonly rehearsalOn: string | undefined;
}

/** Asks before anything is installed that is not the project's own. */
async function askToInstall(engine: string | undefined, compiler: string | undefined, yes: boolean): Promise<void> {
  const consent = (what: string): Promise<boolean> => ask(`Install ${what} on this machine?`, yes, true);
  if (engine !== undefined && !(await consent(engine))) {
    throw new Problem(
      "docker-missing",
      `${engine} is needed to run a node on this machine.`,
      "Install it, or set ephemery:dockerHost to another host's.",
    );
  }
  if (compiler !== undefined && !(await consent(compiler))) {
    throw new Problem(
      "toolchain",
      `${compiler} is needed to build Prysm on this machine.`,
      "Install it, or leave rehearsals out: `bin/ephemery setup --no-rehearsal`.",
    );
  }
}

/** Images a rehearsal runs when they are built here. */
const LOCAL_IMAGES = [
  toolsImages.local,
  ...[executionClients, beaconClients, validatorClients].flatMap((layer) =>
    Object.values(layer).map(({ images }) => images.local),
  ),
  PRYSMCTL_IMAGES.local,
].filter((image): image is string => image !== undefined);

/** What those images are made of takes minutes: a program is built once, for as long as an image wants it. */
async function programSteps(host: HostChannel): Promise<Step[]> {
  const steps = await Promise.all(
    LOCAL_IMAGES.map(async (image) => {
      const imageIsThere = await hasImage(host, image);
      return Promise.all(
        programsOf(image).map(async (recipe) => ({
          title: `build ${recipe.name} ${recipe.version}`,
          done: imageIsThere || (await isBuilt(recipe)),
          run: async (report: (line: string) => void) => {
            await build(recipe, report);
          },
        })),
      );
    }),
  );
  return steps.flat();
}

async function imageSteps(host: HostChannel): Promise<Step[]> {
  return Promise.all(
    LOCAL_IMAGES.map(async (image) => ({
      title: `build the image ${image}`,
      done: await hasImage(host, image),
      run: (report: (line: string) => void) => buildImage(host, image, report),
    })),
  );
}

/** Does what is left to do, and says in one line where things come from. */
export async function setUp(options: SetupOptions): Promise<void> {
  const origin = await findOrigin();
  process.stderr.write(`${describeOrigin(origin)}.\n`);
  const host = options.rehearsalOn === undefined ? undefined : new HostChannel(options.rehearsalOn);
  // Another engine than set-up's own is its owner's to start.
  const own = host?.uri === LOCAL_URI;
  if (host && !own) await assertEngine(host);
  const building = origin === "built" ? host : undefined;
  const programs = building ? await programSteps(building) : [];
  const compiling = programs.some(({ done }) => !done);
  await askToInstall(
    own ? await missingEngine() : undefined,
    compiling ? await missingCompiler() : undefined,
    options.yes,
  );
  // Beside each other: while one lane waits for a download or links, the other compiles.
  try {
    await runLanes([
      { title: "Pulumi and its plugins", steps: await installSteps(origin) },
      {
        title: "Docker Engine and the clients of rehearsals",
        steps: [...(own ? await engineSteps() : []), ...(compiling ? [await compilerStep()] : []), ...programs],
      },
    ]);
  } finally {
    // Also where the other lane failed: Pulumi is ready for what needs no engine here.
    if (await readyToolchain(origin)) await keepOrigin(origin);
  }
  if (building) await runSteps(await imageSteps(building));
}

/** A stack for commands that do something: from a clean clone, what runs it is installed or built first. */
export async function openReady(name: string): Promise<Stack> {
  if (!(await presentToolchain())) await setUp({ yes: false, rehearsalOn: undefined });
  return openStack(name);
}

/** @returns in one line what this machine lacks for runs of this version, or of a stack; undefined: nothing. */
async function lacking(stack: string | undefined): Promise<string | undefined> {
  if (!(await presentToolchain()))
    return "Pulumi and its plugins are not here in this version: run `bin/ephemery setup`.";
  if (stack === undefined) return undefined;
  try {
    await existing(await openStack(stack));
    return undefined;
  } catch (thrown) {
    return toProblem(thrown)
      .message.split(/\s*\n\s*/)
      .join(" ");
  }
}

interface Answers {
  readonly yes: boolean;
  readonly rehearsal: boolean;
  readonly check: boolean;
  readonly stack?: string;
}

export function registerSetup(program: Command): void {
  program
    .command("setup")
    .description("install or build what this machine needs: Pulumi, its plugins, Docker Engine, images for rehearsals")
    .option("-y, --yes", "install without asking", false)
    .option("--no-rehearsal", "leave out Docker Engine and images for rehearsals, as for hosts elsewhere")
    .option(
      "--check",
      "install nothing: exit with 0 where npm packages, Pulumi and its plugins are this version's",
      false,
    )
    .addOption(
      new Option("-s, --stack <name>", "with --check: and that stack's state can be reached").implies({ check: true }),
    )
    .addHelpText(
      "after",
      `
Where the vendors' hosts can be reached, the official CLI, plugins and images are taken.
Elsewhere all of it is built from Go modules (Go is needed), and cached by version.
EPHEMERY_ORIGIN=official or built decides by hand; EPHEMERY_CACHE moves the cache.
With --check nothing is installed or built: after an update of the clone it says in one line what
is not this version's, and exits with 1. Docker Engine and images it does not look at.

  bin/ephemery setup --yes
  bin/ephemery setup --no-rehearsal     for nodes on other hosts alone
  bin/ephemery setup --check            whether resets could run here`,
    )
    .action(async ({ yes, rehearsal, check, stack }: Answers) => {
      if (!check) await setUp({ yes, rehearsalOn: rehearsal ? LOCAL_URI : undefined });
      const lacks = check ? await lacking(stack) : undefined;
      if (lacks !== undefined) process.exitCode = 1;
      process.stderr.write(`${lacks ?? "This machine is ready."}\n`);
    });
}
