// The time of a machine whose clock is kept right by others: a witness that a clock alone is not.

import { run } from "../toolchain/run";

/** This machine's time, if its kernel says that it is synchronised (NTP); undefined where it is not, or can't be asked. */
export async function synchronisedTime(): Promise<number | undefined> {
  const result = await run("timedatectl", ["show", "--property=NTPSynchronized", "--value"]).catch(() => undefined);
  return result?.ok && result.stdout.trim() === "yes" ? Math.floor(Date.now() / 1000) : undefined;
}
