// The beacon nodes by name.

import type { BEACON_CLIENTS } from "../../config/keys";
import type { BeaconModule } from "../spec";
import { lighthouse } from "./lighthouse";
import { prysm } from "./prysm";

export const beaconClients = { lighthouse, prysm } satisfies Record<(typeof BEACON_CLIENTS)[number], BeaconModule>;
