// The files a node gets of a bundle: those its clients read, and the copies some
// of them need. One archive for every client, so that a change of client needs no new one.

import { createHash } from "node:crypto";
import type { BundleFiles } from "../chain/bundle/unpack";
import { PRYSM_CONFIG_FILE, prysmConfig } from "./prysm";

/** Passed on as they are in the bundle, where they are there. */
const PASSED_ON = [
  "genesis.json",
  "besu.json",
  "chainspec.json",
  "config.yaml",
  "genesis.ssz",
  "deposit_contract.txt",
  "deposit_contract_block.txt",
  "deposit_contract_block_hash.txt",
  "bootstrap_nodes.txt",
  "bootstrap_nodes.yaml",
  "enodes.txt",
] as const;

/** Name of a file to its content, sorted by name. */
export function genesisFiles(bundle: BundleFiles): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const name of PASSED_ON) {
    const bytes = bundle.get(name);
    if (bytes) files.set(name, bytes);
  }
  // Lighthouse and Nimbus look for this one; the chain has its deposit contract from block 0.
  if (!files.has("deposit_contract_block.txt")) files.set("deposit_contract_block.txt", Buffer.from("0\n"));
  const config = bundle.get("config.yaml");
  if (config) files.set(PRYSM_CONFIG_FILE, Buffer.from(prysmConfig(new TextDecoder().decode(config))));
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One digest over names and contents. */
export function filesDigest(files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash("sha256");
  for (const [name, bytes] of files) {
    hash.update(`${name}\0${bytes.length}\0`);
    hash.update(bytes);
  }
  return hash.digest("hex");
}
