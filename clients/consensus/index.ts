// The beacon nodes by name.

import type { BEACON_CLIENTS } from "../../config/keys";
import type { BeaconModule } from "../spec";
import { grandine } from "./grandine";
import { lighthouse } from "./lighthouse";
import { lodestar } from "./lodestar";
import { nimbus } from "./nimbus";
import { prysm } from "./prysm";
import { teku } from "./teku";

export const beaconClients = { lighthouse, prysm, teku, nimbus, lodestar, grandine } satisfies Record<
  (typeof BEACON_CLIENTS)[number],
  BeaconModule
>;
