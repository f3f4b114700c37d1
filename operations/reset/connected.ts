// Whether a validator client talks to a beacon node, by the connections of its network namespace: none of them tells it
// in a way that the others do, too.

import { beaconApisOf } from "../../clients/node";
import { dockerName, type Owner } from "../../components/names";
import type { Settings } from "../../config/settings";
import type { HostChannel } from "../host/channel";
import { within } from "../host/tunnel";

const NOBODY = "65534:65534";

/**
 * Of a connection that is there, or was within the last minute (TIME_WAIT); not of one that is only asked for.
 *
 * @see https://github.com/torvalds/linux/blob/master/include/net/tcp_states.h
 */
const MADE: ReadonlySet<string> = new Set(["01", "04", "05", "06", "08", "09", "0B"]);

/** @param table as /proc/net/tcp and tcp6 have it (proc_pid_net(5)). */
export function hasConnection(table: string, ports: ReadonlySet<number>): boolean {
  return table.split("\n").some((line) => {
    const [, port = "", state = ""] =
      /^\s*\d+: [\dA-F]+:[\dA-F]{4} [\dA-F]+:([\dA-F]{4}) ([\dA-F]{2}) /.exec(line) ?? [];
    return MADE.has(state) && ports.has(Number.parseInt(port, 16));
  });
}

function portOf(api: string): number {
  const { protocol, port } = new URL(api);
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

/** @param image what looks: one that is on the host. */
export async function isConnected(
  host: HostChannel,
  settings: Settings,
  owner: Owner,
  image: string,
): Promise<boolean> {
  // A host without IPv6 has no tcp6.
  const command = ["sh", "-c", "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null || true"];
  const network = within(dockerName(owner, "validator"));
  const shot = { owner, role: "probe", image, network, mounts: [], user: NOBODY, command } as const;
  const table = await host.oneShot("A look at the validator client's connections", shot);
  return hasConnection(table, new Set(beaconApisOf(settings).map(portOf)));
}
