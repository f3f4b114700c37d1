// The validator clients by name.

import type { VALIDATOR_CLIENTS } from "../../config/keys";
import type { ClientModule, ValidatorContext } from "../spec";
import { lighthouse } from "./lighthouse";
import { prysm } from "./prysm";

export const validatorClients = { lighthouse, prysm } satisfies Record<
  (typeof VALIDATOR_CLIENTS)[number],
  ClientModule<ValidatorContext>
>;
