// What a rehearsal remembers, and which of its iterations runs.

import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOCAL_URI } from "../../../operations/docker-engine";
import { publishAsset } from "../../../rehearsal/iterations";
import { runningIteration } from "../../../rehearsal/lifecycle";
import { PROFILES } from "../../../rehearsal/profile";
import {
  folderOf,
  forget,
  list,
  load,
  newNodeKey,
  type Rehearsal,
  releasesFolder,
  save,
} from "../../../rehearsal/store";
import { ownFolder } from "../../support/folder";

const folder = ownFolder("store");

const rehearsal = (name: string): Rehearsal => ({
  name,
  profile: PROFILES.fulu,
  dockerHost: LOCAL_URI,
  subnet: "10.213.39",
  port: 39438,
  mnemonic: "words",
  seed: { executionKey: newNodeKey(), beaconKey: newNodeKey() },
  iterations: [{ iteration: 5, executionGenesisTime: 1_000 }],
});

test("what was saved is loaded again, and listed", async () => {
  const [b, a] = [rehearsal("b"), rehearsal("a")];
  await save(b);
  await save(a);
  expect(await load("a")).toEqual(a);
  expect(await load("b")).toEqual(b);
  expect(await list()).toEqual(["a", "b"]);
});

test("one that was saved before rehearsals had an engine of their choice is on the usual one", async () => {
  const { dockerHost, ...before } = rehearsal("before");
  mkdirSync(folderOf("before"), { recursive: true });
  writeFileSync(join(folderOf("before"), "rehearsal.json"), JSON.stringify(before));
  expect(await load("before")).toMatchObject({ name: "before", dockerHost });
});

test("what was never saved is not there", async () => {
  expect(await load("never")).toBeUndefined();
});

test("what is forgotten is gone with its releases, and the others stay", async () => {
  await save(rehearsal("gone"));
  await save(rehearsal("stays"));
  await publishAsset("gone", 5, "genesis.json", Buffer.from("{}"));
  await forget("gone");
  expect(await load("gone")).toBeUndefined();
  expect(await list()).toContain("stays");
  expect(readdirSync(join(folder, "data", "rehearsals"))).not.toContain("gone");
});

test("an asset is on its page whole or not at all", async () => {
  await publishAsset("pages", 7, "genesis.json", Buffer.from("first"));
  await publishAsset("pages", 7, "genesis.ssz", Buffer.alloc(1_000_000, 1));
  expect(readdirSync(releasesFolder("pages"))).toEqual(["ephemery-7"]);
  expect(readdirSync(join(releasesFolder("pages"), "ephemery-7")).sort()).toEqual(["genesis.json", "genesis.ssz"]);
});

test("promise 6: the seed's keys and mnemonic are in a file that its owner alone can read", async () => {
  await save(rehearsal("private"));
  expect(statSync(folderOf("private")).mode & 0o777).toBe(0o700);
  expect(statSync(join(folderOf("private"), "rehearsal.json")).mode & 0o777).toBe(0o600);
});

test("a node key is 32 random bytes", () => {
  const keys = Array.from({ length: 20 }, newNodeKey);
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(keys).size).toBe(20);
});

test("a file that is not a rehearsal's is refused", async () => {
  mkdirSync(folderOf("broken"), { recursive: true });
  writeFileSync(join(folderOf("broken"), "rehearsal.json"), '{"name":"broken"}');
  await expect(load("broken")).rejects.toThrow();
});

describe("the iteration that runs", () => {
  const { period } = PROFILES.fulu;
  const at = (over: boolean | undefined, now: number) => {
    const last = { iteration: 6, executionGenesisTime: 2_000, ...(over === undefined ? {} : { over }) };
    return runningIteration(
      { ...rehearsal("run"), iterations: [{ iteration: 5, executionGenesisTime: 1_000 }, last] },
      now,
    )?.iteration;
  };
  test.each([
    ["is the last one", undefined, 2_500, 6],
    ["is one that has not begun", undefined, 100, 6],
    ["ends with its period", undefined, 2_000 + period, undefined],
    ["runs to the last second of it", undefined, 2_000 + period - 1, 6],
    ["is none when its seed was taken down", true, 2_500, undefined],
  ])("%s", (_, over, now, expected) => {
    expect(at(over, now)).toBe(expected);
  });

  test("is none before the first", () => {
    expect(runningIteration({ ...rehearsal("run"), iterations: [] }, 1)).toBeUndefined();
  });
});
