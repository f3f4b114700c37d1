// The job that stands before a validator client whose beacon nodes somebody else runs: they have to be on the chain first.

import { Problem } from "../../config/problem";
import { HostChannel } from "../host/channel";
import { rootServedBy } from "./ask-beacon";
import { awaitBeaconInput, readInput } from "./input";

interface Answer {
  readonly url: string;
  /** undefined: it does not answer. */
  readonly root: string | undefined;
}

/** What keeps the validator client from starting; undefined: nothing. */
export function objection(answers: readonly Answer[], root: string): string | undefined {
  const elsewhere = answers.filter((each) => each.root !== undefined && each.root !== root);
  if (elsewhere.length === 0 && answers.some((each) => each.root === root)) return undefined;
  const wrong = elsewhere.length > 0 ? elsewhere : answers;
  const lines = wrong.map((each) => `  ${each.url} ${each.root ? `serves ${each.root}` : "does not answer"}`);
  return `No validator client starts unless its beacon nodes are on this chain, ${root}:\n${lines.join("\n")}`;
}

/** @returns the nodes that serve the chain, as JSON. */
export async function awaitBeacon(): Promise<string> {
  const input = readInput(awaitBeaconInput);
  const host = new HostChannel(input.uri);
  const answers: Answer[] = [];
  for (const url of input.beaconNodes) answers.push({ url, root: await rootServedBy(host, input, url) });
  const wrong = objection(answers, input.chain.genesisValidatorsRoot);
  if (wrong !== undefined) {
    throw new Problem(
      "beacon-nodes",
      wrong,
      "Nothing that runs was touched. Wait until they have moved, or change ephemery:beaconNodes; then run `bin/ephemery up` again. A scheduled reset tries again by itself.",
    );
  }
  return JSON.stringify({ serving: answers.filter(({ root }) => root !== undefined).map(({ url }) => url) });
}
