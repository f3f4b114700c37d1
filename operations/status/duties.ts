// What a node's validators have done on this chain, counted from the chain itself:
// their attestations that were included, and their blocks that became part of it.

import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type ChainFacts, epochAt } from "../../chain/facts";
import { cacheFolder } from "../../toolchain/paths";
import { writeWhole } from "../../toolchain/write-whole";
import type { BeaconApi } from "./beacon-api";
import { answeredFrom, blocksFrom, isRefusal } from "./known";

const countsSchema = z.object({
  attested: z.number(),
  missed: z.number(),
  proposed: z.number(),
  missedProposals: z.number(),
});
const savedSchema = countsSchema.extend({
  /** Slot of the first attestation duty that was done. */
  firstDutySlot: z.number().nullish(),
  /** First epoch that is counted. */
  from: z.number().int(),
  /** Every epoch before this one, from there on, is counted. */
  next: z.number().int(),
  /** The validators that are counted; others begin at epoch 0. */
  digest: z.string(),
});

export type DutyCounts = Readonly<z.infer<typeof countsSchema>>;
type Saved = z.infer<typeof savedSchema>;

export interface DutyReport extends DutyCounts {
  /** First epoch that is counted: 0, unless the beacon node has nothing from before it. */
  readonly countedFrom: number;
  /** Last epoch whose missed duties are counted; null: none is over yet. */
  readonly countedThrough: number | null;
  /** Slot of the first attestation duty that was done; null: none is known to be, of the epochs that are counted. */
  readonly firstDutySlot: number | null;
}

export interface Validator {
  readonly pubkey: string;
  readonly index: number;
  /** First epoch in which it has duties. */
  readonly activation: number;
}

export interface CountInput {
  readonly api: BeaconApi;
  readonly chain: ChainFacts;
  /** Unix seconds. */
  readonly now: number;
  readonly headSlot: number;
  readonly validators: readonly Validator[];
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

/** Counts from an epoch on, of which nothing is counted yet. */
const begin = (digest: string, from: number): Saved => ({ ...NOTHING, from, next: from, digest });

async function load(key: string, digest: string): Promise<Saved> {
  try {
    const saved = savedSchema.parse(JSON.parse(await readFile(fileOf(key), "utf8")));
    if (saved.digest === digest) return saved;
  } catch {
    // never counted, or not readable: counted from the start
  }
  return begin(digest, 0);
}

async function save(key: string, saved: Saved): Promise<void> {
  const file = fileOf(key);
  await mkdir(join(file, ".."), { recursive: true });
  await writeWhole(file, JSON.stringify(saved));
}

const dueIn = ({ validators }: CountInput, epoch: number): number[] =>
  validators.filter(({ activation }) => activation <= epoch).map(({ index }) => index);

/** Blocks of the validators among the slots up to the head. Slot 0 is the genesis and has no proposer. */
async function proposals(input: CountInput, epoch: number): Promise<Pick<DutyCounts, "proposed" | "missedProposals">> {
  const { api, validators, headSlot } = input;
  const indices = new Map(validators.map(({ pubkey, index }) => [pubkey, index]));
  let proposed = 0;
  let missedProposals = 0;
  for (const { pubkey, slot } of await api.proposerDuties(epoch)) {
    const index = indices.get(pubkey);
    if (index === undefined || slot === 0 || slot > headSlot) continue;
    if ((await api.block(slot))?.proposer === index) proposed += 1;
    else missedProposals += 1;
  }
  return { proposed, missedProposals };
}

/** An epoch that is over. Nobody can attest to the genesis slot in time, so its duties do not count. */
async function settled(input: CountInput, epoch: number): Promise<{ counts: DutyCounts; first: number | undefined }> {
  const { api } = input;
  const duties = (await api.attesterDuties(epoch, dueIn(input, epoch))).filter(({ slot }) => slot > 0);
  const due = duties.map(({ validator_index }) => validator_index);
  const missed = due.length === 0 ? [] : await api.missedIn(epoch, due);
  const done = duties.filter(({ validator_index }) => !missed.includes(validator_index));
  return {
    counts: { attested: due.length - missed.length, missed: missed.length, ...(await proposals(input, epoch)) },
    first: done.length === 0 ? undefined : Math.min(...done.map(({ slot }) => slot)),
  };
}

/** Counts the epochs up to `last`, from where they stand or, if that is later, from where the beacon node can tell. */
async function countOn(input: CountInput, saved: Saved, last: number): Promise<Saved> {
  const deadline = Date.now() + input.budget;
  // Before the first of them was active nothing was due, so there is nothing to ask.
  const start = Math.min(...input.validators.map(({ activation }) => activation), last + 1);
  let counts = { ...saved, next: Math.max(saved.next, start) };
  if (counts.next > last) return counts;
  const had = await blocksFrom(input, counts.next);
  if (had > counts.next) counts = begin(input.digest, had);
  while (counts.next <= last && Date.now() < deadline) {
    try {
      const { counts: more, first } = await settled(input, counts.next);
      const firstDutySlot = counts.firstDutySlot ?? first;
      counts = { ...counts, ...add(counts, more), firstDutySlot, next: counts.next + 1 };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const told = await answeredFrom(counts.next, last, (epoch) => settled(input, epoch));
      if (told > counts.next) counts = begin(input.digest, told);
    }
  }
  return counts;
}

/**
 * Counts since genesis, or since the first epoch that the beacon node has. Epochs that are over are counted once and
 * remembered; of the last two, what is included so far is added and nothing counts as missed yet. A beacon node that
 * tells of no epoch what was missed in it, as Nimbus does (no rewards of attestations in its API), has only those two.
 */
export async function countDuties(input: CountInput): Promise<DutyReport> {
  const { api, chain, now, key, digest } = input;
  const current = epochAt(chain, Math.min(now, chain.genesisTime + input.headSlot * chain.secondsPerSlot));
  const counts = await countOn(input, await load(key, digest), current - SETTLED);
  // Where nothing could be counted, what was counted before is not lost: the trouble may pass.
  if (counts.next > counts.from) await save(key, counts);
  let total: DutyCounts = counts;
  const clock = epochAt(chain, now);
  for (let epoch = counts.next; epoch <= current && counts.next > current - SETTLED; epoch++) {
    const indices = dueIn(input, epoch);
    // Only the current epoch and the one before can be asked for.
    const attested = epoch >= clock - 1 && indices.length > 0 ? await api.live(epoch, indices) : 0;
    total = add(total, { ...NOTHING, attested, ...(await proposals(input, epoch)) });
  }
  const { attested, missed, proposed, missedProposals } = total;
  return {
    attested,
    missed,
    proposed,
    missedProposals,
    countedFrom: counts.from,
    countedThrough: counts.next > counts.from ? counts.next - 1 : null,
    firstDutySlot: counts.firstDutySlot ?? null,
  };
}
