// Where things are kept on a machine, and where they come from.

import { spawnSync } from "node:child_process";
import { existsSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describeOrigin, findOrigin, imageOriginOf, keepOrigin, knownOrigin } from "../../../toolchain/origin";
import { cacheFolder, dataFolder, ROOT, releaseCacheFolder, STATE_FOLDER } from "../../../toolchain/paths";
import { ownFolder } from "../../support/folder";

const NAMES = ["EPHEMERY_CACHE", "EPHEMERY_DATA", "XDG_CACHE_HOME", "XDG_DATA_HOME", "EPHEMERY_ORIGIN"] as const;
const before = NAMES.map((name) => process.env[name]);
const set = (values: Readonly<Partial<Record<(typeof NAMES)[number], string>>>): void => {
  for (const name of NAMES) delete process.env[name];
  Object.assign(process.env, values);
};
afterAll(() => {
  NAMES.forEach((name, index) => {
    const value = before[index];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  });
});

const home = (...path: readonly string[]): string => join(homedir(), ...path);

test.each([
  [{}, home(".cache", "ephemery"), home(".local", "share", "ephemery")],
  [{ XDG_CACHE_HOME: "/c", XDG_DATA_HOME: "/d" }, "/c/ephemery", "/d/ephemery"],
  [{ XDG_CACHE_HOME: "", XDG_DATA_HOME: "" }, home(".cache", "ephemery"), home(".local", "share", "ephemery")],
  [{ XDG_CACHE_HOME: "/c", EPHEMERY_CACHE: "/own", EPHEMERY_DATA: "/mine" }, "/own", "/mine"],
])("with %j, cache and data are apart and where people look for them", (values, cache, data) => {
  set(values);
  expect([cacheFolder(), dataFolder(), releaseCacheFolder()]).toEqual([cache, data, join(cache, "releases")]);
});

test("promise 8: what is kept in the tree is where git does not look", () => {
  expect(existsSync(join(ROOT, "package.json"))).toBe(true);
  for (const path of [STATE_FOLDER, join(ROOT, "Pulumi.mynode.yaml"), join(ROOT, "node_modules")])
    expect(spawnSync("git", ["check-ignore", "--quiet", path], { cwd: ROOT }).status).toBe(0);
  expect(spawnSync("git", ["check-ignore", "--quiet", join(ROOT, "Pulumi.dev.yaml")], { cwd: ROOT }).status).toBe(1);
});

test("an origin that is decided by hand is that one, and is not found out", async () => {
  for (const origin of ["official", "built"] as const) {
    set({ EPHEMERY_ORIGIN: origin });
    expect([await knownOrigin(), await findOrigin()]).toEqual([origin, origin]);
  }
});

describe("what a machine was set up with", () => {
  const file = join(ownFolder("origin"), "new", "machine.json");

  test("is kept, also where it was forced: a run that a timer starts does not have the variable", async () => {
    set({ EPHEMERY_ORIGIN: "official" });
    await keepOrigin(await findOrigin(), file);
    set({});
    expect(await knownOrigin(file)).toBe("official");
  });

  test("can be forced anew, and stays until set-up has kept the other", async () => {
    await keepOrigin("built", file);
    set({ EPHEMERY_ORIGIN: "official" });
    expect(await knownOrigin(file)).toBe("official");
    set({});
    expect(await knownOrigin(file)).toBe("built");
    await keepOrigin("official", file);
    expect(await knownOrigin(file)).toBe("official");
  });

  test("is not written again where it is the same: who sets up may not be who wrote it", async () => {
    await keepOrigin("built", file);
    utimesSync(file, 1, 1);
    await keepOrigin("built", file);
    expect(statSync(file).mtimeMs).toBe(1000);
  });

  test("is nothing where its file can't be read, or there is none", async () => {
    writeFileSync(file, "{");
    set({});
    expect([await knownOrigin(file), await knownOrigin(`${file}.none`)]).toEqual([undefined, undefined]);
  });
});

test("promise 9: one that is none is told, with those there are", async () => {
  set({ EPHEMERY_ORIGIN: "vendor" });
  await expect(findOrigin()).rejects.toMatchObject({
    code: "toolchain",
    message: expect.stringContaining('"vendor"'),
    remedy: "It can be official or built.",
  });
});

test.each([
  ["official", "ephemery", "auto", "official"],
  ["built", "ephemery", "auto", "official"],
  ["built", "ephemery", "local", "official"],
  ["official", "rehearsal", "auto", "official"],
  ["built", "rehearsal", "auto", "local"],
  ["built", "rehearsal", "official", "official"],
  ["official", "rehearsal", "local", "local"],
] as const)("on a machine with %s tools, %s with images %s runs %s ones", async (origin, network, images, expected) => {
  set({ EPHEMERY_ORIGIN: origin });
  expect(await imageOriginOf(network, images)).toBe(expected);
});

test("where things come from is said in one line", () => {
  for (const origin of ["official", "built"] as const)
    expect(describeOrigin(origin)).toMatch(/^[^\n]*Pulumi[^\n]*images[^\n]*$/);
  expect(describeOrigin("built")).not.toBe(describeOrigin("official"));
});
