// The execution clients by name.

import type { EXECUTION_CLIENTS } from "../../config/keys";
import type { ClientModule, ExecutionContext } from "../spec";
import { geth } from "./geth";

export const executionClients = { geth } satisfies Record<
  (typeof EXECUTION_CLIENTS)[number],
  ClientModule<ExecutionContext>
>;
