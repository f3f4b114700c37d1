// Beacon APIs of others, asked from the network a node's containers will ask them over: what answers there is what counts.

import { z } from "zod";
import { shellQuote } from "../../components/docker-run";
import type { Owner } from "../../components/names";
import type { HostChannel } from "../host/channel";

export interface From {
  readonly owner: Owner;
  readonly image: string;
  readonly network: string;
}

export const genesisSchema = z.object({ data: z.object({ genesis_validators_root: z.string() }) });

/** Seconds an answer may take. */
export const PATIENCE = 10;

/** A download of a path, as a shell command. */
export const wget = (url: string, path: string, ...options: string[]): string =>
  `wget -q ${options.join(" ")} ${shellQuote(`${url.replace(/\/+$/, "")}${path}`)}`;

/**
 * Runs a script there and returns what it printed. That it failed is no error: what it did not print tells.
 *
 * @throws Problem where the host could not run it, which says nothing of whom it was to ask.
 */
export function probe(
  host: HostChannel,
  { owner, image, network }: From,
  what: string,
  script: string,
): Promise<string> {
  return host.oneShot(what, {
    owner,
    role: "probe",
    image,
    network,
    user: "65534:65534",
    mounts: [],
    command: ["sh", "-c", `{ ${script}; } || true`],
  });
}

/** The chain it serves, by its genesis_validators_root; undefined where it does not answer as a Beacon API does. */
export async function rootServedBy(host: HostChannel, from: From, url: string): Promise<string | undefined> {
  const script = `timeout ${PATIENCE} ${wget(url, "/eth/v1/beacon/genesis", "-O -")}`;
  const answer = await probe(host, from, "Asking a beacon node", script);
  try {
    return genesisSchema.parse(JSON.parse(answer)).data.genesis_validators_root;
  } catch {
    return undefined;
  }
}
