// The job behind the kept key volume: the keystores of a range of validators.
// What is there is never overwritten and never removed; keys outside the range
// are set aside, where no client loads them.

import type { z } from "zod";
import { KEYSTORES, PASSWORD_FILE, PATHS, USERS } from "../../clients/spec";
import { dockerName } from "../../components/names";
import { Problem } from "../../config/problem";
import { run } from "../../toolchain/run";
import { deriveKeys, newMnemonic, seedOf } from "../../validators/derivation";
import { encrypt, keystoreName, newPassword, pubkeyOfName } from "../../validators/keystore";
import { HostChannel } from "../host/channel";
import { deliver } from "../host/deliver";
import { deliverKeysInput, readInput } from "./input";

type Input = z.infer<typeof deliverKeysInput>;

const ASIDE = `${PATHS.keys}/aside`;
const MNEMONIC_FILE = `${PATHS.keys}/mnemonic.txt`;
const { uid, gid } = USERS.validator;

/** What the key volume holds already. The secrets in it cross the host channel into this process and go no further. */
interface Held {
  readonly password: string | undefined;
  readonly mnemonic: string | undefined;
  readonly pubkeys: ReadonlySet<string>;
}

async function inVolume(host: HostChannel, input: Input, what: string, script: string, stdin = ""): Promise<string> {
  const { owner, image, volume } = input;
  return host.oneShot(
    what,
    {
      owner,
      role: "job",
      name: dockerName(owner, "job-keys"),
      image,
      network: "none",
      mounts: [{ volume, path: PATHS.keys, readOnly: false }],
      command: ["sh", "-c", script],
      interactive: true,
    },
    { input: stdin },
  );
}

async function look(host: HostChannel, input: Input): Promise<Held> {
  const script = [
    `cat ${PASSWORD_FILE} 2>/dev/null; echo; echo ---`,
    `cat ${MNEMONIC_FILE} 2>/dev/null; echo; echo ---`,
    `ls ${KEYSTORES} ${ASIDE} 2>/dev/null || true`,
  ].join("\n");
  const [password = "", mnemonic = "", names = ""] = (
    await inVolume(host, input, "Reading the key volume", script)
  ).split("---\n");
  const pubkeys = names.split("\n").map((name) => pubkeyOfName(name.trim()));
  return {
    password: password.trim() || undefined,
    mnemonic: mnemonic.trim() || undefined,
    pubkeys: new Set(pubkeys.filter((each): each is string => each !== undefined)),
  };
}

/** The words from the stack's configuration, read by Pulumi itself; undefined where they are not set. */
async function configuredMnemonic(stack: string): Promise<string | undefined> {
  const result = await run("pulumi", ["config", "get", "ephemery:mnemonic", "--stack", stack, "--non-interactive"]);
  if (result.ok) return result.stdout.trim() || undefined;
  if (/not found/i.test(result.stderr)) return undefined;
  throw new Problem(
    "keys",
    "The mnemonic could not be read from the stack's configuration.",
    "Check the stack's passphrase (PULUMI_CONFIG_PASSPHRASE or its file).",
  );
}

/** Every keystore of the range in place, every other aside. The names come on stdin: thousands are too long for an argument. */
const ARRANGE = [
  "set -eu",
  "umask 077",
  `mkdir -p ${KEYSTORES} ${ASIDE}`,
  "cat > /tmp/wanted",
  `ls ${KEYSTORES} > /tmp/there`,
  // Lines of the second file that are not in the first, which may be empty.
  'only() { awk -v first="$1" \'FILENAME == first { seen[$0]; next } !($0 in seen)\' "$1" "$2"; }',
  `only /tmp/wanted /tmp/there | while read -r name; do mv "${KEYSTORES}/$name" ${ASIDE}/; done`,
  `only /tmp/there /tmp/wanted | while read -r name; do mv "${ASIDE}/$name" ${KEYSTORES}/; done`,
  `chown ${uid}:${gid} ${PATHS.keys} ${KEYSTORES} ${ASIDE}; chmod 0700 ${PATHS.keys} ${KEYSTORES} ${ASIDE}`,
  `[ "$(ls ${KEYSTORES} | wc -l)" -eq "$(wc -l < /tmp/wanted)" ] || { echo "the keystores in place are not those of the range" >&2; exit 1; }`,
].join("\n");

/** @returns JSON with the public keys, in the order of their indices. */
export async function deliverKeys(): Promise<string> {
  const input = readInput(deliverKeysInput);
  const { owner, image, volume, start, count } = input;
  const host = new HostChannel(input.uri);
  const [held, configured] = await Promise.all([look(host, input), configuredMnemonic(owner.stack)]);
  const mnemonic = configured ?? held.mnemonic ?? newMnemonic();
  const password = held.password ?? newPassword();
  const keys = deriveKeys(await seedOf(mnemonic), start, count);

  const words = new Map<string, Uint8Array>();
  if (configured === undefined && held.mnemonic === undefined) words.set("mnemonic.txt", Buffer.from(`${mnemonic}\n`));
  const secrets = new Map<string, Uint8Array>();
  if (held.password === undefined) secrets.set("password.txt", Buffer.from(password));
  const missing = keys.filter(({ pubkey }) => !held.pubkeys.has(pubkey));
  const keystores = new Map<string, Uint8Array>();
  for (const key of missing) keystores.set(keystoreName(key.pubkey), Buffer.from(await encrypt(key, password)));

  const target = { owner, job: "keys", image, volume, uid, gid, mode: "0400" } as const;
  // No client needs the words: they are root's.
  if (words.size > 0)
    await deliver(host, { ...target, uid: 0, gid: 0, what: "The delivery of the mnemonic", folder: "." }, words);
  // The password first: keystores that nothing opens would be of no use.
  if (secrets.size > 0)
    await deliver(host, { ...target, what: "The delivery of the keystores' password", folder: "." }, secrets);
  if (keystores.size > 0)
    await deliver(host, { ...target, what: "The delivery of the keystores", folder: "aside" }, keystores);
  const wanted = keys.map(({ pubkey }) => `${keystoreName(pubkey)}\n`).join("");
  await inVolume(host, input, "Arranging the keystores", ARRANGE, wanted);
  return JSON.stringify({ pubkeys: keys.map(({ pubkey }) => pubkey) });
}
