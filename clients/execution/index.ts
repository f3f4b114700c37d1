// The execution clients by name.

import type { EXECUTION_CLIENTS } from "../../config/keys";
import type { ExecutionModule } from "../spec";
import { besu } from "./besu";
import { erigon } from "./erigon";
import { geth } from "./geth";
import { nethermind } from "./nethermind";
import { reth } from "./reth";

export const executionClients = { geth, nethermind, besu, erigon, reth } satisfies Record<
  (typeof EXECUTION_CLIENTS)[number],
  ExecutionModule
>;
