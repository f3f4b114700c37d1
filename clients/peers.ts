// How many peers a client has: by itself, by the sizing table, and which of them it dials.

import type { Sizing } from "../config/sizing";

/** How many peers a client has where nobody says. */
export interface PeerDefaults {
  /** Those it aims at or takes at most, whichever its flag sets. */
  readonly total: number;
  /**
   * Those among them that it sees to by dialling, and the share of any other total that it is told to dial;
   * undefined: no flag of it sets that.
   */
  readonly dialled: Dialled | undefined;
}

export interface Dialled {
  readonly number: number;
  readonly share: number;
}

/** Peers of `total` that a client is told to dial. */
export const dialledOf = (total: number, { share }: Dialled): number => Math.ceil(total * share);

/** Peers an execution client aims at where the configuration does not say. */
export const executionPeers = ({ total }: PeerDefaults, { peers }: Sizing): number => Math.round(total * peers);

/** Peers a beacon node aims at where the configuration does not say. */
export const beaconPeers = ({ total }: PeerDefaults, { peers, leastBeaconPeers }: Sizing): number =>
  Math.max(Math.round(total * peers), leastBeaconPeers);
