// What a node's validators have done on this chain, counted from the chain itself:
// their attestations that were included, and their blocks that became part of it.

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type ChainFacts, epochAt, slotAt } from "../../chain/facts";
import { cacheFolder } from "../../toolchain/paths";
import type { BeaconApi } from "./beacon-api";

const countsSchema = z.object({
  attested: z.number(),
  missed: z.number(),
  proposed: z.number(),
  missedProposals: z.number(),
});
const savedSchema = countsSchema.extend({
  /** Slot of the first attestation duty that was done. */
  firstDutySlot: z.number().nullish(),
  /** Every epoch before this one is counted. */
  next: z.number().int(),
  /** The validators that are counted; others begin at epoch 0. */
  digest: z.string(),
});

export type DutyCounts = Readonly<z.infer<typeof countsSchema>>;
type Saved = z.infer<typeof savedSchema>;

export interface DutyReport extends DutyCounts {
  /** Last epoch whose missed duties are counted; null: none is over yet. */
  readonly countedThrough: number | null;
  /** Slot of the first attestation duty that was done; null: none is known to be, of the epochs that are counted. */
  readonly firstDutySlot: number | null;
}

export interface CountInput {
  readonly api: BeaconApi;
  readonly chain: ChainFacts;
  /** Unix seconds. */
  readonly now: number;
  readonly headSlot: number;
  /** Indices of the validators, by public key. */
  readonly validators: ReadonlyMap<string, number>;
  /** Name of the file counts are kept in, and the digest over the validators they are of. */
  readonly key: string;
  readonly digest: string;
  /** Milliseconds after which the rest of a long chain is left to the next call. */
  readonly budget: number;
}

/** An epoch is over for good when the next one is: attestations may be included one epoch late. */
const SETTLED = 2;

const NOTHING: DutyCounts = { attested: 0, missed: 0, proposed: 0, missedProposals: 0 };

const add = (a: DutyCounts, b: DutyCounts): DutyCounts => ({
  attested: a.attested + b.attested,
  missed: a.missed + b.missed,
  proposed: a.proposed + b.proposed,
  missedProposals: a.missedProposals + b.missedProposals,
});

const fileOf = (key: string): string => join(cacheFolder(), "duties", `${key}.json`);

async function load(key: string, digest: string): Promise<Saved> {
  try {
    const saved = savedSchema.parse(JSON.parse(await readFile(fileOf(key), "utf8")));
    if (saved.digest === digest) return saved;
  } catch {
    // never counted, or not readable: counted from the start
  }
  return { ...NOTHING, next: 0, digest };
}

async function save(key: string, saved: Saved): Promise<void> {
  const file = fileOf(key);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(`${file}.${process.pid}.part`, JSON.stringify(saved));
  await rename(`${file}.${process.pid}.part`, file);
}

/** Blocks of the validators among the slots up to the head. Slot 0 is the genesis and has no proposer. */
async function proposals(input: CountInput, epoch: number): Promise<Pick<DutyCounts, "proposed" | "missedProposals">> {
  const { api, validators, headSlot } = input;
  let proposed = 0;
  let missedProposals = 0;
  for (const { pubkey, slot } of await api.proposerDuties(epoch)) {
    const index = validators.get(pubkey);
    if (index === undefined || slot === 0 || slot > headSlot) continue;
    if ((await api.proposerOf(slot)) === index) proposed += 1;
    else missedProposals += 1;
  }
  return { proposed, missedProposals };
}

/** An epoch that is over. Nobody can attest to the genesis slot in time, so its duties do not count. */
async function settled(input: CountInput, epoch: number): Promise<{ counts: DutyCounts; first: number | undefined }> {
  const { api, validators } = input;
  const duties = await api.attesterDuties(epoch, [...validators.values()]);
  const due = duties.filter(({ slot }) => slot > 0).map(({ validator_index }) => validator_index);
  const missed = due.length === 0 ? [] : await api.missedIn(epoch, due);
  const done = duties.filter(({ slot, validator_index }) => slot > 0 && !missed.includes(validator_index));
  return {
    counts: { attested: due.length - missed.length, missed: missed.length, ...(await proposals(input, epoch)) },
    first: done.length === 0 ? undefined : Math.min(...done.map(({ slot }) => slot)),
  };
}

/**
 * Counts since genesis. Epochs that are over are counted once and remembered; of the last two,
 * what is included so far is added and nothing counts as missed yet.
 */
export async function countDuties(input: CountInput): Promise<DutyReport> {
  const { api, chain, now, key, digest, validators } = input;
  const deadline = Date.now() + input.budget;
  const current = epochAt(chain, Math.min(now, chain.genesisTime + input.headSlot * chain.secondsPerSlot));
  let counts = await load(key, digest);
  while (counts.next <= current - SETTLED && Date.now() < deadline) {
    const { counts: more, first } = await settled(input, counts.next);
    const firstDutySlot = counts.firstDutySlot ?? first;
    counts = { ...counts, ...add(counts, more), firstDutySlot, next: counts.next + 1 };
  }
  await save(key, counts);
  let total: DutyCounts = counts;
  const indices = [...validators.values()];
  const clock = epochAt(chain, now);
  for (let epoch = Math.max(counts.next, 0); epoch <= current && counts.next > current - SETTLED; epoch++) {
    // Only the current epoch and the one before can be asked for.
    const attested = epoch >= clock - 1 ? await api.live(epoch, indices) : 0;
    total = add(total, { ...NOTHING, attested, ...(await proposals(input, epoch)) });
  }
  const { attested, missed, proposed, missedProposals } = total;
  return {
    attested,
    missed,
    proposed,
    missedProposals,
    countedThrough: counts.next > 0 ? counts.next - 1 : null,
    firstDutySlot: counts.firstDutySlot ?? null,
  };
}

/** Slots the head is behind the clock; negative before slot 0. */
export function headLag(chain: ChainFacts, now: number, headSlot: number): number {
  return slotAt(chain, now) - headSlot;
}
