// Makes the bundles in this folder: `node --require ./toolchain/typescript.cjs test/testdata/make.ts`, on a machine
// that is set up. They are releases of a rehearsal, and change with what a release holds.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOCAL_URI } from "../../operations/docker-engine";
import { HostChannel } from "../../operations/host/channel";
import { enodeOf, enrOf } from "../../rehearsal/bootnodes";
import { PRYSMCTL_IMAGES } from "../../rehearsal/iterations";
import { PROFILES, type ProfileName } from "../../rehearsal/profile";
import { makeRelease } from "../../rehearsal/release";
import { TEST_MNEMONIC } from "../../rehearsal/store";
import { PORTS } from "../../rehearsal/topology";
import { BUNDLE_VALIDATORS } from "../support/bundles";

/** 2026-11-19 19:00 UTC: when iteration 166 of the public network began. */
const EXECUTION_GENESIS_TIME = 1_795_114_800;

async function make(profile: ProfileName, iteration: number): Promise<void> {
  const bootnode = {
    executionKey: "11".repeat(32),
    beaconKey: "22".repeat(32),
    executionAddress: "192.0.2.11",
    beaconAddress: "192.0.2.12",
    ports: PORTS,
  };
  const assets = await makeRelease({
    iteration,
    profile: { ...PROFILES[profile], validators: BUNDLE_VALIDATORS },
    executionGenesisTime: EXECUTION_GENESIS_TIME,
    mnemonic: TEST_MNEMONIC,
    enodes: [enodeOf(bootnode)],
    enrs: [await enrOf(bootnode)],
    host: new HostChannel(LOCAL_URI),
    image: PRYSMCTL_IMAGES.local,
  });
  for (const name of ["network-config", "testnet-all"]) {
    writeFileSync(join(__dirname, `${profile}-${iteration}-${name}.tar.gz`), assets.get(`${name}.tar.gz`) ?? "");
  }
}

void (async () => {
  await make("fulu", 166);
  await make("fulu", 167);
  await make("electra-fast", 168);
})();
