// `up` as the command does it: what can be known beforehand, then the engine, and
// where a run before was cut off, what that left behind.

import { addsChain, needsReleases } from "../chain/plan";
import { decidePlan } from "../chain/planning";
import { EXTERNAL } from "../config/keys";
import { Problem } from "../config/problem";
import type { Settings } from "../config/settings";
import { type Crashes, tellingCrashes } from "./crashes";
import { type Deployment, idOf, readDeployment } from "./deployment";
import type { EngineOptions, Stack } from "./engine/stack";
import { type Finishing, finishing } from "./finishing";
import { noNode } from "./no-node";
import { preflight, preflightSchedule, preflightStage } from "./preflight";
import { withRunLock } from "./run-lock";
import { renewRecorded } from "./schedule/install";

export interface UpOptions extends EngineOptions, Finishing {
  /** Told of a client that ends by itself over and over. */
  readonly onCrashes: (crashes: Crashes) => void;
}

/**
 * Room for the chain that the update would make ready beside the one that runs.
 *
 * @throws Problem `disk-full`, and what keeps the program from a plan.
 */
async function preflightChains(settings: Settings, { record, owner, tools }: Deployment): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  if (!record || !needsReleases(now, record)) return;
  const { plan } = await decidePlan(settings, record, now);
  if (!addsChain(plan, record)) return;
  await preflightStage(settings, record, now, owner && tools !== undefined ? { owner, image: tools } : undefined);
}

/** Brings the stack to what its configuration says. */
export async function bringUp(stack: Stack, settings: Settings, options: UpOptions): Promise<void> {
  await withRunLock(stack.name, "up", async () => {
    const deployment = await readDeployment(stack);
    await preflight(settings, await idOf(stack, settings, deployment.owner));
    await preflightSchedule(settings, deployment);
    await preflightChains(settings, deployment);
    const up = () => tellingCrashes(settings.host.uri, stack.name, options.onCrashes, () => stack.up(options));
    await finishing(stack, up, options);
    await renewRecorded(deployment);
  });
}

/**
 * A new JWT secret for the running generation; execution client and beacon node start anew with it.
 *
 * @throws Problem `config` where the secret is not this stack's to make.
 */
export async function rotateJwt(stack: Stack, settings: Settings, options: EngineOptions): Promise<void> {
  if (settings.execution.client === EXTERNAL) {
    throw new Problem(
      "config",
      `The execution client of stack ${stack.name} is external, and its JWT secret is made where it runs.`,
      `Change it there, set it here with \`bin/ephemery config set --secret ephemery:executionJwtSecret --stack ${stack.name}\`, and run \`bin/ephemery up --stack ${stack.name}\`.`,
    );
  }
  await withRunLock(stack.name, "rotate-jwt", async () => {
    const { resources } = await stack.checkpoint();
    const secret = resources.find(({ urn }) => urn.endsWith("-jwt-secret"));
    if (!secret) throw noNode(stack.name);
    await stack.up({ ...options, args: [`--replace=${secret.urn}`] });
  });
}
