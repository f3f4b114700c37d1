// The rehearsal a stack takes part in, by its settings.

import type { Settings } from "../config/settings";
import { isOfThisMachine } from "../operations/docker-engine";
import type { RehearsalOptions } from "./lifecycle";
import { PROFILES } from "./profile";
import { DEFAULT_LEAD, DEFAULT_PORT, DEFAULT_SUBNET, networkName } from "./topology";

/** Undefined for the public network, for networks that are not a rehearsal's, and for engines of other machines. */
export function rehearsalOf(settings: Settings): Omit<RehearsalOptions, "images"> | undefined {
  const network = settings.joined?.network ?? "";
  const prefix = networkName("");
  if (settings.network !== "rehearsal" || !network.startsWith(prefix)) return undefined;
  if (!isOfThisMachine(settings.host.uri)) return undefined;
  const port = Number(new URL(settings.releaseSources[0] ?? "http://x").port) || DEFAULT_PORT;
  const subnet = settings.joined?.beacon?.split(".").slice(0, 3).join(".") ?? DEFAULT_SUBNET;
  const { uri: dockerHost } = settings.host;
  return { name: network.slice(prefix.length), dockerHost, port, subnet, lead: DEFAULT_LEAD, profile: PROFILES.fulu };
}
