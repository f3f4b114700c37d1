// The key volume, from words to keystores in a folder: the scripts run for real, and what is there is never lost.

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deliverKeys } from "../../../../operations/jobs/deliver-keys";
import { deriveKeys, seedOf } from "../../../../validators/derivation";
import { keystoreName } from "../../../../validators/keystore";
import { DockerHere } from "../../../support/docker-here";
import { ownFolder } from "../../../support/folder";
import { pulumiHere } from "../../../support/pulumi-here";

jest.setTimeout(120_000);

const folder = ownFolder("deliver-keys");
const docker = new DockerHere(join(folder, "docker"));
const WORDS = "test test test test test test test test test test test junk";

const pulumi = pulumiHere(folder);
afterAll(() => {
  delete process.env.EPHEMERY_JOB;
});

let volumes = 0;
let volume: string;
beforeEach(() => {
  volumes += 1;
  volume = docker.volume(`keys-${volumes}`);
  pulumi(`echo ${WORDS}`);
});

async function deliver(start: number, count: number, generated = false): Promise<readonly string[]> {
  const owner = { host: "local", stack: "test", id: "0badcafe" };
  const input = { owner, uri: "unix:///nowhere", image: "tools", volume: `keys-${volumes}`, start, count };
  process.env.EPHEMERY_JOB = JSON.stringify({ ...input, ...(generated ? {} : { mnemonicDigest: "0123456789abcdef" }) });
  return JSON.parse(await deliverKeys()).pubkeys;
}

const keysOf = async (start: number, count: number): Promise<string[]> =>
  deriveKeys(await seedOf(WORDS), start, count).map(({ pubkey }) => pubkey);
/** By the library, which knows nothing of this project. */
async function decrypt(keystore: string, password: string): Promise<Uint8Array> {
  const { decrypt: open } = await import("@chainsafe/bls-keystore");
  return open(JSON.parse(keystore), password);
}
const there = (where: string): string[] => readdirSync(join(volume, where)).sort();
const named = (pubkeys: readonly string[]): string[] => pubkeys.map(keystoreName).sort();
const text = (path: string): string => readFileSync(join(volume, path), "utf8");
const mode = (path: string): string => (statSync(join(volume, path)).mode & 0o777).toString(8);

test("each key of the range has its keystore, which the stack's password opens, and nothing else is there", async () => {
  const pubkeys = await deliver(2, 3);
  expect(pubkeys).toEqual(await keysOf(2, 3));
  expect(there(".")).toEqual(["aside", "keystores", "password.txt"]);
  expect(there("keystores")).toEqual(named(pubkeys));
  expect(there("aside")).toEqual([]);
  expect([mode("."), mode("keystores"), mode("password.txt")]).toEqual(["700", "700", "400"]);
  const [first = ""] = there("keystores");
  expect(mode(`keystores/${first}`)).toBe("400");
  expect(await decrypt(text(`keystores/${first}`), text("password.txt"))).toHaveLength(32);
});

test("where the validators run inside of the beacon node, its group reads what they sign with, and nothing else", async () => {
  await deliver(0, 2, true);
  const input = JSON.parse(process.env.EPHEMERY_JOB ?? "");
  process.env.EPHEMERY_JOB = JSON.stringify({ ...input, shared: true });
  await deliverKeys();
  const [first = ""] = there("keystores");
  const modes = [".", "keystores", `keystores/${first}`, "password.txt", "aside", "mnemonic.txt"].map(mode);
  expect(modes).toEqual(["750", "750", "440", "440", "700", "400"]);
  // Another signer: that the one before can go on until its slashing protection is moved, its group reads on.
  await deliver(0, 2, true);
  expect([mode("."), mode("keystores"), mode(`keystores/${first}`)]).toEqual(["750", "750", "440"]);
});

test("promise 5: another range sets aside what it has not, and takes it back as it was", async () => {
  const three = await deliver(0, 3);
  const [password, kept] = [text("password.txt"), text(`keystores/${keystoreName(three[0] ?? "")}`)];
  await deliver(2, 2);
  expect(there("keystores")).toEqual(named(await keysOf(2, 2)));
  expect(there("aside")).toEqual(named(await keysOf(0, 2)));
  expect(await deliver(0, 3)).toEqual(three);
  expect(there("keystores")).toEqual(named(three));
  expect(there("aside")).toEqual(named(await keysOf(3, 1)));
  expect([text("password.txt"), text(`keystores/${keystoreName(three[0] ?? "")}`)]).toEqual([password, kept]);
});

test("without words of its own the stack gets some, made once, which no client can read", async () => {
  const pubkeys = await deliver(0, 2, true);
  const words = text("mnemonic.txt");
  expect(words.trim().split(" ")).toHaveLength(24);
  expect(mode("mnemonic.txt")).toBe("400");
  expect(await deliver(0, 2, true)).toEqual(pubkeys);
  expect(text("mnemonic.txt")).toBe(words);
});

test("promise 5: what a delivery left that was cut off is not taken for keys", async () => {
  mkdirSync(join(volume, ".incoming"));
  for (const name of ["keystore-0xaa.json", "password.txt", "wanted"])
    writeFileSync(join(volume, ".incoming", name), "half");
  const pubkeys = await deliver(0, 1);
  expect(there("keystores")).toEqual(named(pubkeys));
  expect(there("aside")).toEqual([]);
  expect(text("password.txt")).not.toBe("half");
});

test("a keystore that is gone is made again from the words", async () => {
  const pubkeys = await deliver(0, 2);
  const [lost = ""] = there("keystores");
  rmSync(join(volume, "keystores", lost));
  expect(await deliver(0, 2)).toEqual(pubkeys);
  expect(await decrypt(text(`keystores/${lost}`), text("password.txt"))).toHaveLength(32);
});

test.each([
  ["a passphrase that does not open it", "echo 'error: incorrect passphrase' >&2; exit 1"],
  ["a clone where it is not", "echo \"error: configuration key 'mnemonic' not found\" >&2; exit 1"],
])("promise 5: words that %s hides are not replaced by others", async (_, script) => {
  pulumi(script);
  await expect(deliver(0, 1)).rejects.toMatchObject({ code: "keys", remedy: expect.stringContaining("passphrase") });
  expect(there(".")).toEqual([]);
});
