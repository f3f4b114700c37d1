// The network of a rehearsal: internal, so that nothing on it reaches or is reached from outside.

import { Problem } from "../config/problem";
import type { HostChannel } from "../operations/host/channel";
import { LABEL, networkName } from "./topology";

export async function hasNetwork(host: HostChannel, name: string): Promise<boolean> {
  return (await host.try(["network", "inspect", networkName(name)])).ok;
}

export async function ensureNetwork(host: HostChannel, name: string, subnet: string): Promise<void> {
  const network = networkName(name);
  if (await hasNetwork(host, name)) return;
  // Addresses without one of their own come from the upper half, away from the fixed ones.
  const range = ["--subnet", `${subnet}.0/24`, "--ip-range", `${subnet}.128/25`];
  const result = await host.try(["network", "create", "--internal", ...range, "--label", `${LABEL}=${name}`, network]);
  if (result.ok) return;
  if (/overlap/i.test(result.stderr)) {
    throw new Problem(
      "rehearsal",
      `The addresses ${subnet}.0/24 are taken by another network of this host.`,
      "Start the rehearsal with another --subnet, and give the stack addresses in it (ephemery:executionP2pAddress, beaconP2pAddress).",
    );
  }
  throw new Problem(
    "rehearsal",
    `Docker did not make the network ${network}: ${result.stderr}`,
    "Check `docker info`, then try again.",
  );
}

/** Containers on the network that are not the seed's. */
export async function nodesOn(host: HostChannel, name: string, seedStack: string): Promise<readonly string[]> {
  const format = "{{range .Containers}}{{.Name}} {{end}}";
  const result = await host.try(["network", "inspect", "--format", format, networkName(name)]);
  return result.ok ? result.stdout.split(/\s+/).filter((each) => each !== "" && !each.includes(`-${seedStack}-`)) : [];
}

/** @throws Problem `rehearsal` while a node that is not the rehearsal's own is on its network. */
export async function assertUnused(host: HostChannel, name: string, seedStack: string): Promise<void> {
  const others = await nodesOn(host, name, seedStack);
  if (others.length === 0) return;
  throw new Problem(
    "rehearsal",
    `The rehearsal ${name} is in use by ${others.join(", ")}.`,
    "Take that node down first, with `bin/ephemery destroy --stack NAME`.",
  );
}

export async function removeNetwork(host: HostChannel, name: string): Promise<void> {
  if (!(await hasNetwork(host, name))) return;
  await host.docker(["network", "rm", networkName(name)]);
}
