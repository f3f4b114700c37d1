// Files that readers see whole or not at all, also after a crash.

import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";

/**
 * Writes a file beside its place and moves it there.
 *
 * @param path its folder has to be there.
 * @param mode of the file, where it is not to be the process's default.
 */
export async function writeWhole(path: string, data: string | Uint8Array, mode?: number): Promise<void> {
  const beside = `${path}.${process.pid}-${randomUUID()}.part`;
  try {
    await writeFile(beside, data, mode === undefined ? {} : { mode });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
