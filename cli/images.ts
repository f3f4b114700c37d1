// `ephemery images`: the official images that are pinned, and whether their registries still have them.

import type { Command } from "commander";
import { digestsOf, IMAGE_NAMES, type ImageName, type Lock, lock, PLATFORMS, referenceOf } from "../clients/images";
import { type Difference, differences, resolvedLock, writeLock } from "../operations/images/lock";
import { plainTable } from "./table";

const NOT_AS_LOCKED = 1;

/** What every digest begins with, and as many digits as tell one from the other. */
const DIGITS = ["sha256:".length, "sha256:".length + 12] as const;

interface Listed {
  readonly image: ImageName;
  readonly repository: string;
  readonly tag: string;
  readonly reference: string;
  /** null: not resolved. */
  readonly digest: string | null;
  readonly platforms: Readonly<Record<string, string>>;
  /** YYYY-MM-DD; null: not resolved. */
  readonly date: string | null;
}

export function listed({ images }: Lock): readonly Listed[] {
  return IMAGE_NAMES.map((image) => {
    const { repository, tag } = images[image];
    const digests = digestsOf(images[image]);
    return {
      image,
      repository,
      tag,
      reference: referenceOf(images[image]),
      digest: digests?.index ?? null,
      platforms: digests?.platforms ?? {},
      date: digests?.date ?? null,
    };
  });
}

/** The lock as a person reads it. */
export function renderImages(of: Lock): string {
  const rows = listed(of).map(({ image, repository, tag, digest, platforms, date }) => [
    image,
    repository,
    tag,
    digest?.slice(...DIGITS) ?? "not resolved",
    PLATFORMS.filter((each) => each in platforms)
      .map((each) => each.replace("linux/", ""))
      .join(", "),
    date ?? "",
  ]);
  const missing = rows.filter(([, , , digest]) => digest === "not resolved").length;
  const note =
    missing === 0
      ? []
      : [
          "",
          `${missing} of ${rows.length} go by their tag: their digests are resolved where registries can be reached,`,
          "with `bin/ephemery images --update`.",
        ];
  return [plainTable(rows, ["name", "image", "tag", "digest", "platforms", "date"]), ...note].join("\n");
}

export function renderDifferences(found: readonly Difference[]): string {
  if (found.length === 0) return "Every image is there, and every tag leads to the digest that is locked.";
  return found.map(({ reference, what, remedy }) => `${reference} ${what}.\n  ${remedy}`).join("\n");
}

interface ImagesOptions {
  readonly update: boolean;
  readonly check: boolean;
  readonly json: boolean;
}

async function check(json: boolean): Promise<void> {
  const found = await differences(lock);
  console.log(json ? JSON.stringify(found) : renderDifferences(found));
  if (found.length > 0) process.exitCode = NOT_AS_LOCKED;
}

async function show({ update, json }: ImagesOptions): Promise<void> {
  let current = lock;
  if (update) {
    current = await resolvedLock(lock, new Date().toISOString().slice(0, 10));
    await writeLock(current);
  }
  console.log(json ? JSON.stringify(listed(current)) : renderImages(current));
}

export function registerImages(program: Command): void {
  program
    .command("images")
    .description("the official images of clients and tools: tags, digests, whether registries still have them")
    .option("--update", "ask the registries what each tag leads to, and write it into images.lock.json", false)
    .option("--check", "ask the registries whether each tag still leads to its digest; writes nothing", false)
    .option("--json", "one JSON array", false)
    .addHelpText(
      "after",
      `
images.lock.json says which image each client runs from. With a digest a node runs the very same
image on every host and on every day; without one (not resolved) it runs what the tag leads to
when a host pulls it first. A stack's own image (ephemery:executionImage and its siblings) comes first.

To raise a client: change its tag in images.lock.json, run --update where registries can be
reached, and commit the file. Registries are asked without an account; Docker Hub counts
each question as a pull.

Exit code of --check: 0 as locked, 1 where something differs or can't be asked.

  bin/ephemery images
  bin/ephemery images --update
  bin/ephemery images --check --json`,
    )
    .action((options: ImagesOptions, command: Command) => {
      if (options.update && options.check) command.error("error: --update and --check don't go together");
      return options.check ? check(options.json) : show(options);
    });
}
