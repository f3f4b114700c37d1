// What a stack's last look found out: when to look again. Until then a run has nothing to do, and knows it from this
// file alone, without the engine and without the state.

import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ROOT } from "../../toolchain/paths";
import { writeWhole } from "../../toolchain/write-whole";
import { stateFile } from "../engine/state-file";
import { held, lookFile, stateTime } from "./held.cjs";

const memoSchema = z.object({
  /** The clone the stack belongs to: another one may have a stack of the same name. */
  folder: z.string(),
  /** PULUMI_BACKEND_URL, and the state's file there; null where it is not set, or no file of this machine's. */
  backend: z.string().nullable(),
  stateFile: z.string().nullable(),
  /** When the look was, unix seconds. */
  at: z.number(),
  nextLook: z.number(),
  /** Generation of the chain the node is on; null after a run that failed. */
  active: z.string().nullable(),
  /** Of the one that is staged. */
  staged: z.string().nullable(),
  /** Runs that failed in a row. */
  failures: z.number().int().nonnegative(),
  /** Looks in a row that no release source answered. */
  silent: z.number().int().nonnegative().default(0),
  /** Since when this machine's clock is doubted, by one of others where it matters, unix seconds; 0: it is not. */
  doubted: z.number().int().nonnegative().default(0),
  /** When the node moves, unix seconds; 0: not known. Runs that can't look into the state any more go by it. */
  turn: z.number().nonnegative().default(0),
  /** Time stamp of the state's file, ms; null where the state is elsewhere. */
  state: z.number().nullable(),
});

type Kept = z.infer<typeof memoSchema>;
export type Memo = Readonly<Omit<Kept, "folder" | "backend" | "stateFile" | "state">>;

/** Seconds to wait after the first run that failed; doubled with each further one. */
const FIRST_BACK_OFF = 15;
const LONGEST_BACK_OFF = 600;

export const backOff = (failures: number): number => Math.min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** (failures - 1));

async function read(stack: string): Promise<Kept | undefined> {
  try {
    const kept = memoSchema.parse(JSON.parse(await readFile(lookFile(stack, ROOT), "utf8")));
    return kept.folder === ROOT ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** What the last look on this machine left, whether it still holds or not. */
export async function lastLook(stack: string): Promise<Memo | undefined> {
  return read(stack);
}

/** Runs that failed in a row, the last one among them. */
export async function failuresOf(stack: string): Promise<number> {
  return (await read(stack))?.failures ?? 0;
}

/**
 * When to look again after a run that failed. A switch waits for no back-off: what failed before its time says nothing
 * of it.
 *
 * @param turn when the node moves, unix seconds; 0: not known.
 */
export function afterFailure(
  now: number,
  last: Pick<Memo, "at" | "failures"> | undefined,
  turn = 0,
): Pick<Memo, "nextLook" | "failures"> {
  const anew = last === undefined || (last.at < turn && now >= turn);
  const failures = anew ? 1 : last.failures + 1;
  const again = now + backOff(failures);
  return { failures, nextLook: now < turn ? Math.min(again, turn) : again };
}

/** The last look, while it holds. */
export async function remembered(stack: string, now: number): Promise<Memo | undefined> {
  return memoSchema.safeParse(held(stack, ROOT, now)).data;
}

/** To be called when the run is over: the state is then as it will be found. */
export async function remember(stack: string, memo: Memo): Promise<void> {
  const file = lookFile(stack, ROOT);
  await mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
  const state = stateFile(stack) ?? null;
  const backend = process.env.PULUMI_BACKEND_URL ?? null;
  const kept: Kept = { ...memo, folder: ROOT, backend, stateFile: state, state: stateTime(state) };
  await writeWhole(file, JSON.stringify(kept), 0o600);
}
