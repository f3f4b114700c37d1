// One run at a time for each stack, and for what stacks share. A lock knows its owner, and does not survive it.

import { randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { dataFolder } from "../toolchain/paths";
import { isAlive } from "./alive";
import { Locked } from "./locked";

const ownerSchema = z.object({
  pid: z.number().int(),
  host: z.string(),
  /** The boot the process runs in; a process of another boot is over. */
  boot: z.string(),
  /** When the process began, in ticks since boot: another process may have its number by now. */
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

const bootId = async (): Promise<string> =>
  (await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "")).trim();

/** Start time of a process by /proc (field 22; the name before it may hold spaces and parentheses). */
async function beganAt(pid: number): Promise<string | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return line?.slice(line.lastIndexOf(")") + 2).split(" ")[19];
}

/** Whether the process that took the lock is over. Of another machine's it can't be known, so it is not. */
async function isOver(owner: Owner | "damaged"): Promise<boolean> {
  if (owner === "damaged") return true;
  if (owner.host !== hostname()) return false;
  if (owner.boot !== (await bootId())) return true;
  if (!isAlive(owner.pid)) return true;
  return owner.began !== "" && (await beganAt(owner.pid)) !== owner.began;
}

/**
 * Who has the lock; undefined: nobody. Locks appear whole, so one that can't be read was damaged, as by a power cut: its
 * owner is over, and runs that wait for it would wait for ever.
 */
async function holderOf(file: string): Promise<Owner | "damaged" | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return "damaged";
  }
}

/** Milliseconds and number of looks at a lock that is about to go. */
const PAUSE = 25;
const LOOKS = 20;
/** Milliseconds between two looks at one that is held. */
const WAIT = 200;
/** Milliseconds after which the guard of a run that died in it counts as left behind. */
const GUARD_LIFE = 10_000;

/** Whether the lock was free, and is this process's now. */
async function take(file: string, mine: Owner): Promise<boolean> {
  const beside = `${file}.${mine.pid}-${randomUUID()}`;
  try {
    const handle = await open(beside, "wx", 0o600);
    try {
      await handle.writeFile(JSON.stringify(mine));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(beside, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(beside, { force: true });
  }
}

/**
 * Takes away the lock of a process that is over. One run at a time may: of two that saw the same dead owner, the
 * second would take away the lock the first has just got.
 */
async function clear(file: string): Promise<void> {
  const guard = `${file}.clearing`;
  try {
    await mkdir(guard);
  } catch {
    const made = await stat(guard).catch(() => undefined);
    if (made && Date.now() - made.mtimeMs > GUARD_LIFE) await rm(guard, { recursive: true, force: true });
    return;
  }
  try {
    const holder = await holderOf(file);
    if (holder && (await isOver(holder))) await rm(file, { force: true });
  } finally {
    await rm(guard, { recursive: true, force: true });
  }
}

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
  const mine: Owner = {
    pid: process.pid,
    host: hostname(),
    boot: await bootId(),
    began: (await beganAt(process.pid)) ?? "",
    command,
    since: new Date().toISOString(),
  };
  const deadline = Date.now() + patience;
  for (let look = 1; !(await take(file, mine)); look++) {
    const holder = await holderOf(file);
    // Without one it was just released.
    const passing = holder === undefined || (await isOver(holder));
    if (Date.now() >= deadline && (!passing || look >= LOOKS)) throw inUse(what, file, holder);
    if (passing && holder) await clear(file);
    await sleep(passing ? PAUSE : WAIT);
  }
  try {
    return await work();
  } finally {
    const holder = await holderOf(file);
    if (typeof holder === "object" && holder.pid === process.pid) await rm(file, { force: true });
  }
}

/** The same for a stack, of which another run at work is told at once. */
export const withRunLock = <T>(stack: string, command: string, work: () => Promise<T>): Promise<T> =>
  withLock({ name: stack, what: `Stack ${stack}` }, command, work);
