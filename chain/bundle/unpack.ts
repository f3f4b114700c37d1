// From the bytes of a release's tarball to its files, in memory and within limits.

import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { Header } from "tar-stream";
import { Problem } from "../../config/problem";
import { refused } from "./refused";

/** Files of a bundle by their base name, such as `genesis.ssz`. */
export type BundleFiles = ReadonlyMap<string, Uint8Array>;

/**
 * What a tarball may be at most. The public network's genesis.ssz is 6.9 MB, and the parsed
 * state beside it, which is passed over, about 40 MB; a bundle that needs more is not one.
 */
export const LIMITS = { fileBytes: 128 * 2 ** 20, totalBytes: 512 * 2 ** 20, entries: 500 } as const;

/** The folders of the standard layout whose files are read; a legacy tarball is flat. */
const FOLDERS = new Set(["", "metadata"]);

const refuse = (what: string): Problem => refused(`The release's tarball was not unpacked: ${what}.`);

/** Why an entry is not to be had in a bundle; undefined: it may be. */
function objection({ name, type, size = 0 }: Header): string | undefined {
  const shown = JSON.stringify(name);
  if (name.startsWith("/") || name.split(/[\\/]/).includes("..")) return `the path ${shown} leaves its folder`;
  if (type !== "file" && type !== "directory") return `${shown} is neither a file nor a folder`;
  if (size > LIMITS.fileBytes) return `${shown} has more than ${LIMITS.fileBytes} bytes`;
  return undefined;
}

/**
 * Unpacks a `network-config.tar.gz` (folders metadata, parsed, bootnode-keys) or a
 * flat `testnet-all.tar.gz`. Only the files of the wanted folders are kept.
 *
 * @throws Problem `bundle-refused` for a path that leaves the folder, a link, a file
 * twice, too much data or a truncated archive.
 */
export async function unpack(tarball: Uint8Array): Promise<BundleFiles> {
  const files = new Map<string, Uint8Array>();
  const { extract } = await import("tar-stream");
  const archive = extract();
  let unzipped = 0;
  const limited = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      unzipped += chunk.length;
      if (unzipped > LIMITS.totalBytes) throw refuse(`it unpacks to more than ${LIMITS.totalBytes} bytes`);
      yield chunk;
    }
  };
  const collect = async (): Promise<void> => {
    let entries = 0;
    for await (const entry of archive) {
      entries += 1;
      if (entries > LIMITS.entries) throw refuse(`it has more than ${LIMITS.entries} entries`);
      const problem = objection(entry.header);
      if (problem !== undefined) throw refuse(problem);
      const parts = entry.header.name.replace(/^\.\//, "").split("/");
      const name = parts.pop() ?? "";
      if (entry.header.type !== "file" || !FOLDERS.has(parts.join("/"))) {
        entry.resume();
        continue;
      }
      if (files.has(name)) throw refuse(`${name} is in it twice`);
      files.set(name, new Uint8Array(await buffer(entry)));
    }
  };
  try {
    await Promise.all([pipeline(Readable.from([Buffer.from(tarball)]), createGunzip(), limited, archive), collect()]);
  } catch (error) {
    archive.destroy();
    if (error instanceof Problem) throw error;
    throw refuse(`it is truncated or not a tar.gz (${error instanceof Error ? error.message : String(error)})`);
  }
  return files;
}
