// Whether the validator client looks for another signer before it signs (doppelganger protection).

import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ChainFacts } from "../chain/facts";
import { PATHS, slashingFolder } from "../clients/spec";
import { hostJob } from "./host-job";
import { dockerName, type Owner } from "./names";
import type { ValidatorKeys } from "./validator-keys";

export interface ProtectionArgs {
  readonly owner: Owner;
  readonly uri: string;
  readonly toolsImage: pulumi.Input<string>;
  readonly chain: ChainFacts;
  readonly keys: ValidatorKeys;
  /** Where the validator client keeps its slashing protection, within the chain's folder. */
  readonly database: string;
}

export interface Protection {
  readonly on: pulumi.Output<boolean>;
  readonly job: command.local.Command;
}

/** Beside the slashing protection of each chain: whose it is, by the keys that signed last and the client they signed with. */
const SIGNERS = `${PATHS.keys}/signers`;

/** In epoch 0 nobody can have signed anything yet, and no client's doppelganger protection looks at it. */
const firstDuties = ({ genesisTime, slotsPerEpoch, secondsPerSlot }: ChainFacts): number =>
  genesisTime + slotsPerEpoch * secondsPerSlot;

/**
 * Prints `off` where the client's slashing protection of the chain is there and is that of these keys, which from now
 * on it is. What another client has signed since stands in that one's alone.
 */
function script(chain: ChainFacts, keysDigest: string, database: string): string {
  const signers = `${SIGNERS}/${chain.genesisValidatorsRoot}`;
  const signer = `${keysDigest}-${database}`;
  return [
    "set -eu; umask 077",
    "answer=on",
    `[ "$(date +%s)" -ge ${firstDuties(chain)} ] || answer=off`,
    `[ ! -e ${slashingFolder(chain)}/${database} ] || [ "$(cat ${signers} 2>/dev/null)" != ${signer} ] || answer=off`,
    `mkdir -p ${SIGNERS}; printf %s ${signer} > ${signers}.part; mv ${signers}.part ${signers}`,
    "printf %s $answer",
  ].join("\n");
}

/**
 * On when the validator client starts on a chain that has been running, without the slashing protection that would be
 * there if these very keys had signed on it from here. Decided once for a generation, a set of keys and a
 * client: other keys have a past of their own, and another client does not know this one's.
 */
export function protection(name: string, args: ProtectionArgs, opts: pulumi.CustomResourceOptions): Protection {
  const { owner, uri, chain, keys, database } = args;
  const run = pulumi.all([args.toolsImage, keys.volume.name, keys.digest]).apply(([image, volume, keysDigest]) => ({
    owner,
    role: "job" as const,
    name: dockerName(owner, "job-protection"),
    image,
    network: "none",
    mounts: [{ volume, path: PATHS.keys, readOnly: false }],
    command: ["sh", "-c", script(chain, keysDigest, database)],
  }));
  const job = hostJob(
    `${name}-${chain.generation}-protection`,
    { uri, run, triggers: [keys.digest, database], deleteFirst: false },
    opts,
  );
  return { on: job.stdout.apply((text) => text.trim() === "on"), job };
}
