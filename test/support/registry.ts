// An image registry on loopback that speaks the HTTP API v2 as Docker Hub does: no answer without a token, tokens for
// anybody, lists of platforms by content type.

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
export const OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json";

export interface Manifest {
  readonly type: string;
  readonly body: string;
}

/** As a registry names it: sha256sum of the same bytes says the same. */
export const digestOf = (body: string): string => `sha256:${createHash("sha256").update(body).digest("hex")}`;

const entry = (os: string, architecture: string, digest: string) => ({
  mediaType: OCI_IMAGE,
  digest,
  size: 1,
  platform: { os, architecture },
});

/** A list of platforms, with the attestation that build tools add and a platform nobody asks for. */
export function listOf(platforms: Readonly<Record<string, string>>, type: string = OCI_INDEX): Manifest {
  const manifests = Object.entries(platforms).map(([name, digest]) => {
    const [os = "", architecture = ""] = name.split("/");
    return entry(os, architecture, digest);
  });
  const extra = [entry("linux", "s390x", digestOf("s390x")), entry("unknown", "unknown", digestOf("attestation"))];
  return { type, body: JSON.stringify({ schemaVersion: 2, mediaType: type, manifests: [...manifests, ...extra] }) };
}

export interface Registry {
  /** As the first part of a repository: `127.0.0.1:port`. */
  readonly host: string;
  /** By `name:tag`. */
  readonly manifests: Map<string, Manifest>;
  /** By digest. */
  readonly blobs: Map<string, string>;
  /** Method and path of everything asked. */
  readonly asked: string[];
  /** What challenges say; without it, that a token is to be had here. */
  challenge: string | undefined;
  /** A status in the place of the usual answer to a path. */
  instead: (path: string) => number | undefined;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function startRegistry(): Promise<Registry> {
  let host = "";
  /** Each token is good for one name. */
  const tokens = new Map<string, string>();

  function answer(on: Registry, request: IncomingMessage): Answer {
    const url = new URL(request.url ?? "", `http://${host}`);
    on.asked.push(`${request.method} ${url.pathname}`);
    const instead = on.instead(url.pathname);
    if (instead !== undefined) return { status: instead };
    if (url.pathname === "/token") {
      const name = /^repository:(.+):pull$/.exec(url.searchParams.get("scope") ?? "")?.[1];
      if (name === undefined || url.searchParams.get("service") !== "stand-in") return { status: 400 };
      const token = `token-${tokens.size}`;
      tokens.set(token, name);
      return { status: 200, body: JSON.stringify({ token }), headers: { "content-type": "application/json" } };
    }
    // The store wants no token.
    const stored = on.blobs.get(url.pathname.replace("/store/", ""));
    if (stored !== undefined) return { status: 200, body: stored };
    const [, name = "", kind, what = ""] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(url.pathname) ?? [];
    if (tokens.get(request.headers.authorization?.replace("Bearer ", "") ?? "") !== name) {
      const usual = `Bearer realm="http://${host}/token",service="stand-in",scope="repository:${name}:pull"`;
      return { status: 401, headers: { "www-authenticate": on.challenge ?? usual } };
    }
    // As registries do: blobs lie in a store elsewhere.
    if (kind === "blobs" && on.blobs.has(what)) return { status: 307, headers: { location: `/store/${what}` } };
    const manifest = kind === "manifests" ? on.manifests.get(`${name}:${what}`) : undefined;
    if (!manifest) return { status: 404, body: JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN" }] }) };
    // Who does not say that it can read lists is given an old form of one image.
    const readable = request.headers.accept?.includes(manifest.type) || !manifest.type.startsWith("application/vnd.");
    const type = readable ? manifest.type : "application/vnd.docker.distribution.manifest.v1+prettyjws";
    return {
      status: 200,
      body: readable ? manifest.body : "{}",
      headers: { "content-type": `${type}; charset=utf-8` },
    };
  }

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { status, body = "", headers = {} } = answer(registry, request);
    response.writeHead(status, headers).end(body);
  });
  const registry: Registry = {
    get host() {
      return host;
    },
    manifests: new Map(),
    blobs: new Map(),
    asked: [],
    challenge: undefined,
    instead: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  host = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  return registry;
}
