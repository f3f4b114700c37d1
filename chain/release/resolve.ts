// From an iteration to the verified facts of its chain: sources in order, the
// cache where they are silent, and no word believed before it is verified.

import { Problem } from "../../config/problem";
import { type Bundle, readBundle } from "../bundle/bundle";
import { unpack } from "../bundle/unpack";
import { assertVerified, type Expectation, verifyBundle } from "../bundle/verify";
import { type ChainFacts, factsOf } from "../facts";
import { type Clock, iterationOfTag, tagOf } from "../iteration";
import type { ReleaseCache } from "./cache";
import { HttpFailure, type HttpLimits, HURRY } from "./http";
import { downloadTarball, latestRelease, NotYet, type Tarball, WrongDigest } from "./source";

export interface ReleaseOptions {
  /** Repositories, asked in this order. */
  readonly sources: readonly string[];
  /** Undefined: genesis times can't be computed beforehand (a rehearsal). */
  readonly clock: Clock | undefined;
  readonly cache: ReleaseCache;
  /** Whether something waits that can do without an answer: each source is asked once, and not for long. */
  readonly hurry?: boolean;
}

/** No source answered. One that said no has told its time all the same. */
export class SourcesSilent extends Problem {
  constructor(
    failures: readonly string[],
    readonly date?: number | undefined,
  ) {
    super(
      "release-unreachable",
      `No release source answered:\n${failures.join("\n")}`,
      "Nothing was changed. Check this machine's way to the sources, or name others in ephemery:releaseSources.",
    );
  }
}

const limitsOf = ({ hurry }: ReleaseOptions): Partial<HttpLimits> => (hurry ? HURRY : {});

/** A release whose bundle passed every check. */
export interface VerifiedRelease {
  readonly facts: ChainFacts;
  readonly bundle: Bundle;
  /** Things worth telling that refuse nothing. */
  readonly notes: readonly string[];
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Newest iteration that a source announces, from the first one that answers. */
export async function newestIteration(
  options: ReleaseOptions,
): Promise<{ iteration: number; source: string; date: number | undefined }> {
  const failures: string[] = [];
  let told: number | undefined;
  for (const source of options.sources) {
    try {
      const { tag, date } = await latestRelease(source, limitsOf(options));
      const iteration = tag === undefined ? undefined : iterationOfTag(tag);
      if (iteration !== undefined) return { iteration, source, date };
      told ??= date;
      failures.push(`  ${source} ${tag === undefined ? "has no release" : `has ${tag}, which is no iteration`}`);
    } catch (error) {
      if (error instanceof HttpFailure) told ??= error.date;
      failures.push(`  ${source} ${message(error)}`);
    }
  }
  throw new SourcesSilent(failures, told);
}

const otherBytes = (source: string, error: WrongDigest): Problem =>
  new Problem(
    "release-refused",
    `A release is not what its source says it is:\n  ${source} ${error.message}`,
    "Nothing was changed. Try again later, or name another source in ephemery:releaseSources.",
  );

/** What a source has under a tag, or had when it was last reached: a source that is down changes nothing. */
async function tarballFrom(source: string, tag: string, options: ReleaseOptions): Promise<Tarball> {
  const cached = await options.cache.find(source, tag);
  try {
    const answer = await downloadTarball(source, tag, cached?.etag, limitsOf(options));
    if (answer !== "unchanged") return answer;
  } catch (error) {
    if (!cached || error instanceof NotYet) throw error;
  }
  if (!cached) throw new Error(`says ${tag} is unchanged, but it was never downloaded`);
  return cached;
}

async function bundleOf({ bytes, tag, source }: Tarball): Promise<Bundle> {
  try {
    return await readBundle(await unpack(bytes));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(error.code, `${tag} of ${source}: ${error.message}`, error.remedy);
  }
}

async function verified(tarball: Tarball, expectation: Expectation): Promise<VerifiedRelease> {
  const bundle = await bundleOf(tarball);
  const verification = verifyBundle(bundle, expectation);
  assertVerified(verification, `${tarball.tag} of ${tarball.source}`);
  const { source, tag, sha256 } = tarball;
  const notes = tarball.digestConfirmed ? [] : [`${source} names no digest for ${tag}; its sha256 is ${sha256}.`];
  return {
    facts: factsOf(bundle, expectation.iteration, { tag, source, sha256 }),
    bundle,
    notes: [...notes, ...verification.notes],
  };
}

/** Keeps a tarball for when its source is silent; a disk that is full or read-only refuses no release. */
async function keep(tarball: Tarball, cache: ReleaseCache): Promise<readonly string[]> {
  try {
    await cache.put(tarball);
    return [];
  } catch (error) {
    return [`${tarball.tag} of ${tarball.source} could not be kept on this machine: ${message(error)}.`];
  }
}

/**
 * Downloads and verifies the release of an iteration.
 *
 * @throws Problem `release-incomplete` when it is announced without its files,
 * `release-unreachable` when no source has it, `release-refused` when its digest is another than the source names,
 * `bundle-refused` when what a source has fails a check.
 */
export async function resolveRelease(iteration: number, options: ReleaseOptions): Promise<VerifiedRelease> {
  const tag = tagOf(iteration);
  const failures: string[] = [];
  let refusal: Problem | undefined;
  let incomplete = false;
  for (const source of options.sources) {
    try {
      const tarball = await tarballFrom(source, tag, options);
      const release = await verified(tarball, { iteration, clock: options.clock });
      return { ...release, notes: [...release.notes, ...(await keep(tarball, options.cache))] };
    } catch (error) {
      if (error instanceof Problem) refusal ??= error;
      if (error instanceof WrongDigest) refusal ??= otherBytes(source, error);
      if (error instanceof NotYet) incomplete = true;
      failures.push(`  ${source} ${message(error)}`);
    }
  }
  if (refusal) throw refusal;
  if (incomplete) {
    throw new Problem(
      "release-incomplete",
      `The release of iteration ${iteration} is not complete yet:\n${failures.join("\n")}`,
      "Nothing was changed. Its files are uploaded one by one; try again in a few minutes.",
    );
  }
  throw new SourcesSilent(failures);
}
