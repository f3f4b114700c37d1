// The job behind the kept key volume: the keystores of a range of validators.
// What is there is never overwritten and never removed; keys outside the range
// are set aside, where no client loads them.

import type { z } from "zod";
import { KEYSTORES, PASSWORD_FILE, PATHS, USERS } from "../../clients/spec";
import { dockerName } from "../../components/names";
import { deriveKeys, newMnemonic, seedOf } from "../../validators/derivation";
import { encrypt, keystoreName, newPassword, pubkeyOfName } from "../../validators/keystore";
import { HostChannel } from "../host/channel";
import { deliver } from "../host/deliver";
import { configured } from "./configured";
import { deliverKeysInput, readInput } from "./input";

type Input = z.infer<typeof deliverKeysInput>;

const ASIDE = `${PATHS.keys}/aside`;
const MNEMONIC_FILE = `${PATHS.keys}/mnemonic.txt`;
/** Names of the files in the volume, and of the list of keystores that are to be in place. */
const [MNEMONIC, PASSWORD, WANTED] = ["mnemonic.txt", "password.txt", "wanted"] as const;
const { uid, gid } = USERS.validator;

/** What the key volume holds already. The secrets in it cross the host channel into this process and go no further. */
interface Held {
  readonly password: string | undefined;
  readonly mnemonic: string | undefined;
  readonly pubkeys: ReadonlySet<string>;
}

async function look(host: HostChannel, { owner, image, volume }: Input): Promise<Held> {
  const script = [
    `cat ${PASSWORD_FILE} 2>/dev/null; echo; echo ---`,
    `cat ${MNEMONIC_FILE} 2>/dev/null; echo; echo ---`,
    `ls ${KEYSTORES} ${ASIDE} 2>/dev/null || true`,
  ].join("\n");
  const answer = await host.oneShot("Reading the key volume", {
    owner,
    role: "job",
    name: dockerName(owner, "job-keys"),
    image,
    network: "none",
    mounts: [{ volume, path: PATHS.keys, readOnly: true }],
    command: ["sh", "-c", script],
  });
  const [password = "", mnemonic = "", names = ""] = answer.split(/^---$/m);
  const pubkeys = names.split("\n").map((name) => pubkeyOfName(name.trim()));
  return {
    password: password.trim() || undefined,
    mnemonic: mnemonic.trim() || undefined,
    pubkeys: new Set(pubkeys.filter((each): each is string => each !== undefined)),
  };
}

/**
 * New keystores aside, the password before them, because keystores that nothing opens would be of no use; then every
 * keystore of the range in place and every other aside. The words are root's: no client needs them.
 */
const PLACE = [
  `[ ! -e ${MNEMONIC} ] || { chown 0:0 ${MNEMONIC}; mv ${MNEMONIC} ..; }`,
  `[ ! -e ${PASSWORD} ] || mv ${PASSWORD} ..`,
  `mv ${WANTED} /tmp/${WANTED}`,
  // Once: what its group may read it may read until nothing of the group's runs any more.
  "[ -e ../keystores ] || chmod 0700 ..",
  "mkdir -p ../keystores ../aside",
  `set -- *; [ ! -e "$1" ] || mv -f "$@" ../aside/`,
  "cd ..",
  "ls keystores > /tmp/there",
  // Lines of the second file that are not in the first, which may be empty.
  'only() { awk -v first="$1" \'FILENAME == first { seen[$0]; next } !($0 in seen)\' "$1" "$2"; }',
  `only /tmp/${WANTED} /tmp/there | while read -r name; do mv "keystores/$name" aside/; done`,
  `only /tmp/there /tmp/${WANTED} | while read -r name; do mv "aside/$name" keystores/; done`,
  `chown ${uid}:${gid} . keystores aside; chmod u=rwx,o= . keystores aside`,
  `[ "$(ls keystores | wc -l)" -eq "$(wc -l < /tmp/${WANTED})" ] || { echo "the keystores in place are not those of the range" >&2; exit 1; }`,
];

/** From the folder the keys are in: what its group reads beside their user. */
const SHARE = [`chmod g+rx . keystores; chmod g+r ${PASSWORD}; chmod -R g+r keystores`];

/** @returns JSON with the public keys, in the order of their indices. */
export async function deliverKeys(): Promise<string> {
  const input = readInput(deliverKeysInput);
  const { owner, image, volume, start, count } = input;
  const host = new HostChannel(input.uri);
  const given =
    input.mnemonicDigest === undefined ? undefined : await configured(owner.stack, "mnemonic", "The mnemonic");
  const held = await look(host, input);
  const mnemonic = given ?? held.mnemonic ?? newMnemonic();
  const password = held.password ?? newPassword();
  const keys = deriveKeys(await seedOf(mnemonic), start, count);

  const files = new Map<string, Uint8Array>();
  if (given === undefined && held.mnemonic === undefined) files.set(MNEMONIC, Buffer.from(`${mnemonic}\n`));
  if (held.password === undefined) files.set(PASSWORD, Buffer.from(password));
  for (const key of keys.filter(({ pubkey }) => !held.pubkeys.has(pubkey)))
    files.set(keystoreName(key.pubkey), Buffer.from(await encrypt(key, password)));
  files.set(WANTED, Buffer.from(keys.map(({ pubkey }) => `${keystoreName(pubkey)}\n`).join("")));
  await deliver(
    host,
    {
      what: "The delivery of the keystores",
      owner,
      job: "keys",
      image,
      volume,
      folder: ".",
      uid,
      gid,
      mode: "0400",
      place: input.shared ? [...PLACE, ...SHARE] : PLACE,
    },
    files,
  );
  return JSON.stringify({ pubkeys: keys.map(({ pubkey }) => pubkey) });
}
