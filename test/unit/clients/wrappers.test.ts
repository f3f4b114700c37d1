// Images that reset themselves: the client in them is started without what stands before it. Paths are those of the
// Dockerfiles and scripts of pk910/ephemery-client-wrapper.

import type { Start } from "../../../chain/start";
import { preparationsOf, renderNode } from "../../../clients/node";
import { isWrapper } from "../../../clients/wrappers";
import { CHAIN, settingsOf, VALIDATORS } from "../../support/node";

const GENESIS: Start = { kind: "genesis", reason: "" };

function containersOf(config: Readonly<Record<string, string>>, start = GENESIS) {
  const settings = settingsOf({ ...VALIDATORS, ...config });
  return {
    containers: renderNode({ settings, chain: CHAIN, start, hostMemory: 8000, doppelgangerProtection: false }),
    preparations: preparationsOf(settings, CHAIN),
  };
}

test.each([
  ["pk910/ephemery-geth", true],
  ["pk910/ephemery-geth:latest", true],
  [`docker.io/pk910/ephemery-teku@sha256:${"a".repeat(64)}`, true],
  ["pk910/dora-the-explorer", false],
  ["ghcr.io/other/pk910/ephemery-geth", false],
  ["ethereum/client-go:v1.17.10", false],
])("%s: %s", (image, wrapper) => {
  expect(isWrapper(image)).toBe(wrapper);
});

test.each([
  ["execution", "geth", ["geth"]],
  ["execution", "nethermind", ["/nethermind/nethermind.bin"]],
  ["execution", "besu", ["/opt/besu/bin/besu"]],
  ["execution", "erigon", ["erigon"]],
  ["execution", "reth", ["/usr/local/bin/reth"]],
  ["beacon", "lighthouse", ["lighthouse.bin"]],
  [
    "beacon",
    "prysm",
    ["/bin/sh", "-c", expect.stringMatching(/; exec \/app\/cmd\/beacon-chain\/beacon-chain "\$@"$/), "prysm"],
  ],
  ["beacon", "teku", ["/opt/teku/bin/teku"]],
  ["beacon", "nimbus", ["/home/user/nimbus_beacon_node.bin"]],
  ["beacon", "lodestar", ["node", "/usr/app/packages/cli/bin/lodestar"]],
  ["validator", "lighthouse", ["lighthouse.bin"]],
  ["validator", "prysm", ["/app/cmd/validator/validator"]],
  ["validator", "teku", ["/opt/teku/bin/teku"]],
  ["validator", "lodestar", ["node", "/usr/app/packages/cli/bin/lodestar"]],
] as const)("the %s client %s starts as itself, with the same arguments", (layer, client, entrypoint) => {
  const named = { [`${layer}Client`]: client };
  const usual = containersOf(named);
  const { containers, preparations } = containersOf({ ...named, [`${layer}Image`]: `pk910/ephemery-${client}:latest` });
  const spec = containers[layer];
  expect(spec?.entrypoint).toEqual(entrypoint);
  const args = usual.containers[layer]?.command.filter((word) => word !== "lighthouse");
  expect(spec?.command).toEqual(args);
  for (const job of preparations[layer] ?? [])
    if (job.image === "client") expect(job.entrypoint).toEqual(client === "lodestar" ? ["node", "-e"] : entrypoint);
  for (const other of ["execution", "beacon", "validator"] as const)
    if (other !== layer) expect(containers[other]).toEqual(usual.containers[other]);
});

test("Nimbus fetches a checkpoint by the client itself, too", () => {
  const start: Start = { kind: "checkpoint", url: "https://checkpoint.example", epoch: 9 };
  const { containers } = containersOf({ beaconClient: "nimbus", beaconImage: "pk910/ephemery-nimbus" }, start);
  const script = containers.beacon?.entrypoint?.join(" ") ?? "";
  expect(script.match(/nimbus_beacon_node(\.bin)?/g)).toEqual(["nimbus_beacon_node.bin", "nimbus_beacon_node.bin"]);
});
