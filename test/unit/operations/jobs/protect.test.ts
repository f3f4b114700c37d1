// Promise 4: when what signs looks for a second signer, and how slashing protection gets from one client to another.
// Scripts run for real, on folders; the clients' own programs are stood in for by what they do to files.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ChainFacts } from "../../../../chain/facts";
import { protect } from "../../../../operations/jobs/protect";
import { DockerHere, type Told } from "../../../support/docker-here";
import { ownFolder } from "../../../support/folder";
import { CHAIN } from "../../../support/node";

jest.setTimeout(60_000);

const docker = new DockerHere(join(ownFolder("protect"), "docker"));
const EPOCH = 32 * 12;
const ROOT = CHAIN.genesisValidatorsRoot;
const [MINE, OTHERS] = ["0123456789abcdef", "fedcba9876543210"];

const chainAt = (epoch: number): ChainFacts => ({
  ...CHAIN,
  genesisTime: Math.floor(Date.now() / 1000) - epoch * EPOCH - EPOCH / 2,
});

afterAll(() => {
  delete process.env.EPHEMERY_JOB;
});
beforeEach(() => docker.tell([]));

/** What the job says of a key volume, when a client signs with keys. */
async function decided(volume: string, epoch: number, keysDigest = MINE, client = "prysm"): Promise<string> {
  process.env.EPHEMERY_JOB = JSON.stringify({
    owner: { host: "local", stack: "test", id: "0badcafe" },
    uri: "unix:///nowhere",
    image: "tools",
    chain: chainAt(epoch),
    volumes: { keys: volume, genesis: "genesis" },
    keysDigest,
    signer: { client, layer: client === "grandine" ? "beacon" : "validator", image: `image of ${client}` },
  });
  docker.calls();
  return protect();
}

const DATABASES = [
  ["lighthouse", "slashing_protection.sqlite"],
  ["prysm", "validator.db"],
  ["teku", "teku/slashprotection"],
  ["nimbus", "nimbus/slashing_protection.sqlite3"],
  ["lodestar", "lodestar/validator-db"],
  ["grandine", "grandine/testnet/validator/slashing_protection.sqlite"],
] as const;

const folderOf = (volume: string, root = ROOT): string => join(docker.volume(volume), "slashing", root);
/** A client that has run: it leaves its slashing protection. */
function sign(volume: string, database: string, root = ROOT): void {
  mkdirSync(join(folderOf(volume, root), dirname(database)), { recursive: true });
  writeFileSync(join(folderOf(volume, root), database), "");
}

describe("promise 4: what starts to sign on a running chain without its slashing protection looks for a second signer", () => {
  test.each([
    [0, "off"],
    [1, "on"],
    [100, "on"],
  ])("with a new key volume in epoch %i it is %s", async (epoch, answer) => {
    const volume = `new-${epoch}`;
    docker.volume(volume);
    expect(await decided(volume, epoch)).toBe(answer);
  });

  test.each(DATABASES)("with its own it does not: %s", async (client, database) => {
    await decided(`own-${client}`, 0, MINE, client);
    sign(`own-${client}`, database);
    expect(await decided(`own-${client}`, 100, MINE, client)).toBe("off");
    expect(await decided(`own-${client}`, 101, MINE, client)).toBe("off");
  });

  test("with slashing protection of another chain alone it does", async () => {
    await decided("elsewhere", 0);
    sign("elsewhere", "validator.db", `0x${"9".repeat(64)}`);
    expect(await decided("elsewhere", 100)).toBe("on");
  });

  test("with slashing protection of other keys it does, and for the first ones again when they come back", async () => {
    await decided("changed", 0);
    sign("changed", "validator.db");
    expect(await decided("changed", 100, OTHERS)).toBe("on");
    expect(await decided("changed", 101, MINE)).toBe("on");
  });

  test("that it was asked is not that it signed: without a database it still does", async () => {
    docker.volume("asked");
    await decided("asked", 100);
    expect(await decided("asked", 101)).toBe("on");
  });

  test("what is written down and can't be read is not taken for its own", async () => {
    await decided("unread", 0);
    sign("unread", "validator.db");
    writeFileSync(join(docker.volume("unread"), "signers", ROOT), `${MINE}-validator.db\n`);
    expect(await decided("unread", 100)).toBe("on");
  });
});

test("nothing else in the key volume is touched", async () => {
  const folder = docker.volume("kept");
  writeFileSync(join(folder, "password.txt"), "kept");
  await decided("kept", 3);
  expect(readdirSync(folder).sort()).toEqual(["password.txt", "signers"]);
});

