// What is done before a client's first start on a chain: the scripts of busybox's shell, run on folders in the
// place of volumes, and the runs of the client's own image.

import { createDecipheriv, createHash, pbkdf2Sync } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { beaconClients } from "../../../clients/consensus";
import { lighthouse as lighthouseBeacon } from "../../../clients/consensus/lighthouse";
import { executionClients } from "../../../clients/execution";
import { besu } from "../../../clients/execution/besu";
import { nethermind } from "../../../clients/execution/nethermind";
import { renderNode } from "../../../clients/node";
import { KEYSTORES, PATHS, type Preparation, slashingFolder, type VolumeRole } from "../../../clients/spec";
import { validatorClients } from "../../../clients/validator";
import { lighthouse } from "../../../clients/validator/lighthouse";
import { prysm } from "../../../clients/validator/prysm";
import { ownFolder } from "../../support/folder";
import { CHAIN, settingsOf } from "../../support/node";
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

testWith("xxd").each([
  ["Lighthouse", lighthouseBeacon, "identity", "/data/beacon/network"],
  ["Grandine", beaconClients.grandine, "grandine-identity", "/data/grandine/network"],
] as const)(
  "%s's beacon node gets its kept key as 32 raw bytes, each time the same",
  async (_, client, name, place) => {
    const key = "0123456789abcdef".repeat(4);
    writeFileSync(here("/identity/beacon.key"), key);
    const identity = named(client.prepare(CHAIN), name);
    for (const _ of [1, 2]) {
      await run(identity);
      expect(readFileSync(here(`${place}/key`)).toString("hex")).toBe(key);
      expect(modeOf(here(`${place}/key`))).toBe("600");
      expect(readdirSync(here(place))).toEqual(["key"]);
    }
  },
);

/** A key of ethereum-package (static_files/peerdas-node-keys), with what its Lodestar is given of it. */
const KNOWN = {
  key: "86e8ff81b315fc388b4eab77983fcd269f86d0c4cd5bf8bb18aef28dabb14c8d",
  peerId: {
    id: "16Uiu2HAmNXweZU7MMGSeeLJ9F5k2GE9mi5w219ZXquxJ42hwyjxy",
    pubKey: "CAISIQOSxr+IufNJbeH8t3NWS6rV6JPyRj1NG9qgImQsY3SMdg==",
    privKey: "CAISIIbo/4GzFfw4i06rd5g/zSafhtDEzVv4uxiu8o2rsUyN",
  },
};

const netKeystore = z.object({
  crypto: z.object({
    kdf: z.object({ function: z.literal("pbkdf2"), params: z.object({ c: z.number(), salt: z.string() }) }),
    checksum: z.object({ message: z.string() }),
    cipher: z.object({ params: z.object({ iv: z.string() }), message: z.string() }),
  }),
  pubkey: z.string(),
});

testWith("xxd")("Nimbus' beacon node gets its kept key in a keystore that its own password opens", async () => {
  const file = here("/data/nimbus/netkey.json");
  for (const key of [KNOWN.key, "0123456789abcdef".repeat(4), `00${"ff".repeat(31)}`]) {
    writeFileSync(here("/identity/beacon.key"), `${key}\n`);
    await run(named(beaconClients.nimbus.prepare(CHAIN), "nimbus-identity"));
    const { crypto } = netKeystore.parse(JSON.parse(readFileSync(file, "utf8")));
    const hex = (text: string): Buffer => Buffer.from(text, "hex");
    const derived = pbkdf2Sync("INSECUREPASSWORD", hex(crypto.kdf.params.salt), crypto.kdf.params.c, 32, "sha256");
    const masked = hex(crypto.cipher.message);
    const checksum = createHash("sha256").update(derived.subarray(16)).update(masked).digest("hex");
    expect(crypto.checksum.message).toBe(checksum);
    const cipher = createDecipheriv("aes-128-ctr", derived.subarray(0, 16), hex(crypto.cipher.params.iv));
    expect(cipher.update(masked).toString("hex")).toBe(`08021220${key}`);
    expect([modeOf(here("/data/nimbus")), modeOf(file)]).toEqual(["700", "600"]);
    expect(readdirSync(here("/data/nimbus"))).toEqual(["netkey.json"]);
  }
});

