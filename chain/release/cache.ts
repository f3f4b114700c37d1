// Tarballs that were downloaded before, on this machine's disk. Losing the
// folder costs a download, nothing else.

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeWhole } from "../../toolchain/write-whole";
import { iterationOfTag } from "../iteration";
import type { Tarball } from "./source";

const entrySchema = z.object({
  source: z.string(),
  tag: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  etag: z.string().optional(),
  digestConfirmed: z.boolean(),
});

type Entry = z.infer<typeof entrySchema>;

/** Tarballs kept; an iteration and its successor are enough, the rest is for several networks on one machine. */
const KEPT = 8;

export class ReleaseCache {
  constructor(private readonly folder: string) {}

  /** The tarball a source had under a tag when it was last asked. */
  async find(source: string, tag: string): Promise<Tarball | undefined> {
    return this.read(this.entryPath(source, tag));
  }

  /** Any tarball with this sha256. */
  async findDigest(sha256: string): Promise<Tarball | undefined> {
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names.filter((each) => each.endsWith(".json"))) {
      const tarball = await this.read(join(this.folder, name));
      if (tarball?.sha256 === sha256) return tarball;
    }
    return undefined;
  }

  /** Newest iteration's tag that any of the sources was seen to have. */
  async newestTag(sources: readonly string[]): Promise<string | undefined> {
    const names = await readdir(this.folder).catch(() => []);
    let newest: { tag: string; iteration: number } | undefined;
    for (const name of names.filter((each) => each.endsWith(".json"))) {
      const entry = await this.entry(join(this.folder, name));
      const iteration = entry && sources.includes(entry.source) ? iterationOfTag(entry.tag) : undefined;
      if (entry && iteration !== undefined && iteration > (newest?.iteration ?? -1))
        newest = { tag: entry.tag, iteration };
    }
    return newest?.tag;
  }

  async put(tarball: Tarball): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeWhole(this.bytesPath(tarball.sha256), tarball.bytes);
    const entry: Entry = {
      source: tarball.source,
      tag: tarball.tag,
      sha256: tarball.sha256,
      digestConfirmed: tarball.digestConfirmed,
      ...(tarball.etag === undefined ? {} : { etag: tarball.etag }),
    };
    await writeWhole(this.entryPath(tarball.source, tarball.tag), JSON.stringify(entry));
    await this.prune();
  }

  /** An entry that is missing or damaged is the same as none. */
  private async entry(path: string): Promise<Entry | undefined> {
    try {
      return entrySchema.parse(JSON.parse(await readFile(path, "utf8")));
    } catch {
      return undefined;
    }
  }

  private async read(path: string): Promise<Tarball | undefined> {
    const entry = await this.entry(path);
    if (!entry) return undefined;
    try {
      const bytes = new Uint8Array(await readFile(this.bytesPath(entry.sha256)));
      if (createHash("sha256").update(bytes).digest("hex") !== entry.sha256) return undefined;
      return { ...entry, etag: entry.etag, bytes };
    } catch {
      return undefined; // missing or damaged: the same as never downloaded
    }
  }

  private async prune(): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => name.endsWith(".json"));
    const aged = await Promise.all(
      names.map(async (name) => ({ name, time: (await stat(join(this.folder, name))).mtimeMs })),
    );
    const old = aged.sort((a, b) => b.time - a.time).slice(KEPT);
    await Promise.all(old.map(({ name }) => rm(join(this.folder, name), { force: true })));
    const used = new Set<string>();
    for (const { name } of aged.slice(0, KEPT)) {
      const entry = await this.entry(join(this.folder, name));
      if (entry) used.add(entry.sha256);
    }
    const tarballs = (await readdir(this.folder)).filter((name) => name.endsWith(".tar.gz"));
    await Promise.all(
      tarballs
        .filter((name) => !used.has(name.slice(0, 64)))
        .map((name) => rm(join(this.folder, name), { force: true })),
    );
  }

  private bytesPath(sha256: string): string {
    return join(this.folder, `${sha256}.tar.gz`);
  }

  private entryPath(source: string, tag: string): string {
    const key = createHash("sha256").update(`${source}\n${tag}`).digest("hex").slice(0, 16);
    return join(this.folder, `${tag.replace(/[^\w.-]/g, "_")}-${key}.json`);
  }
}
