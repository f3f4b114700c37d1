// The official images: which there are, and what images.lock.json has of each. The one place their names come from.

import { z } from "zod";
import locked from "../images.lock.json";

/** Names of the lock's entries, sorted. A client whose programs share an image has one. */
export const IMAGE_NAMES = [
  "besu",
  "erigon",
  "geth",
  "grandine",
  "lighthouse",
  "lodestar",
  "nethermind",
  "nimbus-beacon",
  "nimbus-validator",
  "prysm-beacon",
  "prysm-prysmctl",
  "prysm-validator",
  "reth",
  "teku",
  "tools",
] as const;
export type ImageName = (typeof IMAGE_NAMES)[number];

/** What a node may run on. An image need not be there for each. */
export const PLATFORMS = ["linux/amd64", "linux/arm64"] as const;
export type Platform = (typeof PLATFORMS)[number];

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const digestsSchema = z.strictObject({
  /** The tag they were resolved for. */
  tag: z.string(),
  /** The day on which the tag was first seen to lead to them, as YYYY-MM-DD. */
  date: z.iso.date(),
  /** What the tag leads to: the list of the image's platforms or, where there is none, the image. */
  index: digest,
  /** The image of each platform: for information, the engine finds it by the index. */
  platforms: z.partialRecord(z.enum(PLATFORMS), digest),
});

const lockedImageSchema = z.strictObject({
  /** As `docker pull` takes it: without a host it is on Docker Hub. */
  repository: z.string().regex(/^[a-z0-9.:/_-]+$/),
  tag: z.string().regex(/^\w[\w.-]{0,127}$/),
  /** null until `bin/ephemery images --update` was run where registries can be reached. */
  digests: digestsSchema.nullable(),
});

export const lockSchema = z.strictObject({ images: z.record(z.enum(IMAGE_NAMES), lockedImageSchema) });

export type Digests = Readonly<z.infer<typeof digestsSchema>>;
export type LockedImage = Readonly<z.infer<typeof lockedImageSchema>>;
export type Lock = Readonly<z.infer<typeof lockSchema>>;

/** The lock this program was started with. */
export const lock: Lock = lockSchema.parse(locked);

/**
 * The digests, where they are the tag's. A tag that was raised by hand and not resolved since has none: by the digest
 * of another tag the engine would go on running that one's image without a word.
 */
export function digestsOf({ tag, digests }: LockedImage): Digests | undefined {
  return digests?.tag === tag ? digests : undefined;
}

/** An image as Docker takes it: by tag and digest or, where that is not resolved, by its tag alone. */
export function referenceOf(image: LockedImage): string {
  const digests = digestsOf(image);
  return `${image.repository}:${image.tag}${digests === undefined ? "" : `@${digests.index}`}`;
}

/** The pinned image of a client, or of a tool. */
export const official = (name: ImageName): string => referenceOf(lock.images[name]);
