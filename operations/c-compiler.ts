// A C compiler on this machine: where the clients of rehearsals are built, Prysm needs one. Its BLS library is C, and
// without a compiler Go leaves it out and stops at what is missing.

import { Problem } from "../config/problem";
import { aptInstall, installed, mayInstall } from "./packages";
import type { Step } from "./steps";

const PACKAGES = ["gcc", "libc6-dev"];
const BY_HAND = `apt-get install ${PACKAGES.join(" ")}`;

/** Go takes what CC names, or the first of these on the PATH (https://pkg.go.dev/cmd/cgo). */
const isThere = async (): Promise<boolean> =>
  (process.env.CC ?? "") !== "" || (await installed("gcc")) || (await installed("clang"));

/** What set-up would install, for the question that is asked before; undefined: nothing. */
export async function missingCompiler(): Promise<string | undefined> {
  return (await isThere()) ? undefined : `a C compiler (${BY_HAND})`;
}

/** The step that sees to one. */
export async function compilerStep(): Promise<Step> {
  return { title: "install a C compiler", done: await isThere(), run: install };
}

async function install(report: (line: string) => void): Promise<void> {
  const why = (await mayInstall())
    ? await aptInstall(PACKAGES, report)
    : "It can be installed only as root on Debian or Ubuntu.";
  if (why === undefined) return;
  throw new Problem(
    "toolchain",
    `There is no C compiler on this machine, which Prysm is built with:\n${why}`,
    `Install one by hand (on Debian: ${BY_HAND}), then try again.`,
  );
}
