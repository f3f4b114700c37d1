// Records what a release deploys, for test/upgrade: `node --require ./toolchain/typescript.cjs test/upgrade/record.ts 0.1.0`,
// on a machine that is set up, before the release is tagged.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROFILES } from "../../rehearsal/profile";
import { ephemery, freePort, giveMnemonic, joining, ownStack, succeed } from "../support/ephemery";
import { place } from "../support/machine";
import { STACK } from "./recorded";

const SUBNET = "10.213.43";

async function record(release: string): Promise<void> {
  const where = place("recorded");
  const port = await freePort();
  const config = joining({ rehearsal: where.name, port, subnet: SUBNET, profile: PROFILES.fulu });
  const { stack, forget } = await ownStack(where.name, config);
  try {
    await giveMnemonic(stack);
    await succeed(["up", "--stack", where.name, "--yes"]);
    const { stdout } = await stack.pulumi(["stack", "export", "--stack", where.name]);
    const text = JSON.stringify({ config, state: JSON.parse(stdout) }, undefined, 1);
    writeFileSync(join(__dirname, "recorded", `${release}.json`), `${text.replaceAll(where.name, STACK)}\n`);
  } finally {
    await ephemery(["destroy", "--stack", where.name, "--yes", "--purge-keys"]);
    await ephemery(["rehearse", "stop", "--name", where.name]);
    await forget();
    where.dispose();
  }
}

void record(process.argv[2] ?? "unreleased");
