// Where a beacon node starts from: the genesis of the bundle, or a checkpoint of
// a provider that proved to be on this chain.

import { z } from "zod";
import { type ChainFacts, epochAt } from "./facts";

export const startSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("genesis"),
    reason: z.string(),
    /** The chain's, where a checkpoint was looked for and none was found. */
    epoch: z.number().int().exactOptional(),
  }),
  z.object({ kind: z.literal("checkpoint"), url: z.string(), epoch: z.number().int() }),
]);

/** Decided once per generation, then fixed. */
export type Start = Readonly<z.infer<typeof startSchema>>;

/** What a checkpoint provider said of itself. */
export type ProviderAnswer =
  | { readonly url: string; readonly genesisValidatorsRoot: string; readonly finalizedEpoch: number }
  | { readonly url: string; readonly failure: string };

/** Before this epoch nothing can be final: every client starts from the bundle's genesis.ssz. */
const FIRST_CHECKPOINT_EPOCH = 3;

/** A provider further behind than this is stale: the network finalizes two epochs behind its head. */
const RECENT_EPOCHS = 32;

/** Whether providers have to be asked at all. */
export function needsCheckpoint(now: number, chain: ChainFacts): boolean {
  return epochAt(chain, now) >= FIRST_CHECKPOINT_EPOCH;
}

/** Why a provider will not do; undefined: it will. */
function objection(answer: ProviderAnswer, epoch: number, chain: ChainFacts): string | undefined {
  if ("failure" in answer) return answer.failure;
  if (answer.genesisValidatorsRoot !== chain.genesisValidatorsRoot) return "is on another chain";
  if (answer.finalizedEpoch < 1) return "has nothing final yet";
  if (epoch - answer.finalizedEpoch > RECENT_EPOCHS) return `is stale at epoch ${answer.finalizedEpoch}`;
  return undefined;
}

/**
 * The first provider in order that shows this chain's root and a recent epoch, else genesis.
 *
 * @param now unix seconds.
 */
export function chooseStart(now: number, chain: ChainFacts, answers: readonly ProviderAnswer[]): Start {
  const epoch = epochAt(chain, now);
  if (!needsCheckpoint(now, chain)) return { kind: "genesis", reason: `the chain is at epoch ${Math.max(epoch, 0)}` };
  const objections: string[] = [];
  for (const answer of answers) {
    const reason = objection(answer, epoch, chain);
    if (reason === undefined && "finalizedEpoch" in answer) {
      return { kind: "checkpoint", url: answer.url, epoch: answer.finalizedEpoch };
    }
    objections.push(`${answer.url} ${reason}`);
  }
  return { kind: "genesis", reason: objections.length === 0 ? "there is no provider" : objections.join("; "), epoch };
}

/**
 * What a person has to know of a start; undefined: nothing. From the genesis of an old chain a client may never get to
 * its head: peers need not serve blobs for longer than 4096 epochs (MIN_EPOCHS_FOR_BLOB_SIDECARS_REQUESTS).
 */
export function warningOf(start: Start, stack: string): string | undefined {
  if (start.kind !== "genesis" || start.epoch === undefined) return undefined;
  return `The beacon node starts from genesis, though the chain is at epoch ${start.epoch}: ${start.reason}. It may take long, or never catch up (\`bin/ephemery status --stack ${stack}\`). Then, when one of ephemery:checkpointProviders answers, \`bin/ephemery destroy --stack ${stack}\` and \`bin/ephemery up --stack ${stack}\` start it from there; keys stay.`;
}
