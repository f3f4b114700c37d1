// One run at a time for each stack, and for what stacks share. A lock knows its owner, and does not survive it.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { clear, isOver, release, self, take, textOf } from "../toolchain/lock.cjs";
import { dataFolder, ROOT } from "../toolchain/paths";
import { Locked } from "./locked";
import { tagOf } from "./reset/held.cjs";

const ownerSchema = z.object({
  pid: z.number().int(),
  host: z.string(),
  boot: z.string(),
  began: z.string(),
  command: z.string(),
  since: z.string(),
});

type Owner = z.infer<typeof ownerSchema>;

/** Something that one process at a time may work on. */
export interface Lock {
  /** Of its file. */
  readonly name: string;
  /** As messages name it. */
  readonly what: string;
  /** Milliseconds to wait for another that holds it; none by default. */
  readonly patience?: number;
}

const fileOf = (name: string): string => join(dataFolder(), "locks", `${name}.json`);

/**
 * Who has the lock; undefined: nobody, or nobody that can be told, as of a run by sudo. Locks appear whole, so one that
 * makes no sense was damaged, as by a power cut: its owner is over, and runs that wait for it would wait for ever.
 */
function holderOf(file: string): Owner | "damaged" | undefined {
  const text = textOf(file);
  if (text === undefined) return undefined;
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return "damaged";
  }
}

const isLeft = (holder: Owner | "damaged" | undefined): boolean =>
  holder === "damaged" || (holder !== undefined && isOver(holder));

/** Milliseconds and number of looks at a lock that is about to go. */
const PAUSE = 25;
const LOOKS = 20;
/** Milliseconds between two looks at one that is held. */
const WAIT = 200;

const inUse = (what: string, file: string, holder: Owner | "damaged" | undefined): Locked =>
  new Locked(
    typeof holder === "object"
      ? `${what} is in use by \`ephemery ${holder.command}\`: process ${holder.pid} on ${holder.host}, since ${holder.since}.`
      : `${what} is in use by one run after the other, by its lock ${file}.`,
    "Wait until it has ended, then try again.",
    typeof holder === "object" ? Date.parse(holder.since) / 1000 : Number.NaN,
  );

/**
 * Does something while holding a lock.
 *
 * @param command as messages to others name this process.
 * @throws Locked that says who holds it.
 */
export async function withLock<T>(
  { name, what, patience = 0 }: Lock,
  command: string,
  work: () => Promise<T>,
): Promise<T> {
  const file = fileOf(name);
  await mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
  const mine: Owner = { ...self(), command, since: new Date().toISOString() };
  const text = JSON.stringify(mine);
  const deadline = Date.now() + patience;
  for (let look = 1; !take(file, text); look++) {
    const holder = holderOf(file);
    const left = isLeft(holder);
    // Without one it was just released.
    const passing = left || holder === undefined;
    if (Date.now() >= deadline && (!passing || look >= LOOKS)) throw inUse(what, file, holder);
    if (left) clear(file, () => isLeft(holderOf(file)));
    await sleep(passing ? PAUSE : WAIT);
  }
  try {
    return await work();
  } finally {
    release(file, text);
  }
}

/** Of a stack of this clone's, or of the backend that clones share: others may have stacks of the same name. */
const nameOf = (stack: string): string => `${stack}-${tagOf(process.env.PULUMI_BACKEND_URL ?? ROOT)}`;

/** The same for a stack, of which another run at work is told at once. */
export const withRunLock = <T>(stack: string, command: string, work: () => Promise<T>): Promise<T> =>
  withLock({ name: nameOf(stack), what: `Stack ${stack}` }, command, work);
