// Where each client's metrics are, as its container is rendered: the table of docs/clients.md.

import { generationOf, identityOf } from "../chain/facts";
import { chainIdOf, startOf, tagOf } from "../chain/iteration";
import { renderNode } from "../clients/node";
import { LAYER_NAMES, LAYERS } from "../clients/spec";
import { supported } from "../clients/support";
import { INTEGRATED } from "../config/keys";
import { parseValues } from "../config/parse";
import { toSettings } from "../config/settings";

/** Any chain: no client's metrics depend on it. */
function someChain(iteration: number) {
  const zeros = `0x${"0".repeat(64)}`;
  const genesis = { genesisBlockHash: zeros, genesisValidatorsRoot: zeros, genesisTime: startOf(iteration) + 600 };
  const identity = identityOf(genesis);
  return {
    ...genesis,
    iteration,
    chainId: chainIdOf(iteration),
    identity,
    generation: generationOf(iteration, identity),
    executionGenesisTime: startOf(iteration),
    period: 2_419_200,
    secondsPerSlot: 12,
    slotsPerEpoch: 32,
    depositContract: `0x${"0".repeat(40)}`,
    bootnodes: { execution: [], beacon: [] },
    release: { tag: tagOf(iteration), source: "", sha256: "0".repeat(64) },
  };
}

/** The table as Markdown. */
export function metricsTable(): string {
  const rows = LAYERS.flatMap((layer) =>
    supported()
      .filter((each) => each.layer === layer)
      .map(({ client }) => {
        const inside = layer === "validator" && client === INTEGRATED;
        const config = {
          validatorCount: "1",
          feeRecipient: `0x${"0".repeat(40)}`,
          [`${layer}Client`]: client,
          ...(inside ? { beaconClient: client } : {}),
        };
        const settings = toSettings(parseValues(config, "docs"), "docs");
        const start = { kind: "genesis", reason: "" } as const;
        const on = { settings, chain: someChain(1), start, hostMemory: 16_000, doppelgangerProtection: false };
        const metrics = renderNode(on)[layer]?.metrics;
        const where = metrics ? `${metrics.port} | \`${metrics.path}\`` : "| those of its beacon node";
        return `| ${LAYER_NAMES[layer]} | \`${client}\` | ${where} |`;
      }),
  );
  return ["| Layer | Client | Port | Path |", "|---|---|---|---|", ...rows].join("\n");
}
