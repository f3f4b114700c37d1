// images.lock.json kept current: what each tag leads to is asked of its registry, written down, and checked.

import { join } from "node:path";
import {
  type Digests,
  digestsOf,
  IMAGE_NAMES,
  type ImageName,
  type Lock,
  type LockedImage,
  PLATFORMS,
} from "../../clients/images";
import { Problem } from "../../config/problem";
import { ROOT } from "../../toolchain/paths";
import { writeWhole } from "../../toolchain/write-whole";
import { RegistryFailure, type Resolved, resolveTag } from "./registry";

export const LOCK_FILE = join(ROOT, "images.lock.json");

/** An image of the lock against its registry; undefined: as it is locked. */
export interface Difference {
  readonly image: ImageName;
  readonly reference: string;
  readonly what: string;
  readonly remedy: string;
}

const tagOf = ({ repository, tag }: LockedImage): string => `${repository}:${tag}`;

type Asked = Resolved | RegistryFailure;

/** Each image's answer, or why there is none: one registry that is down hides nothing of the others. */
async function askAll(lock: Lock): Promise<ReadonlyMap<ImageName, Asked>> {
  const resolve = async (name: ImageName): Promise<readonly [ImageName, Asked]> => {
    const { repository, tag } = lock.images[name];
    try {
      return [name, await resolveTag(repository, tag)];
    } catch (error) {
      if (error instanceof RegistryFailure) return [name, error];
      throw error;
    }
  };
  return new Map(await Promise.all(IMAGE_NAMES.map(resolve)));
}

function failed(failures: readonly Difference[]): Problem {
  const lines = failures.map(({ reference, what }) => `  ${reference}: ${what}`);
  const remedies = [...new Set(failures.map(({ remedy }) => remedy))];
  return new Problem(
    "images",
    `The registries could not be asked for every image:\n${lines.join("\n")}`,
    ["Nothing was written.", ...remedies].join(" "),
  );
}

const failuresAmong = (lock: Lock, asked: ReadonlyMap<ImageName, Asked>): Difference[] =>
  [...asked].flatMap(([image, answer]) =>
    answer instanceof RegistryFailure
      ? [{ image, reference: tagOf(lock.images[image]), what: answer.message, remedy: answer.remedy }]
      : [],
  );

const samePlatforms = (one: Digests["platforms"], other: Digests["platforms"]): boolean =>
  PLATFORMS.every((platform) => one[platform] === other[platform]);

/** The digests to lock: of what is as it was nothing changes, not even the date. */
function digestsNow(locked: LockedImage, { index, platforms }: Resolved, today: string): Digests {
  const known = digestsOf(locked);
  const same = known?.index === index;
  if (same && samePlatforms(known.platforms, platforms)) return known;
  return { tag: locked.tag, date: same ? known.date : today, index, platforms };
}

/**
 * Resolves every tag anew.
 *
 * @param today YYYY-MM-DD.
 * @throws Problem `images` that names every image that could not be resolved; then there is no new lock.
 */
export async function resolvedLock(lock: Lock, today: string): Promise<Lock> {
  const asked = await askAll(lock);
  const failures = failuresAmong(lock, asked);
  if (failures.length > 0) throw failed(failures);
  const images = { ...lock.images };
  for (const [name, answer] of asked) {
    if (answer instanceof RegistryFailure) continue;
    images[name] = { ...images[name], digests: digestsNow(images[name], answer, today) };
  }
  return { images };
}

/** What is no longer as it is locked: a tag that moved or is gone, one that was never resolved. */
export async function differences(lock: Lock): Promise<readonly Difference[]> {
  const asked = await askAll(lock);
  const found = failuresAmong(lock, asked);
  for (const [image, answer] of asked) {
    if (answer instanceof RegistryFailure) continue;
    const locked = lock.images[image];
    const digests = digestsOf(locked);
    const tell = (what: string, remedy: string): number =>
      found.push({ image, reference: tagOf(locked), what, remedy });
    if (!digests)
      tell("is there, but its digest is not in the lock", "Write it there with `bin/ephemery images --update`.");
    else if (digests.index !== answer.index)
      tell(
        `leads to ${answer.index} now, and is locked as ${digests.index}`,
        "A tag of a release should not move. Find out why it did; `bin/ephemery images --update` takes it over.",
      );
  }
  return found.sort((one, other) => IMAGE_NAMES.indexOf(one.image) - IMAGE_NAMES.indexOf(other.image));
}

/** The file's text: the same for the same lock, whoever writes it. */
export function lockText({ images }: Lock): string {
  const sorted = IMAGE_NAMES.map((name) => {
    const { repository, tag, digests } = images[name];
    if (!digests) return [name, { repository, tag, digests }] as const;
    const platforms = Object.fromEntries(
      PLATFORMS.flatMap((each) => {
        const digest = digests.platforms[each];
        return digest === undefined ? [] : [[each, digest]];
      }),
    );
    const { tag: resolvedFor, date, index } = digests;
    return [name, { repository, tag, digests: { tag: resolvedFor, date, index, platforms } }] as const;
  });
  return `${JSON.stringify({ images: Object.fromEntries(sorted) }, null, 2)}\n`;
}

/** Whole: a lock that is half written would keep every command from starting. */
export const writeLock = (lock: Lock, file: string = LOCK_FILE): Promise<void> => writeWhole(file, lockText(lock));
