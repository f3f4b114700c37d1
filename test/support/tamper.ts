// Ways to change a bundle's files, each giving new files.

import type { BundleFiles } from "../../chain/bundle/unpack";
import { type ForkName, STATES } from "./beacon-state";
import { changed, textOf } from "./bundles";

export type Tamper = (files: BundleFiles) => BundleFiles;

const setting = (key: string): RegExp => new RegExp(`^((?:export |[ -]+)?${key}(?:: |="))([^"\\n]+)`, "m");

/** The value of a line `KEY: value` or `KEY="value"`. */
export const said = (files: BundleFiles, name: string, key: string): string =>
  setting(key).exec(textOf(files, name))?.[2] ?? "nothing";

/** Sets that value. */
export const line =
  (name: string, key: string, value: string | number): Tamper =>
  (files) =>
    changed(files, name, (text) => text.replace(setting(key), `$1${value}`));

/** Replaces in the text of a file. */
export const replace =
  (name: string, pattern: RegExp, replacement: string): Tamper =>
  (files) =>
    changed(files, name, (text) => text.replace(pattern, replacement));

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function put(whole: unknown, path: readonly string[], value: unknown): void {
  const [first = "", ...rest] = path;
  if (!isRecord(whole)) throw new Error(`there is nothing to hold ${path.join("/")}`);
  if (rest.length > 0) put(whole[first], rest, value);
  else whole[first] = value;
}

/** Sets what is at a path, its parts divided by slashes, in a JSON file; undefined takes it away. */
export const json =
  (name: string, path: string, value: unknown): Tamper =>
  (files) =>
    changed(files, name, (text) => {
      const whole: unknown = JSON.parse(text);
      put(whole, path.split("/"), value);
      return JSON.stringify(whole);
    });

/** Sets what is at a path in genesis.ssz, as consensus-specs names it in camel case. */
export const ssz =
  (path: string, value: unknown, fork: ForkName = "fulu"): Tamper =>
  (files) =>
    new Map([
      ...files,
      [
        "genesis.ssz",
        STATES[fork].edit(files.get("genesis.ssz") ?? new Uint8Array(), (state) => put(state, path.split("/"), value)),
      ],
    ]);

export const both =
  (...all: readonly Tamper[]): Tamper =>
  (files) =>
    all.reduce((changing, tamper) => tamper(changing), files);