const fileOf = (root: string, pubkey = `0x${"a".repeat(96)}`): string =>
  JSON.stringify({
    metadata: { interchange_format_version: "5", genesis_validators_root: root },
    data: [
      {
        pubkey,
        signed_blocks: [{ slot: "81952", signing_root: `0x${"4".repeat(64)}` }],
        signed_attestations: [{ source_epoch: "2290", target_epoch: "3007" }],
      },
    ],
  });

/** Prysm's program: exports what it is told to have, and keeps what it imports in its database. */
function prysm(exported: string, code = 0): void {
  docker.program(
    "slashing-protection-history",
    `#!/bin/sh
for word; do case $word in --*=*) eval "$(echo "\${word%%=*}" | tr -d - )='\${word#*=}'";; esac; done
case $1 in
  export) [ ${code} -eq 0 ] || { echo '${exported}' >&2; exit ${code}; }
    [ -e "$datadir/validator.db" ] || exit 3
    printf %s '${exported}' > "$slashingprotectionexportdir/slashing_protection.json";;
  import) [ ! -s "$datadir/validator.db" ] || exit 4
    cp "$slashingprotectionjsonfile" "$datadir/validator.db";;
esac
`,
  );
}

/** Teku's program. */
function teku(says = ""): void {
  docker.program(
    "slashing-protection",
    `#!/bin/sh
for word; do case $word in --*=*) eval "$(echo "\${word%%=*}" | tr -d - )='\${word#*=}'";; esac; done
case $1 in
  export) cat "$datavalidatorpath/slashprotection/keys" > "$to";;
  import) mkdir -p "$datavalidatorpath/slashprotection"; cp "$from" "$datavalidatorpath/slashprotection/keys"; echo '${says}' >&2;;
esac
`,
  );
}

const RUNNING: readonly Told[] = [
  { when: "{{.State.Running}}", stdout: "true\n" },
  { when: "start ", stdout: "" },
];
const done = (): string[] => docker.calls().map(({ args }) => args.join(" "));
const VALIDATOR = "ephemery-local-test-0badcafe-validator";

/** A stack that has signed with Prysm. */
async function signedWithPrysm(volume: string): Promise<void> {
  await decided(volume, 0);
  sign(volume, "validator.db");
  docker.tell(RUNNING);
}

describe("promise 4: another client signs on with what the one before it has signed", () => {
  test("the one before is stopped first, asked by its own program, and nothing is looked for", async () => {
    await signedWithPrysm("moved");
    prysm(fileOf(ROOT));
    teku();
    expect(await decided("moved", 100, MINE, "teku")).toBe("off");
    const calls = done();
    const at = (part: string): number => calls.findIndex((call) => call.includes(part));
    expect(calls[at("stop ")]).toBe(`stop ${VALIDATOR}`);
    expect(at("stop ")).toBeLessThan(at("history export"));
    expect(at("history export")).toBeLessThan(at("slashing-protection import"));
    expect(calls[at("history export")]).toContain(" image of prysm ");
    expect(calls[at("slashing-protection import")]).toContain(" image of teku ");
    expect(calls.filter((call) => call.startsWith("start "))).toEqual([]);
    for (const call of calls.filter((each) => each.startsWith("run "))) expect(call).toContain("--network=none");
    expect(readFileSync(join(folderOf("moved"), "teku/slashprotection/keys"), "utf8")).toBe(fileOf(ROOT));
  });

  test("and is not asked again, nor stopped, by what comes later", async () => {
    docker.tell(RUNNING);
    expect(await decided("moved", 101, MINE, "teku")).toBe("off");
    expect(done().filter((call) => /^(stop|start)|history/.test(call))).toEqual([]);
  });

  test("back again, into a new database: what it knew before is set aside, where it does not find it", async () => {
    docker.tell(RUNNING);
    writeFileSync(join(folderOf("moved"), "validator.db"), "what it knew before");
    prysm("never asked");
    teku();
    expect(await decided("moved", 102, MINE, "prysm")).toBe("off");
    expect(readFileSync(join(folderOf("moved"), "validator.db"), "utf8")).toBe(fileOf(ROOT));
    expect(readdirSync(folderOf("moved")).sort()).toEqual(["teku", "validator.db"]);
    const aside = join(docker.volume("moved"), "aside/slashing", ROOT, "prysm");
    const [time = ""] = readdirSync(aside);
    expect(readFileSync(join(aside, time, "validator.db"), "utf8")).toBe("what it knew before");
  });

  test("with other keys it does look: what they signed elsewhere nobody here knows", async () => {
    await signedWithPrysm("both");
    prysm(fileOf(ROOT));
    teku();
    expect(await decided("both", 100, OTHERS, "teku")).toBe("on");
    expect(existsSync(join(folderOf("both"), "teku/slashprotection/keys"))).toBe(true);
  });

  test("before slot 0 there is nothing to move, and nothing is stopped", async () => {
    await signedWithPrysm("early");
    expect(await decided("early", -1, MINE, "teku")).toBe("off");
    expect(done().filter((call) => /^stop|history/.test(call))).toEqual([]);
  });

  test("in epoch 0 duties are done already: it moves, though nobody looks for another signer yet", async () => {
    await signedWithPrysm("first");
    prysm(fileOf(ROOT));
    teku();
    expect(await decided("first", 0, MINE, "teku")).toBe("off");
    expect(readFileSync(join(folderOf("first"), "teku/slashprotection/keys"), "utf8")).toBe(fileOf(ROOT));
  });

  test("back before the new one has run, it is the new one's program that reads what that one was given", async () => {
    await signedWithPrysm("back");
    prysm(fileOf(ROOT));
    teku();
    await decided("back", 100, MINE, "teku");
    // The container is the old one's still.
    expect(await decided("back", 101, MINE, "prysm")).toBe("off");
    expect(done().find((call) => call.includes("slashing-protection export"))).toContain(" image of teku ");
  });

  test("one that never signed has nothing to move, and the new one looks for another", async () => {
    await signedWithPrysm("never");
    prysm("No slashing protection data was found", 1);
    expect(await decided("never", 100, MINE, "teku")).toBe("on");
  });

  test("one that shows nothing may have signed all the same: it gets what there is, and looks for another", async () => {
    await signedWithPrysm("passed-on");
    prysm(fileOf(ROOT));
    teku();
    await decided("passed-on", 100, MINE, "teku");
    await decided("passed-on", 101, MINE, "prysm");
    prysm("No slashing protection data was found", 1);
    expect(await decided("passed-on", 102, MINE, "teku")).toBe("on");
    expect(readFileSync(join(folderOf("passed-on"), "teku/slashprotection/keys"), "utf8")).toBe(fileOf(ROOT));
  });
});

