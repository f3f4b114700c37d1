// Whether the node's own host can run the resets: what is missing there, all of it at once. A run there has to want
// exactly what a run here wants, so clone, settings and state have to be the same.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { satisfies } from "semver";
import { z } from "zod";
import { Problem } from "../../config/problem";
import { type Environment, ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { OPENS, passphraseFile, unattendedFaults } from "../engine/passphrase";
import type { Machine } from "../host/machine";
import { SAY, saidIn } from "../host/ssh";

/** What the clone here is. */
export interface Ours {
  readonly version: string;
  /** Of Node.js, as package.json asks for it. */
  readonly node: string;
  /** Undefined where this is no clone by git. */
  readonly commit: string | undefined;
  /** Text of the stack's file. */
  readonly stackFile: string;
  /** Of the state; undefined: the one that Pulumi.yaml names. */
  readonly backend: string | undefined;
}

const packageSchema = z.object({ version: z.string(), engines: z.object({ node: z.string() }) });

export async function ourClone(stack: string): Promise<Ours> {
  const { version, engines } = packageSchema.parse(JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")));
  const git = await run("git", ["rev-parse", "--show-prefix", "HEAD"], { cwd: ROOT });
  // The first line says where in the clone this is: below another project's it is no clone of this one.
  const [, prefix, commit] = git.ok ? (/^(.*)\n(\w+)$/.exec(git.stdout) ?? []) : [];
  return {
    version,
    node: engines.node,
    commit: prefix === "" ? commit : undefined,
    stackFile: await readFile(join(ROOT, `Pulumi.${stack}.yaml`), "utf8").catch(() => ""),
    backend: process.env.PULUMI_BACKEND_URL,
  };
}

/**
 * Asks for everything in one connection, and says nothing that is a secret. What set-up took is asked as a run there will
 * have it, which has no variable that forces it.
 */
const QUESTIONS = `${SAY}
folder=$1 stackFile=$2 passphraseFile=$3 envFile=$4 opens=$5 uri=$6
say node "$(command -v node)"
say nodeVersion "$(node --version 2>/dev/null)"
if [ -f "$folder/bin/ephemery" ] && [ -x "$folder/bin/ephemery" ]; then say clone yes; fi
if [ -e "$folder/.git" ]; then say git yes; fi
say commit "$(git -C "$folder" rev-parse HEAD 2>/dev/null)"
say version "$(sed -n 's/^ *"version": *"\\([^"]*\\)".*/\\1/p' "$folder/package.json" 2>/dev/null | head -n 1)"
if EPHEMERY_ORIGIN= "$folder/bin/ephemery" setup --check >/dev/null 2>&1 </dev/null; then say setUp yes; fi
if [ -f "$folder/$stackFile" ]; then say stackFile "$(sha256sum <"$folder/$stackFile" | cut -c 1-64)"; fi
say passphraseMode "$(stat -c %a "$passphraseFile" 2>/dev/null)"
say envMode "$(stat -c %a "$envFile" 2>/dev/null)"
if grep -Eq "$opens" "$envFile" 2>/dev/null; then say envOpens yes; fi
if answer=$(DOCKER_HOST=$uri docker version --format '{{.Server.Version}}' 2>&1 </dev/null); then say docker yes
else say dockerSays "$(printf '%s\\n' "$answer" | tail -n 1)"; fi
`;

const text = z.string().default("");
const yes = z
  .literal("yes")
  .optional()
  .transform((said) => said === "yes");
const mode = text.transform((octal) => (octal === "" ? undefined : Number.parseInt(octal, 8)));

const seenSchema = z.object({
  /** Path of Node.js. */
  node: text,
  nodeVersion: text,
  clone: yes,
  git: yes,
  commit: text,
  version: text,
  /** In the version that the clone is of. */
  setUp: yes,
  /** Digest of the stack's file; empty: there is none. */
  stackFile: text,
  passphraseMode: mode,
  envMode: mode,
  envOpens: yes,
  docker: yes,
  dockerSays: text,
});

/** What the host has. */
export type Seen = z.infer<typeof seenSchema>;

export interface Wanted {
  readonly stack: string;
  /** The clone on the host. */
  readonly folder: string;
  /** ephemery:dockerHost, also for a run on that host. */
  readonly uri: string;
  /** Variables of the host's user. */
  readonly env: Environment;
  readonly envFile: string;
}

const stackFileName = (stack: string): string => `Pulumi.${stack}.yaml`;

export async function lookThere(machine: Machine, { stack, folder, uri, env, envFile }: Wanted): Promise<Seen> {
  const questions = [folder, stackFileName(stack), passphraseFile(stack, env), envFile, OPENS, uri];
  const { stdout, stderr } = await machine.run("sh", ["-lc", QUESTIONS, "sh", ...questions]);
  const said = saidIn(stdout);
  if (said.nodeVersion !== undefined) return seenSchema.parse(said);
  throw new Problem("schedule", `${machine.name} has no shell that answers: ${stderr}`, "Mend it, then try again.");
}

/** What is not the same in the clone there. */
function clonedOtherwise(ours: Ours, { stack, folder }: Wanted, seen: Seen): readonly string[] {
  if (!seen.clone) return [`${folder} is no clone of this project: there is no bin/ephemery in it that can be run`];
  const digest = createHash("sha256").update(ours.stackFile).digest("hex");
  const file = `${folder}/${stackFileName(stack)}`;
  return [
    ...(seen.version === ours.version
      ? []
      : [`the clone in ${folder} is of version ${seen.version || "?"}, this one of ${ours.version}`]),
    ...(ours.commit === undefined || !seen.git || seen.commit === ours.commit
      ? []
      : [`the clone in ${folder} is at commit ${seen.commit || "?"}, this one at ${ours.commit}`]),
    ...(seen.setUp
      ? []
      : [`${folder} was not set up for this version: run \`bin/ephemery setup --yes --no-rehearsal\` there`]),
    ...(seen.stackFile === digest
      ? []
      : [seen.stackFile === "" ? `${file} is not there: copy it` : `${file} is not the same as here: copy it again`]),
  ];
}

/** Why the state here can't be the state there. */
function apart({ backend }: Ours, { envFile }: Wanted): readonly string[] {
  if (backend === undefined || /^file:/.test(backend))
    return [
      "the state is in files of this machine, which a run there can't reach: keep it where both can, and name that in PULUMI_BACKEND_URL",
    ];
  const credentials = URL.canParse(backend) && new URL(backend).password !== "";
  return credentials
    ? [
        `PULUMI_BACKEND_URL holds a password, which everybody could read in a unit: set it by its own variable in ${envFile}`,
      ]
    : [];
}

/** Everything that keeps the host from running the resets; empty: nothing does. */
export function lacks(ours: Ours, wanted: Wanted, seen: Seen): readonly string[] {
  const { stack, uri, env, envFile } = wanted;
  const passphrase = passphraseFile(stack, env);
  const { without, open } = unattendedFaults(stack, ours.stackFile, [
    { path: passphrase, mode: seen.passphraseMode, opens: seen.passphraseMode !== undefined },
    { path: envFile, mode: seen.envMode, opens: seen.envOpens },
  ]);
  return [
    ...apart(ours, wanted),
    ...(seen.node === ""
      ? [`there is no node in the PATH of a login shell; ${ours.node} is needed`]
      : satisfies(seen.nodeVersion, ours.node)
        ? []
        : [`${seen.node} is Node.js ${seen.nodeVersion || "?"}; ${ours.node} is needed`]),
    ...clonedOtherwise(ours, wanted, seen),
    ...(without ? [`nothing there opens the stack's secrets: write its passphrase to ${passphrase} (chmod 600)`] : []),
    ...open.map((path) => `${path} can be read by others: close it with \`chmod 600 ${path}\``),
    ...(seen.docker ? [] : [`docker there does not reach ${uri}, which is its own machine: ${seen.dockerSays}`]),
  ];
}
