// prysmctl as docker-here runs it: it gives what prysmctl gave when test/testdata was made, for the genesis time it is
// told, before anything of the project was done to it. The rehearsal tests run the real one.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUNDLE_VALIDATORS, filesOf, type TestBundle } from "./bundles";
import type { DockerHere } from "./docker-here";

/** Slots in two epochs with the mainnet preset: entries of proposer_lookahead, the last of the fixed fields of a Fulu state. */
const LOOKAHEAD = 64;
/** Where a state says how long its fixed fields are: the offset of historical_roots, the first that is not. */
const FIXED_END = 524_464;

/** The state of a bundle as prysmctl left it: one time for both layers, no proposers. */
function stateBefore(bundle: TestBundle): Buffer {
  const state = Buffer.from(filesOf(bundle).get("genesis.ssz") ?? []);
  const end = state.readUInt32LE(FIXED_END);
  if (bundle.profile === "fulu") state.fill(0, end - LOOKAHEAD * 8, end);
  return state;
}

/** @param folder where the state is kept for the program. */
export function recordedPrysmctl(docker: DockerHere, folder: string, bundle: TestBundle): void {
  const recorded = join(folder, `${bundle.name}.ssz`);
  writeFileSync(recorded, stateBefore(bundle));
  docker.program(
    "testnet",
    `#!/usr/bin/env node
const { readFileSync, writeFileSync } = require("node:fs");
const valueOf = (name) => process.argv.find((arg) => arg.startsWith("--" + name + "=")).split("=")[1];
const json = (name) => JSON.parse(readFileSync(valueOf(name), "utf8"));
if (process.argv[2] !== "generate-genesis") throw new Error("unknown command " + process.argv[2]);
if (json("geth-genesis-json-in").baseFeePerGas === undefined) throw new Error("genesis without a base fee");
if (json("deposit-json-file").length !== ${BUNDLE_VALIDATORS + 1}) throw new Error("not every validator has a deposit");
if (!readFileSync(valueOf("chain-config-file"), "utf8").includes("MIN_GENESIS_TIME: " + valueOf("genesis-time"))) throw new Error("another time in config.yaml");
if (valueOf("fork") !== ${JSON.stringify(bundle.profile.split("-")[0])} || valueOf("num-validators") !== "0") throw new Error("another fork or other validators");
const state = readFileSync(${JSON.stringify(recorded)});
state.writeBigUInt64LE(BigInt(valueOf("genesis-time")), 0);
writeFileSync(valueOf("output-ssz"), state);
`,
  );
}
