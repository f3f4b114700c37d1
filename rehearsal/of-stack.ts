// The rehearsal a stack takes part in, by its settings.

import type { Settings } from "../config/settings";
import { isOfThisMachine } from "../operations/docker-engine";
import type { RehearsalOptions } from "./lifecycle";
import { PROFILES } from "./profile";
import { networkName } from "./topology";

const DEFAULT_PORT = 39438;
const DEFAULT_SUBNET = "10.213.39";
/** Seconds in which seed and node come up on two cores. */
const LEAD = 75;

/** Undefined for the public network, for networks that are not a rehearsal's, and for engines of other machines. */
export function rehearsalOf(settings: Settings): Omit<RehearsalOptions, "images"> | undefined {
  const network = settings.joined?.network ?? "";
  const prefix = networkName("");
  if (settings.network !== "rehearsal" || !network.startsWith(prefix)) return undefined;
  if (!isOfThisMachine(settings.host.uri)) return undefined;
  const port = Number(new URL(settings.releaseSources[0] ?? "http://x").port) || DEFAULT_PORT;
  const subnet = settings.joined?.beacon?.split(".").slice(0, 3).join(".") ?? DEFAULT_SUBNET;
  const { uri: dockerHost } = settings.host;
  return { name: network.slice(prefix.length), dockerHost, port, subnet, lead: LEAD, profile: PROFILES.fulu };
}
