// How Prysm's beacon node is told where to start from: by the clock of its start, not of its making.

import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderNode } from "../../../clients/node";
import { ownFolder } from "../../support/folder";
import { CHAIN, settingsOf } from "../../support/node";
import { outcome } from "../../support/shell";

const folder = ownFolder("prysm-start");
const EPOCH = CHAIN.slotsPerEpoch * CHAIN.secondsPerSlot;
const now = Math.floor(Date.now() / 1000);

/** What a container that is started now, of a chain with that slot 0, gives the client. */
async function argumentsOf(genesisTime: number, ...args: string[]): Promise<string> {
  const { beacon } = renderNode({
    settings: settingsOf({ beaconClient: "prysm" }),
    chain: { ...CHAIN, genesisTime },
    start: { kind: "genesis", reason: "" },
    hostMemory: 8000,
    doppelgangerProtection: false,
  });
  const program = join(folder, "beacon-chain");
  writeFileSync(program, `#!/bin/sh\nprintf '<%s>' "$@"\n`);
  chmodSync(program, 0o755);
  const [shell = "", ...words] = beacon?.entrypoint ?? [];
  const here = words.map((word) => word.replace("exec /beacon-chain", `exec ${program}`));
  const { code, stdout, stderr } = await outcome(shell, [...here, ...args]);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

test.each([
  ["before slot 0", now + 1_000],
  ["in the first epoch", now - 10],
  ["at the end of the first epoch", now + 60 - EPOCH],
])("%s: at its head, and what a user gives comes last", async (_, genesisTime) => {
  expect(await argumentsOf(genesisTime, "--a=b c", "--sync-from=0xab")).toBe(
    "<--sync-from=head><--a=b c><--sync-from=0xab>",
  );
});

test("after the first epoch: where it would by itself", async () => {
  expect(await argumentsOf(now - EPOCH, "--a=b c", "$(id)'\"")).toBe(`<--a=b c><$(id)'">`);
});
