// The job behind components/protection.ts: have these keys signed on this chain from here before?

import type { z } from "zod";
import { type ChainFacts, epochAt } from "../../chain/facts";
import { PATHS, slashingFolder } from "../../clients/spec";
import { dockerName } from "../../components/names";
import { HostChannel } from "../host/channel";
import { protectInput, readInput } from "./input";

/** Beside the slashing protection of each chain: whose it is, by the digest of the keys that signed with it last. */
const SIGNERS = `${PATHS.keys}/signers`;

/** In epoch 0 nobody can have signed anything yet, and no client's doppelganger protection looks at it. */
const hasDuties = (chain: ChainFacts): boolean => epochAt(chain, Math.floor(Date.now() / 1000)) >= 1;

/** Says `same` where slashing protection of the chain is there and is that of these keys; from now on it is. */
function script(chain: ChainFacts, keysDigest: string): string {
  const folder = slashingFolder(chain);
  const signers = `${SIGNERS}/${chain.genesisValidatorsRoot}`;
  return [
    "set -eu; umask 077",
    `there=$(ls ${folder}/validator.db ${folder}/slashing_protection.sqlite 2>/dev/null || true)`,
    `[ -z "$there" ] || [ "$(cat ${signers} 2>/dev/null)" != ${keysDigest} ] || echo same`,
    `mkdir -p ${SIGNERS}; printf %s ${keysDigest} > ${signers}.part; mv ${signers}.part ${signers}`,
  ].join("\n");
}

async function signedHere(input: z.infer<typeof protectInput>): Promise<boolean> {
  const { owner, image, volume, chain, keysDigest } = input;
  const said = await new HostChannel(input.uri).oneShot("Looking for slashing protection", {
    owner,
    role: "job",
    name: dockerName(owner, "job-protection"),
    image,
    network: "none",
    mounts: [{ volume, path: PATHS.keys, readOnly: false }],
    command: ["sh", "-c", script(chain, keysDigest)],
  });
  return said.trim() === "same";
}

/** @returns `on` or `off`. */
export async function protect(): Promise<string> {
  const input = readInput(protectInput);
  const known = await signedHere(input);
  return hasDuties(input.chain) && !known ? "on" : "off";
}
