// The seed: an ordinary node of this project with three quarters of the validators, whose node keys are known beforehand
// because every release names it as its bootnode.

import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { LAYERS, PATHS } from "../clients/spec";
import { dockerName, LABELS, labelsOf, type Owner } from "../components/names";
import { NAMESPACE } from "../config/parse";
import type { Stack } from "../operations/engine/stack";
import { BY_ITSELF, finishing } from "../operations/finishing";
import type { HostChannel } from "../operations/host/channel";
import { withLock, withRunLock } from "../operations/run-lock";
import { ROOT } from "../toolchain/paths";
import type { Rehearsal } from "./store";
import {
  networkName,
  REHEARSAL_BEACON_ARGS,
  SEED_ID,
  seedAddresses,
  seedStackName,
  seedValidators,
  sourceUrl,
} from "./topology";

/** Whose the Docker objects of a rehearsal's seed are. */
export const seedOwner = (name: string): Owner => ({ host: "local", stack: seedStackName(name), id: SEED_ID });
const configFile = (name: string): string => join(ROOT, `Pulumi.${seedStackName(name)}.yaml`);

/** The seed's configuration: that of a node under test, but for addresses, validators and the peers it can have. */
export function seedConfig(rehearsal: Rehearsal): Record<string, unknown> {
  const { name, dockerHost, subnet, port } = rehearsal;
  const addresses = seedAddresses(subnet);
  const validators = seedValidators(rehearsal);
  return {
    network: "rehearsal",
    id: SEED_ID,
    dockerHost,
    releaseSources: [sourceUrl(port)],
    p2pNetwork: networkName(name),
    executionP2pAddress: addresses.execution,
    beaconP2pAddress: addresses.beacon,
    beaconClient: "prysm",
    // It is there first and has nobody to wait for. Peers that do not exist, on the network or on a subnet, would be
    // looked for without end, at more than half a core: there is one place, for the node under test.
    // Started again, it can ask nobody for what came after the last justified block: it goes on from its own head.
    beaconExtraArgs: ["--min-sync-peers=0", "--sync-from=head", ...REHEARSAL_BEACON_ARGS],
    beaconPeers: 1,
    validatorClient: "prysm",
    validatorCount: validators.count,
    validatorStart: validators.start,
    feeRecipient: "0x5eed000000000000000000000000000000000000",
    graffiti: "seed",
  };
}

/** Puts the seed's node keys where its identity job finds them, and keeps them. */
async function placeIdentity(host: HostChannel, rehearsal: Rehearsal, image: string): Promise<void> {
  const owner = seedOwner(rehearsal.name);
  const volume = dockerName(owner, "identity");
  const labels = Object.entries(labelsOf(owner, "identity")).map(([label, value]) => `--label=${label}=${value}`);
  await host.docker(["volume", "create", ...labels, volume]);
  const { executionKey, beaconKey } = rehearsal.seed;
  await host.oneShot(
    "Placing the seed's node keys",
    {
      owner,
      role: "job",
      name: dockerName(owner, "job-place-identity"),
      image,
      network: "none",
      mounts: [{ volume, path: PATHS.identity, readOnly: false }],
      command: [
        "sh",
        "-c",
        `umask 077; cd ${PATHS.identity}; read -r execution; read -r beacon; printf %s "$execution" > execution.key; printf %s "$beacon" > beacon.key`,
      ],
      interactive: true,
    },
    { input: `${executionKey}\n${beaconKey}\n` },
  );
}

/** Whether every client of the seed is well, on that iteration's chain. */
export async function seedRuns(host: HostChannel, name: string, iteration: number): Promise<boolean> {
  const mine = `label=${LABELS.stack}=${seedStackName(name)}`;
  const format = `{{.Label "${LABELS.generation}"}}`;
  const result = await host.try(["ps", "--filter", mine, "--filter", "health=healthy", "--format", format]);
  const well = result.stdout.split("\n").filter((generation) => generation.startsWith(`${iteration}-`));
  return result.ok && well.length === LAYERS.length;
}

/** Whether its stack was made to the end. The last thing it gets is its mnemonic. */
async function isMade(stack: Stack, { name }: Rehearsal): Promise<boolean> {
  const text = await readFile(configFile(name), "utf8").catch(() => "");
  return text.includes(`${NAMESPACE}:mnemonic:`) && (await stack.exists());
}

/** The lock of a seed's stack, and of the seed: that is one for all clones of this machine. */
export const withSeedLock = <T>(stack: string, command: string, work: () => Promise<T>): Promise<T> =>
  withLock({ name: stack, what: `The seed ${stack}` }, command, () => withRunLock(stack, command, work));

/** Makes the seed's stack and brings it up; goes on where a start before was cut off. */
export async function startSeed(stack: Stack, host: HostChannel, rehearsal: Rehearsal, image: string): Promise<void> {
  await withSeedLock(stack.name, "rehearse start", async () => {
    if (!(await isMade(stack, rehearsal))) {
      const config = Object.fromEntries(
        Object.entries(seedConfig(rehearsal)).map(([key, value]) => [`${NAMESPACE}:${key}`, value]),
      );
      await placeIdentity(host, rehearsal, image);
      await writeFile(configFile(rehearsal.name), stringify({ config }));
      await stack.init();
      await stack.setSecret(`${NAMESPACE}:mnemonic`, rehearsal.mnemonic);
    }
    await finishing(stack, () => stack.up(), BY_ITSELF);
  });
}

/** Forgets the seed's configuration; its stack is destroyed before. */
export async function forgetSeed(stack: Stack, name: string): Promise<void> {
  await stack.remove();
  await rm(configFile(name), { force: true });
}
