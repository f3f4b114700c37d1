// `ephemery clients`: which clients a node can be made of, and how each was tested.

import type { Command } from "commander";
import { LAYERS } from "../clients/spec";
import { dialledText, memoryText, peersText, type Supported, supported, TESTED, testedText } from "../clients/support";
import { plainTable } from "./table";

/** The clients as a person reads them. */
export function renderClients(rows: readonly Supported[]): string {
  const lines = LAYERS.flatMap((layer) =>
    rows
      .filter((each) => each.layer === layer)
      .map((each, index) => [
        index === 0 ? layer : "",
        each.client,
        each.version,
        each.digest ? "digest" : "tag",
        testedText(each),
        memoryText(each),
        peersText(each),
        dialledText(each),
        each.notSettable.join(", "),
      ]),
  );
  const head = ["layer", "client", "version", "pin", "tested", "memory, MiB", "peers", "dialled", "not settable"];
  const legend = Object.entries(TESTED).map(([name, meaning]) => [name, meaning]);
  return [plainTable(lines, head), "", plainTable(legend)].join("\n");
}

export function registerClients(program: Command): void {
  program
    .command("clients")
    .description("the clients a node can be made of: versions, how each was tested, memory, what can't be set")
    .option("--json", "one JSON array", false)
    .addHelpText(
      "after",
      `
Set them with ephemery:executionClient, ephemery:beaconClient and ephemery:validatorClient. Every
beacon node works with every execution client, and every validator client with every beacon node, but
for grandine: its validators run inside of its beacon node alone. Where it says external instead of a
client's name, somebody else runs it (ephemery:executionEndpoint, ephemery:beaconNodes).
Memory is the limit on the smallest and on the largest host of the sizing table, without validators.
Peers are those a client aims at there, dialled those among them that it calls itself, and in brackets
what it would do without being told. Where these are not settable it has no flag for them.
docs/clients.md says more.

  bin/ephemery clients
  bin/ephemery clients --json`,
    )
    .action(({ json }: { json: boolean }) => {
      console.log(json ? JSON.stringify(supported()) : renderClients(supported()));
    });
}
