// The job behind components/proof.ts: looks at the running node, and says no unless it works.

import { keysDigest } from "../../validators/digest";
import { notProved } from "../status/judge";
import { look } from "../status/look";
import { haveDuties, type StatusReport } from "../status/report";
import { proveInput, readInput } from "./input";

/** What is missing from a proof; undefined: nothing. */
export function objection({ problem, beacon, validators }: StatusReport): string | undefined {
  if (problem) return problem.text;
  if ((beacon?.peers.total ?? 0) === 0) return "The beacon node has no peers.";
  if (validators.uncounted !== null) return `Its duties can't be counted: ${validators.uncounted}`;
  if (haveDuties(validators) && (validators.attested ?? 0) === 0)
    return "None of its validators has an attestation on the chain.";
  return undefined;
}

/** @returns what was seen, as JSON. */
export async function prove(): Promise<string> {
  const { owner, uri, image, chain, network, containers, clients, apiNetwork, beaconApi, pubkeys } =
    readInput(proveInput);
  const report = await look({
    stack: owner.stack,
    network,
    deployment: {
      record: { active: chain },
      owner,
      containers,
      apiNetwork,
      tools: image,
      host: { name: owner.host, uri },
      validators: { count: pubkeys.length, start: 0, digest: keysDigest(pubkeys) },
    },
    clients,
    beaconApi,
    pubkeys,
    seenTag: undefined,
  });
  const missing = objection(report);
  if (missing !== undefined) {
    throw notProved(
      chain.generation,
      missing,
      "The data of the chain before it stays where it is. The next run looks again.",
    );
  }
  const { attested, missed } = report.validators;
  return JSON.stringify({
    provedAt: Math.floor(Date.now() / 1000),
    headSlot: report.beacon?.headSlot,
    attested,
    missed,
  });
}
