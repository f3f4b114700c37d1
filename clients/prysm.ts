// What Prysm's two programs share: their own copy of config.yaml, and their image's shell.

import { PATHS } from "./spec";

/** Name of the derived file among the genesis files. */
export const PRYSM_CONFIG_FILE = "config.prysm.yaml";
export const PRYSM_CONFIG = `${PATHS.genesis}/${PRYSM_CONFIG_FILE}`;

/** In Prysm's images bash goes by the name of sh. */
export const PRYSM_SHELL = "/bin/sh";

/** Keys of the real file that Prysm does not know; it says so as errors at each start. */
const UNKNOWN = ["EPHEMERY_RESET_PERIOD", "NUMBER_OF_COLUMNS"];

/** Forks Prysm has code for. One that config.yaml leaves out it takes from mainnet, and then refuses the fork schedule as conflicting. */
const LATER_FORKS = [{ name: "GLOAS", version: "0x8000101b" }];
const FAR_FUTURE = "18446744073709551615";

/** Prysm's copy of config.yaml: forks it would otherwise inherit from mainnet are put off for ever, unknown keys left out. */
export function prysmConfig(configYaml: string): string {
  const lines = configYaml.split(/\r?\n/).filter((line) => !UNKNOWN.some((name) => line.startsWith(`${name}:`)));
  for (const { name, version } of LATER_FORKS) {
    if (!lines.some((line) => line.startsWith(`${name}_FORK_VERSION:`))) lines.push(`${name}_FORK_VERSION: ${version}`);
    if (!lines.some((line) => line.startsWith(`${name}_FORK_EPOCH:`))) lines.push(`${name}_FORK_EPOCH: ${FAR_FUTURE}`);
  }
  return `${lines.join("\n").trimEnd()}\n`;
}
