// One-shot containers as `docker run` command lines: how jobs reach a host, from
// Pulumi and from the command alike.

import type { Role } from "./names";
import { labelsOf, type Owner } from "./names";

export interface VolumeMount {
  readonly volume: string;
  readonly path: string;
  readonly readOnly: boolean;
}

export interface OneShot {
  readonly owner: Owner;
  readonly role: Extract<Role, "job" | "probe">;
  /** Fixed name: a second run of the same job takes the place of a first one that is stuck. */
  readonly name?: string;
  readonly image: string;
  /** `uid:gid`; root with the few capabilities that files need when absent. */
  readonly user?: string;
  /** "none" where nothing is to be reached. */
  readonly network: string;
  readonly mounts: readonly VolumeMount[];
  readonly entrypoint?: readonly string[] | undefined;
  readonly command: readonly string[];
  /** Keep stdin open. */
  readonly interactive?: boolean;
  readonly generation?: string;
}

/** Capabilities root needs to hand files to another user. */
const FILE_CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER"];

/** Arguments of `docker` for a one-shot container. */
export function dockerRunArgs(run: OneShot): string[] {
  const [program, ...before] = run.entrypoint ?? [];
  return [
    "run",
    "--rm",
    // Docker would otherwise write all that is printed to the host's disk, and some jobs print secrets to this program.
    "--log-driver=none",
    ...(run.interactive ? ["--interactive"] : []),
    ...(run.name === undefined ? [] : [`--name=${run.name}`]),
    ...Object.entries(labelsOf(run.owner, run.role, run.generation)).map(
      ([label, value]) => `--label=${label}=${value}`,
    ),
    `--network=${run.network}`,
    "--read-only",
    "--tmpfs=/tmp",
    "--security-opt=no-new-privileges",
    "--cap-drop=ALL",
    ...(run.user === undefined ? FILE_CAPABILITIES.map((name) => `--cap-add=${name}`) : [`--user=${run.user}`]),
    ...run.mounts.map((mount) => `--volume=${mount.volume}:${mount.path}${mount.readOnly ? ":ro" : ""}`),
    ...(program === undefined ? [] : [`--entrypoint=${program}`]),
    run.image,
    ...before,
    ...run.command,
  ];
}

/** One word for a POSIX shell. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * A named one-shot as a shell line that first clears away a run of it that was interrupted.
 *
 * @param quiet what it prints is told where it fails, and dropped where it succeeds.
 */
export function shellLine(run: OneShot & { readonly name: string }, quiet = false): string {
  const clear = `docker rm --force ${shellQuote(run.name)} >/dev/null 2>&1`;
  const words = `docker ${dockerRunArgs(run).map(shellQuote).join(" ")}`;
  if (!quiet) return `${clear}; exec ${words}`;
  return `${clear}; said=$(${words} 2>&1) && exit 0; code=$?; printf '%s\\n' "$said" >&2; exit $code`;
}
