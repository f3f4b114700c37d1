// A place that publishes releases the way GitHub does: a redirect that names the
// newest tag, assets under the tag, an API that knows their digests.

import { createHash } from "node:crypto";
import { z } from "zod";
import { DOWNLOAD, get, HttpFailure, type HttpLimits, QUICK } from "./http";

/** The tarballs of a release, the standard layout first; they hold the same files. */
const TARBALLS = ["network-config.tar.gz", "testnet-all.tar.gz"] as const;

export interface Latest {
  /** Tag of the newest release; undefined: the source has none. */
  readonly tag: string | undefined;
  /** The source's clock, unix seconds. */
  readonly date: number | undefined;
}

export interface Tarball {
  readonly source: string;
  readonly tag: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
  /** Whether the source's API named the same digest. */
  readonly digestConfirmed: boolean;
  /** For asking whether it changed. */
  readonly etag: string | undefined;
}

/** The release is announced, but its files are not all there yet. */
export class NotYet extends Error {}

/** The bytes are not those the source's own digest names. */
export class WrongDigest extends Error {}

const repository = (source: string): string => source.replace(/\/+$/, "");

/** `{repo}/releases/latest` redirects to `{repo}/releases/tag/{tag}`, and costs no API quota. */
export async function latestRelease(source: string, limits: Partial<HttpLimits> = {}): Promise<Latest> {
  const answer = await get(`${repository(source)}/releases/latest`, { ...QUICK, ...limits });
  if (answer.status === 404) return { tag: undefined, date: answer.date };
  const tag = /\/releases\/tag\/([^/?#]+)$/.exec(answer.location ?? "")?.[1];
  if (tag === undefined && !/\/releases\/?$/.test(answer.location ?? "")) {
    throw new HttpFailure(`answered ${answer.status} without a release to go to`, answer.date);
  }
  return { tag: tag === undefined ? undefined : decodeURIComponent(tag), date: answer.date };
}

const releaseSchema = z.object({
  assets: z.array(z.object({ name: z.string(), digest: z.string().nullish() })),
});

/** github.com has its API on a host of its own; others have it under /api/v3, as GitHub Enterprise does. */
function apiOf(source: string): string {
  const url = new URL(repository(source));
  const base = url.hostname === "github.com" ? "https://api.github.com" : `${url.origin}/api/v3`;
  return `${base}/repos${url.pathname}`;
}

/** sha256 of an asset by the source's API; undefined where it does not say, or not now. */
async function digestOf(
  source: string,
  tag: string,
  asset: string,
  limits: Partial<HttpLimits>,
): Promise<string | undefined> {
  try {
    const answer = await get(`${apiOf(source)}/releases/tags/${tag}`, {
      ...QUICK,
      ...limits,
      retries: 0,
    });
    if (answer.status !== 200) return undefined;
    const release = releaseSchema.safeParse(JSON.parse(new TextDecoder().decode(answer.body)));
    const digest = release.data?.assets.find(({ name }) => name === asset)?.digest ?? undefined;
    return digest?.startsWith("sha256:") ? digest.slice("sha256:".length) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Downloads a release's tarball, or says "unchanged" where the source still has
 * the one with the given ETag.
 *
 * @throws NotYet when the tag has no tarball yet, WrongDigest, HttpFailure.
 */
export async function downloadTarball(
  source: string,
  tag: string,
  etag?: string,
  limits: Partial<HttpLimits> = {},
): Promise<Tarball | "unchanged"> {
  for (const asset of TARBALLS) {
    const url = `${repository(source)}/releases/download/${tag}/${asset}`;
    const answer = await get(url, { ...DOWNLOAD, ...limits }, { follow: true, etag });
    if (answer.status === 404) continue;
    if (answer.status === 304) return "unchanged";
    if (answer.status !== 200) throw new HttpFailure(`answered ${answer.status} for ${asset}`);
    if (answer.body[0] !== 0x1f || answer.body[1] !== 0x8b) throw new HttpFailure(`sent something else than ${asset}`);
    const sha256 = createHash("sha256").update(answer.body).digest("hex");
    const digest = await digestOf(source, tag, asset, limits);
    if (digest !== undefined && digest !== sha256) {
      throw new WrongDigest(`${asset} of ${tag} has sha256 ${sha256}, but ${source} names ${digest}`);
    }
    return { source, tag, bytes: answer.body, sha256, digestConfirmed: digest !== undefined, etag: answer.etag };
  }
  throw new NotYet(`${tag} has no ${TARBALLS.join(" or ")} yet`);
}
