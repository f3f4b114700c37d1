// The files a chain came from, again: out of the cache where the very bytes are there, else from the sources.

import { Problem } from "../../config/problem";
import { type BundleFiles, unpack } from "../bundle/unpack";
import type { ChainFacts } from "../facts";
import type { ReleaseOptions } from "./resolve";
import { verifying } from "./verifying";

/**
 * The files of the release a chain came from. Bytes of the sha256 that the chain's facts name are those that passed
 * every check when the facts were made. Another build of the same chain will do, after the same checks; another chain
 * will not.
 *
 * @throws Problem as `resolveRelease`, or `identity-changed`.
 */
export async function reloadFiles(facts: ChainFacts, options: ReleaseOptions): Promise<BundleFiles> {
  const cached = await options.cache.findDigest(facts.release.sha256);
  if (cached) return unpack(cached.bytes);
  const release = await verifying().resolveRelease(facts.iteration, options);
  if (release.facts.identity === facts.identity) return release.bundle.files;
  throw new Problem(
    "identity-changed",
    `The release of iteration ${facts.iteration} now describes another chain: ${release.facts.generation}, not ${facts.generation}.`,
    "Nothing was changed. Compare both with the Ephemery community before you go on.",
  );
}
