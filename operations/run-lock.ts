// One run at a time for each stack. The lock knows its owner, and does not survive it.

import { mkdir, open, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { Problem } from "../config/problem";
import { dataFolder } from "../toolchain/paths";

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

const fileOf = (stack: string): string => join(dataFolder(), "locks", `${stack}.json`);

const bootId = async (): Promise<string> =>
  (await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "")).trim();

/** Start time of a process by /proc (field 22; the name before it may hold spaces and parentheses). */
async function beganAt(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Whether the process that took the lock is over. Of another machine's it can't be known, so it is not. */
async function isOver(owner: Owner): Promise<boolean> {
  if (owner.host !== hostname()) return false;
  if (owner.boot !== (await bootId())) return true;
  if (!isRunning(owner.pid)) return true;
  return owner.began !== "" && (await beganAt(owner.pid)) !== owner.began;
}

async function holderOf(stack: string): Promise<Owner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(fileOf(stack), "utf8")));
  } catch {
    return undefined;
  }
}

/**
 * Does something while holding the stack's lock.
 *
 * @throws Problem `locked` that says who holds it.
 */
export async function withRunLock<T>(stack: string, command: string, work: () => Promise<T>): Promise<T> {
  const file = fileOf(stack);
  await mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
  const mine: Owner = {
    pid: process.pid,
    host: hostname(),
    boot: await bootId(),
    began: (await beganAt(process.pid)) ?? "",
    command,
    since: new Date().toISOString(),
  };
  for (let attempt = 0; ; attempt++) {
    try {
      const handle = await open(file, "wx", 0o600);
      await handle.writeFile(JSON.stringify(mine));
      await handle.close();
      break;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      const holder = await holderOf(stack);
      if (holder && attempt < 3 && (await isOver(holder))) {
        await rm(file, { force: true });
        continue;
      }
      if (!holder && attempt < 3) continue; // it was just released, or is just being written
      throw new Problem(
        "locked",
        holder
          ? `Stack ${stack} is in use by \`ephemery ${holder.command}\`: process ${holder.pid} on ${holder.host}, since ${holder.since}.`
          : `Stack ${stack} is in use; its lock ${file} is not readable.`,
        "Wait until it has ended, then try again.",
      );
    }
  }
  try {
    return await work();
  } finally {
    if ((await holderOf(stack))?.pid === process.pid) await rm(file, { force: true });
  }
}
