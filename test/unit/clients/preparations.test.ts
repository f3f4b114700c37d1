// What is done before a client's first start on a chain: the scripts of busybox's shell, run on folders in the
// place of volumes, and the runs of the client's own image.

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { lighthouse as lighthouseBeacon } from "../../../clients/consensus/lighthouse";
import { besu } from "../../../clients/execution/besu";
import { erigon } from "../../../clients/execution/erigon";
import { nethermind } from "../../../clients/execution/nethermind";
import { KEYSTORES, PATHS, type Preparation, slashingFolder, type VolumeRole } from "../../../clients/spec";
import { lighthouse } from "../../../clients/validator/lighthouse";
import { prysm } from "../../../clients/validator/prysm";
import { ownFolder } from "../../support/folder";
import { CHAIN } from "../../support/node";
import { BUSYBOX, outcome, testWith } from "../../support/shell";

const folder = ownFolder("preparations");
const roles = Object.entries(PATHS);
/** The same place in this test's folder. */
const here = (path: string): string => join(folder, path);

/** Runs a script with each volume's folder in the place of the volume. */
async function run(preparation: Preparation | undefined): Promise<void> {
  expect(preparation).toMatchObject({ image: "tools", entrypoint: ["sh", "-c"] });
  const [script = "", ...more] = preparation?.command ?? [];
  expect(more).toEqual([]);
  const moved = roles.reduce(
    (text, [, path]) => text.replaceAll(new RegExp(`(?<=[ "'])${path}(?=[/ ])`, "g"), here(path)),
    script,
  );
  expect(await outcome(BUSYBOX[0], [...BUSYBOX.slice(1), "-c", moved])).toMatchObject({ code: 0, stderr: "" });
}

const named = (preparations: readonly Preparation[], name: string): Preparation | undefined =>
  preparations.find((each) => each.name === name);
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const pubkey = (digit: string): string => `0x${digit.repeat(96)}`;

beforeEach(() => {
  for (const [, path] of roles) {
    rmSync(here(path), { recursive: true, force: true });
    mkdirSync(here(path));
  }
});

describe("Lighthouse's definitions", () => {
  const definitions = named(lighthouse.prepare(CHAIN), "definitions");
  const file = here(`${slashingFolder(CHAIN)}/validator_definitions.yml`);
  const keystores = (...digits: string[]): void => {
    rmSync(here(KEYSTORES), { recursive: true, force: true });
    mkdirSync(here(KEYSTORES), { recursive: true });
    for (const digit of digits) writeFileSync(here(`${KEYSTORES}/keystore-${pubkey(digit)}.json`), "{}");
    // Lighthouse leaves these beside the keystores it has open.
    writeFileSync(here(`${KEYSTORES}/keystore-${pubkey("a")}.json.lock`), "");
  };
  const entry = (digit: string): object => ({
    enabled: true,
    voting_public_key: pubkey(digit),
    type: "local_keystore",
    voting_keystore_path: here(`${KEYSTORES}/keystore-${pubkey(digit)}.json`),
    voting_keystore_password_path: here("/keys/password.txt"),
  });

  test("name each keystore in place with the password that opens it, and are for their owner alone", async () => {
    keystores("a", "b", "c");
    await run(definitions);
    expect(parse(readFileSync(file, "utf8"))).toEqual(["a", "b", "c"].map(entry));
    expect(modeOf(file)).toBe("600");
  });

  test("follow the keystores, and touch nothing else of the slashing protection's folder", async () => {
    keystores("a", "b");
    await run(definitions);
    const database = here(`${slashingFolder(CHAIN)}/slashing_protection.sqlite`);
    writeFileSync(database, "signed");
    keystores("b");
    await run(definitions);
    expect(parse(readFileSync(file, "utf8"))).toEqual([entry("b")]);
    expect(readFileSync(database, "utf8")).toBe("signed");
    expect(readdirSync(here(slashingFolder(CHAIN))).sort()).toEqual([
      "slashing_protection.sqlite",
      "validator_definitions.yml",
    ]);
  });
});

testWith("xxd")("Lighthouse's beacon node gets its kept key as 32 raw bytes, each time the same", async () => {
  const key = "0123456789abcdef".repeat(4);
  writeFileSync(here("/identity/beacon.key"), key);
  const identity = named(lighthouseBeacon.prepare(CHAIN), "identity");
  for (const _ of [1, 2]) {
    await run(identity);
    expect(readFileSync(here("/data/beacon/network/key")).toString("hex")).toBe(key);
    expect(modeOf(here("/data/beacon/network/key"))).toBe("600");
    expect(readdirSync(here("/data/beacon/network"))).toEqual(["key"]);
  }
});

testWith("xxd")("Nethermind gets its kept key as 32 raw bytes, each time the same", async () => {
  const key = "0123456789abcdef".repeat(4);
  writeFileSync(here("/identity/execution.key"), key);
  const identity = named(nethermind.prepare(CHAIN), "identity");
  for (const _ of [1, 2]) {
    await run(identity);
    expect(readFileSync(here("/data/node.key")).toString("hex")).toBe(key);
    expect(modeOf(here("/data/node.key"))).toBe("600");
    expect(readdirSync(here("/data"))).toEqual(["node.key"]);
  }
});

test("Besu finds its folder for temporary files, and none that it would take for a database", async () => {
  for (const _ of [1, 2]) {
    await run(named(besu.prepare(CHAIN), "folders"));
    expect(readdirSync(here("/data"))).toEqual(["tmp"]);
    expect(modeOf(here("/data/tmp"))).toBe("700");
  }
});

test("promise 4: making Prysm's wallet anew leaves the slashing protection where it is", async () => {
  const database = here(`${slashingFolder(CHAIN)}/validator.db`);
  mkdirSync(here(slashingFolder(CHAIN)), { recursive: true });
  writeFileSync(database, "signed");
  mkdirSync(here("/data/wallet/direct"), { recursive: true });
  await run(named(prysm.prepare(CHAIN), "folders"));
  expect(readdirSync(here("/data"))).toEqual([]);
  expect(readFileSync(database, "utf8")).toBe("signed");
});

test("a preparation mounts every volume it names, and writes to none that are not its layer's", () => {
  const modules = [besu, erigon, nethermind, lighthouseBeacon, lighthouse, prysm];
  const all = modules.flatMap((each) => each.prepare(CHAIN));
  for (const { command, mounts } of all) {
    const text = command.join(" ");
    const used = roles.filter(([, path]) => new RegExp(`(^|[ ="'])${path}(/|\\s|$)`).test(text)).map(([role]) => role);
    expect(mounts.map(({ volume }) => volume).sort()).toEqual(used.sort());
    const writable: VolumeRole[] = mounts.filter(({ readOnly }) => !readOnly).map(({ volume }) => volume);
    expect(["chain", "keys"]).toEqual(expect.arrayContaining(writable));
  }
});
