// Image registries, asked without an account: what a tag leads to. The HTTP API v2 as Docker Hub, ghcr.io and gcr.io
// speak it (https://distribution.github.io/distribution/spec/api/).

import { createHash } from "node:crypto";
import { z } from "zod";
import { get, type HttpAnswer, HttpFailure, type HttpLimits, QUICK } from "../../chain/release/http";
import { PLATFORMS, type Platform } from "../../clients/images";

/** What a tag leads to now. */
export interface Resolved {
  readonly index: string;
  readonly platforms: Readonly<Partial<Record<Platform, string>>>;
}

/** Where a repository is: the registry's base URL, and the name it has there. */
export interface Place {
  readonly registry: string;
  readonly name: string;
}

/** Why a tag could not be resolved, and what to do about it. */
export class RegistryFailure extends Error {
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

/** Lists of platforms, in OCI's words and in Docker's, then single images. */
const INDEX_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
const IMAGE_TYPES = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];
const ACCEPT = [...INDEX_TYPES, ...IMAGE_TYPES].join(", ");

const platformSchema = z.object({ os: z.string(), architecture: z.string() });
const indexSchema = z.object({
  manifests: z.array(z.object({ digest: z.string(), platform: platformSchema.optional() })),
});
const imageSchema = z.object({ config: z.object({ digest: z.string() }) });
const tokenSchema = z
  .object({ token: z.string().optional(), access_token: z.string().optional() })
  .transform(({ token, access_token }) => token ?? access_token)
  .pipe(z.string());

const isLoopback = (host: string): boolean => /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/.test(host);

/** As Docker reads it: what stands before the first slash is a host where it could be one, else all is on Docker Hub. */
export function placeOf(repository: string): Place {
  const [first = "", ...rest] = repository.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  if (!isHost)
    return { registry: "https://registry-1.docker.io", name: rest.length === 0 ? `library/${first}` : repository };
  // Docker, too, asks a registry on this very machine without TLS.
  return { registry: `${isLoopback(first) ? "http" : "https"}://${first}`, name: rest.join("/") };
}

/** Where to get a token, from a challenge such as `Bearer realm="https://auth.docker.io/token",service="…",scope="…"`. */
function tokenUrl(challenge: string): URL | undefined {
  const parameters = /^Bearer\s+(.*)$/i.exec(challenge)?.[1];
  if (parameters === undefined) return undefined;
  const { realm, ...query } = Object.fromEntries(
    [...parameters.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
  );
  if (realm === undefined || !URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  if (url.protocol !== "https:" && !isLoopback(url.host)) return undefined;
  for (const [key, value] of Object.entries(query)) if (key !== "error") url.searchParams.set(key, value);
  return url;
}

const LATER = "Wait some minutes, then try again: registries limit how often those without an account may ask.";
const WAY = "Check this machine's way to the registry (DNS, proxy, firewall), then try again.";
const NAME = "Check `repository` and `tag` of the image in images.lock.json.";

async function ask(url: string, limits: HttpLimits, headers: Readonly<Record<string, string>>): Promise<HttpAnswer> {
  try {
    return await get(url, limits, { headers, follow: true });
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    throw new RegistryFailure(`${new URL(url).host} ${error.message}`, /\b429$/.test(error.message) ? LATER : WAY);
  }
}

/** A body as the schema has it. */
function parsed<T>(schema: z.ZodType<T>, { body }: HttpAnswer, host: string, what: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(body).toString()));
  } catch {
    throw new RegistryFailure(`${host} answered with ${what} that can't be read`, WAY);
  }
}

/** Asks for something of a repository; where a token is wanted, gets one that anybody can have and asks again. */
class Visitor {
  private authorization: Readonly<Record<string, string>> = {};

  constructor(
    private readonly place: Place,
    private readonly limits: HttpLimits,
  ) {}

  get host(): string {
    return new URL(this.place.registry).host;
  }

  async ask(path: string): Promise<HttpAnswer> {
    const { registry, name } = this.place;
    const once = () => ask(`${registry}/v2/${name}/${path}`, this.limits, { accept: ACCEPT, ...this.authorization });
    const answer = await once();
    if (answer.status !== 401) return this.usable(answer);
    this.authorization = { authorization: `Bearer ${await this.token(answer.challenge ?? "")}` };
    return this.usable(await once());
  }

  private async token(challenge: string): Promise<string> {
    const url = tokenUrl(challenge);
    if (!url) throw new RegistryFailure(`${this.host} lets nobody in without an account`, NAME);
    const answer = await ask(url.href, this.limits, {});
    if (answer.status === 200) return parsed(tokenSchema, answer, url.host, "a token");
    throw new RegistryFailure(`${url.host} gives no token for ${this.place.name}: it answered ${answer.status}`, NAME);
  }

  private usable(answer: HttpAnswer): HttpAnswer {
    if (answer.status === 200) return answer;
    const what = answer.status === 404 ? "does not have it" : `answered ${answer.status}`;
    throw new RegistryFailure(`${this.host} ${what}`, answer.status < 500 ? NAME : WAY);
  }
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

const platformOf = ({ os, architecture }: z.infer<typeof platformSchema>): Platform | undefined =>
  PLATFORMS.find((platform) => platform === `${os}/${architecture}`);

/**
 * What a tag leads to. The digest is computed from what was sent, not taken from a header.
 *
 * @throws RegistryFailure
 */
export async function resolveTag(repository: string, tag: string, limits: HttpLimits = QUICK): Promise<Resolved> {
  const visitor = new Visitor(placeOf(repository), limits);
  const answer = await visitor.ask(`manifests/${tag}`);
  const type = answer.contentType?.split(";")[0]?.trim() ?? "no content type";
  const index = digestOf(answer.body);
  if (INDEX_TYPES.includes(type)) {
    const { manifests } = parsed(indexSchema, answer, visitor.host, "a list of platforms");
    const platforms: Partial<Record<Platform, string>> = {};
    for (const { digest, platform } of manifests) {
      const known = platform && platformOf(platform);
      if (known) platforms[known] ??= digest;
    }
    if (Object.keys(platforms).length > 0) return { index, platforms };
    throw new RegistryFailure(`${visitor.host} has it for none of ${PLATFORMS.join(", ")}`, NAME);
  }
  if (!IMAGE_TYPES.includes(type))
    throw new RegistryFailure(
      `${visitor.host} answered with ${type} where an image was asked for`,
      "Something else answers in the registry's place, such as a proxy or a login page. Check this machine's way to it.",
    );
  const { config } = parsed(imageSchema, answer, visitor.host, "an image");
  const described = await visitor.ask(`blobs/${config.digest}`);
  const platform = platformOf(parsed(platformSchema, described, visitor.host, "an image's configuration"));
  if (platform) return { index, platforms: { [platform]: index } };
  throw new RegistryFailure(`${visitor.host} has it for none of ${PLATFORMS.join(", ")}`, NAME);
}
