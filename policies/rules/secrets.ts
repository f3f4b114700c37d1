// Promise 6: secrets are in no argument list, environment, resource id or plain state. A policy sees values of
// secrets and others alike, so what looks like one has no place in any input.

import { validateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { DOCKER_PROVIDER, fields, items, LOCAL_COMMAND, only, type Rule, startsWith, textsIn, UNKNOWN } from "../rule";

const LENGTHS = [12, 15, 18, 21, 24];
const WORDS = new Set(wordlist);

/** Whether some words in a row are a mnemonic, by their checksum. */
function holdsMnemonic(text: string): boolean {
  let run: string[] = [];
  for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) {
    run = WORDS.has(word) ? [...run.slice(1 - Math.max(...LENGTHS)), word] : [];
    const last = run;
    if (LENGTHS.some((length) => last.length >= length && validateMnemonic(last.slice(-length).join(" "), wordlist)))
      return true;
  }
  return false;
}

/** Names that say their value is one. What ends in one of the second kind says where it is, or only which one it is. */
const SECRET_NAME = /(password|passphrase|secret|mnemonic|token|private[_-]?key|api[_-]?key)/i;
const HARMLESS_NAME = /(file|path|dir|folder|digest|fingerprint|name|count)$/i;
/** A name and a value: `NAME=value`, `--name=value`, `"name":"value"`. */
const ASSIGNMENT = /([\w.-]+)["']?\s*[=:]\s*["']?([^\s"',;]+)/g;

/** A path, or what a shell will put there. */
const isReference = (value: string): boolean => /^[/$<]/.test(value);

const holdsNamedSecret = (text: string): boolean =>
  [...text.matchAll(ASSIGNMENT)].some(
    ([, name = "", value = ""]) => SECRET_NAME.test(name) && !HARMLESS_NAME.test(name) && !isReference(value),
  );

/** 32 bytes as hex, as JWT secrets, node keys and keystore passwords are; digests and hashes say what they are. */
const BARE_KEY = /(?<![0-9a-zA-Z]|0x|sha256:|"sha256":"|"identity":")[0-9a-f]{64}(?![0-9a-zA-Z])/i;

const LOOKS_LIKE: readonly { readonly what: string; readonly found: (text: string) => boolean }[] = [
  { what: "a mnemonic", found: holdsMnemonic },
  { what: "a private key", found: (text) => /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) },
  { what: "a keystore", found: (text) => /"kdf"\s*:/.test(text) && /"cipher"\s*:/.test(text) },
  { what: "32 secret bytes", found: (text) => BARE_KEY.test(text) },
  { what: "credentials in a URL", found: (text) => /\w:\/\/[^\s/:@"',]+:[^\s/@"',]+@/.test(text) },
  { what: "a secret by its name", found: holdsNamedSecret },
];

export const SECRET_RULES: readonly Rule[] = [
  {
    name: "no-secret-in-inputs",
    description:
      "No input of a resource holds a secret: it would be in the state, in `docker inspect` or in a process list (promise 6).",
    remedy: "Let a job make it on the host, or stream it there with the host channel (operations/host/deliver.ts).",
    appliesTo: startsWith("docker:", "command:"),
    violations: ({ props }) =>
      textsIn(props).flatMap(({ path, text }) =>
        LOOKS_LIKE.filter(({ found }) => found(text)).map(({ what }) => `${path} holds what looks like ${what}.`),
      ),
  },
  {
    name: "no-files-through-the-state",
    description:
      "Files reach a host through the host channel alone: `uploads` and `stdin` stay in the state (promise 6).",
    remedy: "Deliver them with a job (operations/host/deliver.ts).",
    appliesTo: startsWith("docker:", "command:"),
    violations: ({ props }) => [
      ...(items(props.uploads).length > 0 ? ["uploads keeps the files it is given in the state."] : []),
      ...(props.stdin !== undefined && props.stdin !== "" ? ["stdin is kept in the state."] : []),
    ],
  },
  {
    name: "no-secret-in-ids",
    description:
      "Nothing secret is drawn by a resource that has its value as its id: ids are plain text everywhere (promise 6).",
    remedy: "Let a job draw it on the host, and print a fingerprint.",
    appliesTo: only("random:index/randomBytes:RandomBytes", "random:index/randomString:RandomString"),
    violations: ({ type }) => [`${type.split(":").at(-1)} has its value in its id.`],
  },
  {
    name: "no-registry-credentials",
    description: "The Docker provider holds no registry credentials: it stores them unencrypted (promise 6).",
    remedy: "Log in with `docker login` on the machine that runs Pulumi.",
    appliesTo: only(DOCKER_PROVIDER),
    violations: ({ props }) => {
      // Inputs of a provider are JSON texts.
      const text = props.registryAuth;
      if (text === undefined || text === UNKNOWN) return [];
      const given: unknown = typeof text === "string" ? JSON.parse(text) : text;
      return items(given).some((each) => fields(each).password !== undefined) ? ["registryAuth holds a password."] : [];
    },
  },
  {
    name: "jobs-have-no-other-environment",
    description: "A job's environment is its input and the host it works on, nothing of the caller's (promise 6).",
    remedy: "Put what the job works on into its input (components/host-job.ts).",
    appliesTo: only(LOCAL_COMMAND),
    violations: ({ props }) =>
      Object.keys(fields(props.environment))
        .filter((name) => name !== "DOCKER_HOST" && name !== "EPHEMERY_JOB")
        .map((name) => `environment has ${name}.`),
  },
];