testWith("xxd")("Nethermind gets its kept key as 32 raw bytes, each time the same", async () => {
  const key = "0123456789abcdef".repeat(4);
  writeFileSync(here("/identity/execution.key"), key);
  const identity = named(nethermind.prepare(CHAIN), "nethermind-identity");
  for (const _ of [1, 2]) {
    await run(identity);
    expect(readFileSync(here("/data/node.key")).toString("hex")).toBe(key);
    expect(modeOf(here("/data/node.key"))).toBe("600");
    expect(readdirSync(here("/data"))).toEqual(["node.key"]);
  }
});

test("Besu finds its folder for temporary files, and none that it would take for a database", async () => {
  for (const _ of [1, 2]) {
    await run(named(besu.prepare(CHAIN), "besu-folders"));
    expect(readdirSync(here("/data"))).toEqual(["tmp"]);
    expect(modeOf(here("/data/tmp"))).toBe("700");
  }
});

test("Lodestar's beacon node gets its kept key with the public key and peer id that belong to it", async () => {
  const preparation = named(beaconClients.lodestar.prepare(CHAIN), "lodestar-identity");
  expect(preparation).toMatchObject({ image: "client", entrypoint: ["node", "-e"] });
  const [script = ""] = preparation?.command ?? [];
  writeFileSync(here("/identity/beacon.key"), KNOWN.key);
  const moved = script.replaceAll(/"(?=\/(data|identity)\/)/g, `"${folder}`);
  for (const _ of [1, 2]) {
    expect(await outcome("node", ["-e", moved])).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(readFileSync(here("/data/lodestar/peer-id.json"), "utf8"))).toEqual(KNOWN.peerId);
    expect(modeOf(here("/data/lodestar/peer-id.json"))).toBe("600");
    expect(readdirSync(here("/data/lodestar"))).toEqual(["peer-id.json"]);
  }
});

describe("keystores in a client's own layout", () => {
  const put = (...digits: string[]): void => {
    rmSync(here(KEYSTORES), { recursive: true, force: true });
    mkdirSync(here(KEYSTORES), { recursive: true });
    for (const digit of digits)
      writeFileSync(here(`${KEYSTORES}/keystore-${pubkey(digit)}.json`), digit, { mode: 0o400 });
    writeFileSync(here("/keys/password.txt"), "opens them");
  };

  test("Nimbus has copies it may write to, those in place and no others; slashing protection stays", async () => {
    const own = here(`${slashingFolder(CHAIN)}/nimbus`);
    const prepared = async (...digits: string[]): Promise<void> => {
      put(...digits);
      await run(named(validatorClients.nimbus.prepare(CHAIN), "nimbus-keystores"));
    };
    await prepared("a", "b");
    writeFileSync(join(own, "slashing_protection.sqlite3"), "signed");
    await prepared("b", "c");
    expect(readdirSync(own).sort()).toEqual([pubkey("b"), pubkey("c"), "slashing_protection.sqlite3"]);
    expect(readdirSync(here("/data/nimbus/secrets")).sort()).toEqual([pubkey("b"), pubkey("c")]);
    for (const digit of ["b", "c"]) {
      const [keystore, secret] = [join(own, pubkey(digit), "keystore.json"), `/data/nimbus/secrets/${pubkey(digit)}`];
      expect(readFileSync(keystore, "utf8")).toBe(digit);
      expect(readFileSync(here(secret), "utf8")).toBe("opens them");
      expect([keystore, here(secret)].map(modeOf)).toEqual(["600", "600"]);
    }
    expect([own, join(own, pubkey("b")), here("/data/nimbus"), here("/data/nimbus/secrets")].map(modeOf)).toEqual([
      "700",
      "700",
      "700",
      "700",
    ]);
    expect(readFileSync(join(own, "slashing_protection.sqlite3"), "utf8")).toBe("signed");
  });

  test("Lodestar has links to those in place and to no others; slashing protection stays", async () => {
    const prepared = async (...digits: string[]): Promise<void> => {
      put(...digits);
      await run(named(validatorClients.lodestar.prepare(CHAIN), "lodestar-keystores"));
    };
    await prepared("a", "b");
    const database = here(`${slashingFolder(CHAIN)}/lodestar/validator-db`);
    mkdirSync(database);
    mkdirSync(here("/data/lodestar/cache"));
    // Lodestar leaves these beside the keystores it has open.
    mkdirSync(here(`/data/lodestar/keystores/${pubkey("b")}/voting-keystore.json.lock`));
    await prepared("b", "c");
    expect(readdirSync(here("/data/lodestar")).sort()).toEqual(["keystores", "secrets"]);
    for (const digit of ["b", "c"]) {
      const place = here(`/data/lodestar/keystores/${pubkey(digit)}`);
      expect(readdirSync(place)).toEqual(["voting-keystore.json"]);
      expect(readFileSync(join(place, "voting-keystore.json"), "utf8")).toBe(digit);
      expect(readFileSync(here(`/data/lodestar/secrets/${pubkey(digit)}`), "utf8")).toBe("opens them");
    }
    expect(readdirSync(here("/data/lodestar/keystores")).sort()).toEqual([pubkey("b"), pubkey("c")]);
    expect(readdirSync(here("/data/lodestar/secrets")).sort()).toEqual([pubkey("b"), pubkey("c")]);
    expect(readdirSync(here(`${slashingFolder(CHAIN)}/lodestar`))).toEqual(["validator-db"]);
  });
});

test("Teku's programs have the folders they are told of, and what is in them stays", async () => {
  const database = here(`${slashingFolder(CHAIN)}/teku/slashprotection`);
  for (const _ of [1, 2]) {
    await run(named(beaconClients.teku.prepare(CHAIN), "teku-folders"));
    await run(named(validatorClients.teku.prepare(CHAIN), "teku-folders"));
    expect(modeOf(here("/data/teku/tmp"))).toBe("700");
    mkdirSync(database, { recursive: true });
  }
  expect(readdirSync(here(`${slashingFolder(CHAIN)}/teku`))).toEqual(["slashprotection"]);
});

describe("Nimbus' start from a checkpoint", () => {
  const { beacon } = renderNode({
    settings: settingsOf({ beaconClient: "nimbus" }),
    chain: CHAIN,
    start: { kind: "checkpoint", url: "https://checkpoint.example/$(id)'\"", epoch: 9 },
    hostMemory: 8000,
    doppelgangerProtection: false,
  });
  const program = join(folder, "home/user/nimbus_beacon_node");

  /** The container's start with a stand-in for Nimbus that notes how it was called. */
  async function start(exit: number): Promise<{ code: number; calls: string[] }> {
    const notes = join(folder, "calls");
    rmSync(notes, { force: true });
    mkdirSync(join(folder, "home/user"), { recursive: true });
    writeFileSync(
      program,
      `#!/bin/sh\nprintf '%s ' "$@" >> ${notes}; echo >> ${notes}; [ "$1" != trustedNodeSync ] || exit ${exit}\n`,
      { mode: 0o755 },
    );
    const [shell = "", flag = "", script = "", ...url] = beacon?.entrypoint ?? [];
    const moved = script
      .replaceAll("/home/user/nimbus_beacon_node", program)
      .replaceAll(/(?<=[ =])\/data/g, here("/data"));
    const { code } = await outcome(shell, [flag, moved, ...url, "--one", "two three"]);
    return { code, calls: readFileSync(notes, "utf8").trim().split("\n") };
  }
  const fetching = expect.stringMatching(
    /^trustedNodeSync --network=\/genesis .*--trusted-node-url=https:\/\/checkpoint\.example\/\$\(id\)'"/,
  );

  test("fetches it once, and starts with its arguments as they are", async () => {
    mkdirSync(here("/data/nimbus"));
    expect(await start(0)).toEqual({ code: 0, calls: [fetching, "--one two three"] });
    expect(await start(0)).toEqual({ code: 0, calls: ["--one two three"] });
  });

  test("does not start without it, and tries again", async () => {
    mkdirSync(here("/data/nimbus"));
    expect(await start(1)).toEqual({ code: 1, calls: [fetching] });
    expect(await start(0)).toEqual({ code: 0, calls: [fetching, "--one two three"] });
  });
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
  const all = [executionClients, beaconClients, validatorClients]
    .flatMap((clients) => Object.values<{ prepare(chain: typeof CHAIN): readonly Preparation[] }>(clients))
    .flatMap((client) => client.prepare(CHAIN));
  for (const { command, mounts } of all) {
    const text = command.join(" ");
    const used = roles.filter(([, path]) => new RegExp(`(^|[ ="'])${path}(/|\\s|$)`).test(text)).map(([role]) => role);
    expect(mounts.map(({ volume }) => volume).sort()).toEqual(used.sort());
    const writable: VolumeRole[] = mounts.filter(({ readOnly }) => !readOnly).map(({ volume }) => volume);
    expect(["chain", "keys"]).toEqual(expect.arrayContaining(writable));
  }
});
