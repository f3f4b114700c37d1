// The journal of a stack's runs: when, what, how long, with what outcome. One JSON object on each line.

import { appendFile, mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { DeploymentRecord } from "../../chain/plan";
import { dataFolder, ROOT } from "../../toolchain/paths";
import { writeWhole } from "../../toolchain/write-whole";
import type { Down } from "./downtime";

const entrySchema = z.object({
  /** When it began, unix seconds. */
  at: z.number(),
  /** How long it took. */
  seconds: z.number(),
  /** `look`: it failed before it knew of any work, or for the release that it saw. */
  work: z.enum(["look", "stage", "switch", "settle"]),
  /** The generation the work was for; of a look, that of the chain that runs, and empty where the state did not say. */
  generation: z.string(),
  outcome: z.enum(["done", "failed", "held-back"]),
  /** From the first client that was told to stop to the last one that was ready; null where nobody saw it. */
  nodeDownSeconds: z.number().nullable(),
  /** Of a switch: whether its chain's data lay ready when the run began; missing in what was noted before this was. */
  ready: z.boolean().exactOptional(),
  /** Of a switch that did not end well: when it told the first client to stop, unix seconds; missing where it stopped none. */
  downSince: z.number().exactOptional(),
  problem: z.object({ code: z.string(), text: z.string() }).nullable(),
});

export type JournalEntry = Readonly<z.infer<typeof entrySchema>>;

/** The clone the stack belongs to: another one may have a stack of the same name. */
const lineSchema = z.object({ folder: z.string() });

/** Bytes from which a journal is shortened, and lines that it then keeps: a run that fails for weeks notes 144 a day. */
const LONGEST = 2 ** 20;
const KEPT = 2_000;

const fileOf = (stack: string): string => join(dataFolder(), "journals", `${stack}.jsonl`);

/** A disk that is full keeps no run from its work, nor an alarm from being rung. */
export async function note(stack: string, entry: JournalEntry): Promise<void> {
  const file = fileOf(stack);
  try {
    await mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
    await appendFile(file, `${JSON.stringify({ ...entry, folder: ROOT })}\n`, { mode: 0o600 });
    if ((await stat(file)).size > LONGEST) await shorten(file);
  } catch (error) {
    process.stderr.write(`${file} could not be written: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

async function shorten(file: string): Promise<void> {
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  await writeWhole(file, `${lines.slice(-KEPT).join("\n")}\n`, 0o600);
}

/** Every entry of this clone that can be read, the oldest first. A line that was cut off is left out. */
export async function readJournal(stack: string): Promise<readonly JournalEntry[]> {
  const text = await readFile(fileOf(stack), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      const content: unknown = JSON.parse(line);
      return lineSchema.parse(content).folder === ROOT ? [entrySchema.parse(content)] : [];
    } catch {
      return [];
    }
  });
}

/**
 * Whether nobody has seen the node work on a chain it was moved to: its first gate did not open, the run was cut off
 * before it, or a person's `up` moved it.
 */
export const isUnproved = (entries: readonly JournalEntry[], { active, previous }: DeploymentRecord): boolean =>
  previous !== undefined &&
  !entries.some(
    ({ work, generation, outcome }) => work === "switch" && generation === active.generation && outcome === "done",
  );

/** What is known of the node being down for a switch that no run has finished; undefined: none of them stopped anything. */
export function downBefore(entries: readonly JournalEntry[], generation: string): Down | undefined {
  const unfinished = entries.filter(
    (each) => each.work === "switch" && each.generation === generation && each.outcome !== "done",
  );
  const times = unfinished.flatMap(({ downSince }) => downSince ?? []);
  if (times.length === 0) return undefined;
  const seen = unfinished.findLast(({ nodeDownSeconds }) => nodeDownSeconds !== null);
  return { since: Math.min(...times), seconds: seen?.nodeDownSeconds ?? null };
}

/**
 * Whether no run has seen the chain before go away with its settle: by the state that is done as soon as the chain has
 * proved itself, before the engine begins to remove.
 */
export const isUnsettled = (entries: readonly JournalEntry[], { active, settled }: DeploymentRecord): boolean =>
  settled === true &&
  !entries.some(
    ({ work, generation, outcome }) => work === "settle" && generation === active.generation && outcome === "done",
  );

/** The last reset, as far as runs of this machine carried it out. */
export interface LastReset {
  readonly generation: string;
  readonly stagedAt: number | null;
  readonly switchedAt: number;
  readonly settledAt: number | null;
  readonly nodeDownSeconds: number | null;
  readonly outcome: "switched" | "settled" | "failed";
}

/** What the journal knows of the last switch; undefined: there was none. */
export function lastReset(entries: readonly JournalEntry[]): LastReset | undefined {
  // One that was held back has moved nothing.
  const switched = entries.findLast(({ work, outcome }) => work === "switch" && outcome !== "held-back");
  if (!switched) return undefined;
  const { generation } = switched;
  const ofIt = (work: JournalEntry["work"]): JournalEntry | undefined =>
    entries.findLast((entry) => entry.generation === generation && entry.work === work && entry.outcome === "done");
  const end = (entry: JournalEntry | undefined): number | null => (entry ? entry.at + entry.seconds : null);
  const settledAt = end(ofIt("settle"));
  // What lay ready, and no run here staged, somebody else did, at a time that nobody noted.
  const first = entries.find(
    (each) => each.generation === generation && each.work === "switch" && each.outcome !== "held-back",
  );
  const late = switched.outcome === "done" && !first?.ready;
  return {
    generation,
    stagedAt: end(ofIt("stage")) ?? (late ? end(switched) : null),
    switchedAt: switched.at + switched.seconds,
    settledAt,
    nodeDownSeconds: switched.nodeDownSeconds,
    outcome: settledAt !== null ? "settled" : switched.outcome === "done" ? "switched" : "failed",
  };
}
