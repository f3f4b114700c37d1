// The validator clients by name.

import type { VALIDATOR_CLIENTS } from "../../config/keys";
import type { ValidatorModule } from "../spec";
import { lighthouse } from "./lighthouse";
import { lodestar } from "./lodestar";
import { nimbus } from "./nimbus";
import { prysm } from "./prysm";
import { teku } from "./teku";

export const validatorClients = { lighthouse, prysm, teku, nimbus, lodestar } satisfies Record<
  (typeof VALIDATOR_CLIENTS)[number],
  ValidatorModule
>;