describe("a move that fails leaves the client that signed before signing, with all it knows:", () => {
  test.each<[string, () => void, string]>([
    ["an export that fails", () => prysm("database is locked", 1), "database is locked"],
    [
      "a file of another chain",
      () => prysm(fileOf(`0x${"9".repeat(64)}`)),
      `is of the chain 0x${"9".repeat(64)}, not of`,
    ],
    ["a file that is cut short", () => prysm(fileOf(ROOT).slice(0, 80)), "is no JSON"],
    ["a file that is not as the standard has it", () => prysm(fileOf(ROOT, "0xabc")), "is not as EIP-3076 has it"],
    [
      "an import that says that it worked, and did not",
      () => {
        prysm(fileOf(ROOT));
        teku("1 errors found during import");
      },
      "teku took in only a part of it",
    ],
  ])("%s", async (what, arrange, message) => {
    const volume = `failed-${what.replaceAll(/[^a-z]/g, "-")}`;
    await signedWithPrysm(volume);
    teku();
    arrange();
    const before = readFileSync(join(docker.volume(volume), "signers", ROOT), "utf8");
    await expect(decided(volume, 100, MINE, "teku")).rejects.toMatchObject({
      code: "slashing-protection",
      message: expect.stringContaining(message),
      remedy: expect.stringContaining("prysm signs on"),
    });
    expect(done()).toContain(`start ${VALIDATOR}`);
    expect(readFileSync(join(docker.volume(volume), "signers", ROOT), "utf8")).toBe(before);
    expect(existsSync(join(folderOf(volume), "validator.db"))).toBe(true);
  });

  test("one that does not start again is said to be down, with what starts it", async () => {
    await signedWithPrysm("down");
    docker.tell([...RUNNING.filter(({ when }) => when !== "start "), { when: "start ", stderr: "no", code: 1 }]);
    prysm("broken", 1);
    await expect(decided("down", 100, MINE, "teku")).rejects.toMatchObject({
      remedy: expect.stringContaining(`\`docker start ${VALIDATOR}\``),
    });
  });

  test("one that was not running is not started", async () => {
    await signedWithPrysm("gone");
    docker.tell([{ when: "inspect", stderr: "no such container", code: 1 }]);
    prysm("broken", 1);
    await expect(decided("gone", 100, MINE, "teku")).rejects.toMatchObject({
      remedy: expect.stringContaining("did not run"),
    });
    const calls = done();
    expect(calls.filter((call) => /^(start|stop) /.test(call))).toEqual([]);
    expect(calls.find((call) => call.includes("history export"))).toContain(" image of prysm ");
  });
});
