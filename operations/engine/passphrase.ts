// Which passphrase opens the secrets of a stack, where it is not in the environment already.

import { randomBytes } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../config/problem";
import { dataFolder, type Environment, exists, ROOT } from "../../toolchain/paths";

/**
 * The dev stack's and those of rehearsals. It is published, because what it opens is worth nothing:
 * the keys of validators on a chain that exists on this machine alone.
 */
const REHEARSAL_PASSPHRASE = "ephemery-rehearsal";

/** Where a stack's passphrase is kept on a machine with these variables. */
export const passphraseFile = (stack: string, env: Environment = process.env): string =>
  join(dataFolder(env), "passphrases", `${stack}.txt`);

/** Stacks that exist only for what is worth nothing: the dev stack and the seed nodes of rehearsals. */
const published = (stack: string): boolean => /^dev$|-seed$/.test(stack);

/**
 * Variables for Pulumi; none when the caller's environment has a passphrase, even an empty one,
 * or when Pulumi has to find one itself: by asking, or in a secrets provider of the user's choice.
 */
export async function passphraseEnv(stack: string): Promise<Readonly<Record<string, string>>> {
  const { env } = process;
  if (env.PULUMI_CONFIG_PASSPHRASE !== undefined || env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined) return {};
  const file = passphraseFile(stack);
  if (await exists(file)) return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
  return published(stack) ? { PULUMI_CONFIG_PASSPHRASE: REHEARSAL_PASSPHRASE } : {};
}

/** Makes a passphrase file for a new stack, readable by its owner alone; one that is there stays. */
export async function makePassphrase(stack: string): Promise<string> {
  const file = passphraseFile(stack);
  await mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
  if (!(await exists(file)))
    await writeFile(file, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  return file;
}

/** A file that a run without a person may take its secrets from. */
export interface SecretFile {
  readonly path: string;
  /** Of its permissions; undefined: there is no such file. */
  readonly mode: number | undefined;
  /** Whether it gives the passphrase: one of variables may be there for others alone. */
  readonly opens: boolean;
}

/** A line of a file of variables that gives the passphrase, as systemd and a shell read it; for grep(1) -E too. */
export const OPENS = "^ *PULUMI_CONFIG_PASSPHRASE(_FILE)?=";

/**
 * What keeps a run without a person and without this environment from the stack's secrets.
 *
 * @param stackFile text of the stack's file.
 * @param files of the machine that is to do the run.
 */
export function unattendedFaults(
  stack: string,
  stackFile: string,
  files: readonly SecretFile[],
): { readonly without: boolean; readonly open: readonly string[] } {
  const { env } = process;
  // Without any of these Pulumi has another secrets provider, which asks nobody.
  const needed =
    env.PULUMI_CONFIG_PASSPHRASE !== undefined ||
    env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined ||
    /^encryptionsalt:/m.test(stackFile);
  return {
    without: needed && !published(stack) && !files.some(({ opens }) => opens),
    // What others can read is no secret.
    open: files.filter(({ mode }) => mode !== undefined && (mode & 0o077) !== 0).map(({ path }) => path),
  };
}

const modeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mode }) => mode,
    () => undefined,
  );

async function lookAtPassphrase(path: string): Promise<SecretFile> {
  const mode = await modeOf(path);
  return { path, mode, opens: mode !== undefined };
}

async function lookAtVariables(path: string): Promise<SecretFile> {
  const text = await readFile(path, "utf8").catch(() => "");
  return { path, mode: await modeOf(path), opens: new RegExp(OPENS, "m").test(text) };
}

/**
 * That a run without a person and without this environment can open the stack's secrets.
 *
 * @param envFile the user's variables for such runs, where there are any.
 * @throws Problem `passphrase` where the passphrase is nowhere but in this environment, or in a file others can read.
 */
export async function assertUnattended(stack: string, envFile: string): Promise<void> {
  const file = passphraseFile(stack);
  const stackFile = await readFile(join(ROOT, `Pulumi.${stack}.yaml`), "utf8").catch(() => "");
  const files = await Promise.all([lookAtPassphrase(file), lookAtVariables(envFile)]);
  const { without, open } = unattendedFaults(stack, stackFile, files);
  if (without)
    throw new Problem(
      "passphrase",
      `A scheduled run of ${stack} would not have its passphrase, which is in this shell's environment alone.`,
      `Write it to ${file} and close that (chmod 600), or name it in ${envFile} by PULUMI_CONFIG_PASSPHRASE_FILE, or set ephemery:resetSchedule to none.`,
    );
  const [first] = open;
  if (first !== undefined)
    throw new Problem("passphrase", `${first} can be read by others.`, `Close it with \`chmod 600 ${first}\`.`);
}
