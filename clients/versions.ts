// Versions as the tags of images have them, and what hangs on them. Nothing is guessed: of a digest, an id or a tag that
// moves there is no version.

import { gte, valid } from "semver";

/** What may stand before a version in a tag. */
const PREFIX = /^(?:multiarch-)?v?/;
/** What makes a version older than the release it is for; any other addition names a build of that release. */
const PRERELEASE = /^(?:alpha|beta|rc)\b/;

/**
 * The version in an image's tag, such as 26.10.2 in `statusim/nimbus-eth2:multiarch-v26.10.2@sha256:…`.
 *
 * @returns undefined where the tag has none that semver can read, such as `latest`, or where there is no tag.
 */
export function versionOf(reference: string): string | undefined {
  const [named = ""] = reference.split("@");
  const [, tag = ""] = /^(?:.*\/)?[^:/]+:([^:/]+)$/.exec(named) ?? [];
  const [, release = "", addition = ""] = /^(\d+\.\d+\.\d+)(?:-(.+))?$/.exec(tag.replace(PREFIX, "")) ?? [];
  return valid(PRERELEASE.test(addition) ? `${release}-${addition}` : release) ?? undefined;
}

/** Whether a version is at least another. */
export const isAtLeast = (version: string, other: string): boolean => gte(version, other);

/**
 * Arguments that a client knows since a version: left out for one that is older, which would not start with them.
 *
 * @param version undefined: not known, and taken for the pinned one.
 */
export function since(version: string | undefined, first: string, ...args: readonly string[]): readonly string[] {
  return version === undefined || isAtLeast(version, first) ? args : [];
}
