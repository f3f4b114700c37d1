// What tests on a real engine share: the toolchain, a backend of their own, and a look at Docker.

import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOCAL_URI } from "../../operations/docker-engine";
import { Stack } from "../../operations/engine/stack";
import { HostChannel } from "../../operations/host/channel";
import { within } from "../../operations/host/tunnel";
import { readyToolchain, type Toolchain } from "../../toolchain/install";
import { knownOrigin } from "../../toolchain/origin";
import { ROOT } from "../../toolchain/paths";

/** Of the machine's own engine. */
export const host = new HostChannel(LOCAL_URI);

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** The toolchain `npm test` has made ready. */
export async function toolchain(): Promise<Toolchain> {
  const origin = await knownOrigin();
  const ready = origin && (await readyToolchain(origin));
  if (!ready) throw new Error("run `bin/ephemery setup` first");
  return ready;
}

/** A backend, a data folder and a name for one test file, so that tests never meet. */
export interface Place {
  /** Ends in digits that no other test has. */
  readonly name: string;
  readonly folder: string;
  dispose(): void;
}

export function place(what: string): Place {
  const folder = mkdtempSync(join(tmpdir(), `ephemery-${what}-`));
  process.env.PULUMI_BACKEND_URL = `file://${folder}`;
  process.env.PULUMI_CONFIG_PASSPHRASE = "test";
  process.env.EPHEMERY_DATA = join(folder, "data");
  const name = `${what}-${process.pid.toString(36)}${Date.now().toString(36).slice(-4)}`;
  return { name, folder, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * First three parts of the addresses of a /24 that no network of this machine has; picked at random, so that two tests
 * at once hardly have the same, and one that was ended in its middle leaves the next one room.
 */
export async function freeSubnet(on = host): Promise<string> {
  const ids = lines(await on.docker(["network", "ls", "--quiet"]));
  const subnets = await on.docker([
    "network",
    "inspect",
    "--format",
    "{{range .IPAM.Config}}{{.Subnet}} {{end}}",
    ...ids,
  ]);
  // From 64 on: below are those that a rehearsal has by default, and that people give theirs.
  const free = Array.from({ length: 192 }, (_, index) => `10.213.${64 + index}`).filter(
    (subnet) => !subnets.includes(`${subnet}.`),
  );
  const subnet = free[randomInt(free.length)];
  if (subnet === undefined) throw new Error("every /24 from 10.213.64 to 10.213.255 is taken");
  return subnet;
}

/** A stack of a project below the tree's root. */
export async function stackOf(name: string, project = "."): Promise<Stack> {
  return new Stack(name, await toolchain(), join(ROOT, project));
}

/** Everything Docker has with a label. */
export async function objectsWith(
  label: string,
  on = host,
): Promise<{ containers: string[]; volumes: string[]; networks: string[] }> {
  const filter = ["--filter", `label=${label}`];
  return {
    containers: lines(await on.docker(["ps", "--all", "--format", "{{.Names}}", ...filter])),
    volumes: lines(await on.docker(["volume", "ls", "--quiet", ...filter])),
    networks: lines(await on.docker(["network", "ls", "--format", "{{.Name}}", ...filter])),
  };
}

/** Takes away all that is left with a label, also when a test failed half way. */
export async function sweep(label: string, on = host): Promise<void> {
  const { containers, volumes, networks } = await objectsWith(label, on);
  for (const container of containers) await on.try(["rm", "--force", container]);
  for (const network of networks) await on.try(["network", "rm", network]);
  for (const volume of volumes) await on.try(["volume", "rm", "--force", volume]);
}

/** What a command says that runs in the network namespace of a container, on whose loopback its ports are. */
export const inside = (container: string, image: string, ...command: string[]): Promise<string> =>
  host.docker(["run", "--rm", `--network=${within(container)}`, image, ...command]);

/** Id and start time of a container: both stay while nothing touches it. */
export async function incarnation(name: string, on = host): Promise<string> {
  return on.docker(["inspect", "--format", "{{.Id}} {{.State.StartedAt}}", name]);
}
