// The release bundles in test/testdata: as tarballs, as files, and changed by tests.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import type { BundleFiles } from "../../chain/bundle/unpack";
import { tar } from "./tar";

/** Validators of their chains, the dummy not counted: fewer than a rehearsal's, since each takes a test time to derive. */
export const BUNDLE_VALIDATORS = 64;

const FOLDER = join(__dirname, "..", "testdata");

export interface TestBundle {
  /** `fulu-166`: profile and iteration. */
  readonly name: string;
  readonly profile: string;
  readonly iteration: number;
  /** network-config.tar.gz, the standard layout. */
  readonly standard: Uint8Array;
  /** testnet-all.tar.gz, flat. */
  readonly legacy: Uint8Array;
}

function bundleNamed(name: string): TestBundle {
  const [, profile = "", iteration] = /^(.+)-(\d+)$/.exec(name) ?? [];
  const read = (layout: string): Uint8Array => new Uint8Array(readFileSync(join(FOLDER, `${name}-${layout}.tar.gz`)));
  return {
    name,
    profile,
    iteration: Number(iteration),
    standard: read("network-config"),
    legacy: read("testnet-all"),
  };
}

/** Every bundle there is; test/testdata/make.ts makes them. */
export const BUNDLES: readonly TestBundle[] = readdirSync(FOLDER)
  .flatMap((file) => /^(.+-\d+)-network-config\.tar\.gz$/.exec(file)?.[1] ?? [])
  .sort()
  .map(bundleNamed);

/** The one that most tests change. */
export const FULU_166 = bundleNamed("fulu-166");

/** Reads a tarball with nothing of the project's: paths to bytes. */
export function entriesOf(tarball: Uint8Array): Map<string, Uint8Array> {
  const archive = gunzipSync(tarball);
  const found = new Map<string, Uint8Array>();
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    const text = (from: number, length: number): string =>
      archive.toString("latin1", at + from, at + from + length).replace(/[\0 ].*$/s, "");
    const size = Number.parseInt(text(124, 12), 8);
    found.set(text(0, 100), new Uint8Array(archive.subarray(at + 512, at + 512 + size)));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return found;
}

/** A bundle's files by their base name, as `unpack` gives them. */
export function filesOf({ legacy }: TestBundle): Map<string, Uint8Array> {
  return entriesOf(legacy);
}

/** A flat tarball of these files; other bytes than any release's. */
export function repacked(files: BundleFiles, level: number = constants.Z_BEST_SPEED): Uint8Array {
  return new Uint8Array(gzipSync(tar([...files].map(([name, bytes]) => ({ name, bytes }))), { level }));
}

export const textOf = (files: BundleFiles, name: string): string => Buffer.from(files.get(name) ?? []).toString();

/** The files with one of them changed. */
export function changed(files: BundleFiles, name: string, change: (text: string) => string): BundleFiles {
  return new Map([...files, [name, new Uint8Array(Buffer.from(change(textOf(files, name))))]]);
}
