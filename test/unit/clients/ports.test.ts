// No port for peers can be one that a client listens on for something else: it would not start.

import { beaconClients } from "../../../clients/consensus";
import { executionClients } from "../../../clients/execution";
import type { ContainerSpec, Layer } from "../../../clients/spec";
import { validatorClients } from "../../../clients/validator";
import { settingsOf } from "../../support/node";
import { SITUATIONS, specOf } from "../../support/situations";

const CLIENTS = [
  ...Object.keys(executionClients).map((client) => ["execution", client] as const),
  ...Object.keys(beaconClients).map((client) => ["beacon", client] as const),
  ...Object.keys(validatorClients).map((client) => ["validator", client] as const),
];

/** Those of its endpoints, of its metrics, and of every argument that is named after a port; but for peers. */
function ownPorts({ command, entrypoint = [], endpoints, metrics, p2pPorts }: ContainerSpec): number[] {
  const named = [...entrypoint, ...command]
    .join("\n")
    .matchAll(/^--[^=\s]*port[^=\s]*[=\s](\d{4,5})$|^--[^=\s]*addr[^=\s]*[=\s]\S*:(\d{4,5})$/gim);
  const told = [...named].map(([, port, addressed]) => Number(port ?? addressed));
  const all = [...told, ...endpoints.map(({ port }) => port), ...(metrics ? [metrics.port] : [])];
  const peers = p2pPorts.map(({ port }) => port);
  return [...new Set(all)].filter((port) => !peers.includes(port));
}

function portsOf(layer: Layer, client: string): number[] {
  const specs = Object.entries(SITUATIONS)
    .filter(([name]) => name !== "Further arguments")
    .flatMap(([, situation]) => specOf(layer, client, situation) ?? []);
  return [...new Set(specs.flatMap(ownPorts))];
}

function expectRefused(port: number): void {
  expect(() => settingsOf({ executionP2pPort: String(port) })).toThrow(/executionP2pPort is a port the clients use/);
}

test.each(CLIENTS)("a port of the %s client %s is none for peers", (layer, client) => {
  const ports = portsOf(layer, client);
  expect(ports).not.toEqual([]);
  for (const port of ports) expectRefused(port);
});

// The defaults of --rpc-port (https://prysm.offchainlabs.com/docs) and --private.api.addr (https://docs.erigon.tech).
test.each([4000, 9090])("nor is one that a client takes without being told: %i", expectRefused);
