// A place that publishes releases the way GitHub does, on loopback, and fails the way places on the internet do.

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

const REPOSITORY = "/ephemery-testnet/ephemery-genesis";

export type Answer =
  | {
      readonly status: number;
      readonly body?: string | Uint8Array;
      readonly headers?: Readonly<Record<string, string>>;
      /** Without a Date header. */
      readonly timeless?: true;
      /** In pieces, without saying how long it is. */
      readonly chunked?: true;
    }
  /** A first byte of the body that was announced, and no other, ever. */
  | { readonly slow: Uint8Array }
  /** One piece after the other, with pauses of so many milliseconds. */
  | { readonly pieces: readonly string[]; readonly pause: number }
  /** Half of the body that was announced, then the connection is gone. */
  | { readonly half: Uint8Array }
  /** The connection is gone at once. */
  | "cut"
  /** Nothing, ever. */
  | "silent";

export interface Asked {
  readonly path: string;
  /** If-None-Match. */
  readonly etag: string | undefined;
}

function send(response: ServerResponse, answer: Answer): void {
  if (answer === "silent") return;
  if (answer === "cut") {
    response.destroy();
    return;
  }
  if ("slow" in answer) {
    response.writeHead(200, { "content-length": answer.slow.length });
    response.write(answer.slow.subarray(0, 1));
    return;
  }
  if ("pieces" in answer) {
    const [piece, ...pieces] = answer.pieces;
    if (piece === undefined) response.end();
    else response.write(piece, () => setTimeout(() => send(response, { ...answer, pieces }), answer.pause));
    return;
  }
  if ("half" in answer) {
    response.writeHead(200, { "content-length": answer.half.length });
    response.write(answer.half.subarray(0, answer.half.length / 2), () => response.destroy());
    return;
  }
  response.sendDate = !answer.timeless;
  const { body = "" } = answer;
  if (answer.chunked) response.writeHead(answer.status, answer.headers).write(body.slice(0, 1));
  else response.writeHead(answer.status, { "content-length": Buffer.byteLength(body), ...answer.headers });
  response.end(answer.chunked ? body.slice(1) : body);
}

export interface Server {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** A server whose answers are the function's; `nth` counts the questions after the same path, from 1. */
export async function listen(answer: (asked: Asked, nth: number) => Answer): Promise<Server> {
  const asked: Asked[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const question = { path: request.url ?? "", etag: request.headers["if-none-match"] };
    asked.push(question);
    send(response, answer(question, asked.filter(({ path }) => path === question.path).length));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** A repository with releases; a test changes what is there while it runs. */
export interface Site {
  readonly source: string;
  readonly asked: readonly Asked[];
  /** Tag that releases/latest leads to. */
  latest: string | undefined;
  /** Assets by `tag/name`. */
  readonly assets: Map<string, Uint8Array>;
  /** What the API says of digests; a number is the status it fails with. */
  digests: "right" | "wrong" | "null" | number;
  /** An answer in the place of the usual one. */
  instead: (path: string, nth: number) => Answer | undefined;
  /** Hangs a release on the site, as the newest one. */
  publish(tag: string, assets: Iterable<readonly [string, Uint8Array]>): void;
  close(): Promise<void>;
}

function api(site: Site, tag: string): Answer {
  if (typeof site.digests === "number") return { status: site.digests, body: '{"message":"no"}' };
  const assets = [...site.assets]
    .filter(([path]) => path.startsWith(`${tag}/`))
    .map(([path, bytes]) => {
      const digest = `sha256:${site.digests === "wrong" ? "0".repeat(64) : sha256(bytes)}`;
      return { name: path.slice(tag.length + 1), digest: site.digests === "null" ? null : digest, size: bytes.length };
    });
  return { status: 200, body: JSON.stringify({ tag_name: tag, assets }) };
}

function usual(site: Site, { path, etag }: Asked): Answer {
  const inside = path.replace(`${REPOSITORY}/`, "");
  if (inside === "releases/latest") {
    const location = `${site.source}/releases/tag/${site.latest}`;
    return site.latest === undefined ? { status: 404 } : { status: 302, headers: { location } };
  }
  const tag = new RegExp(`^/api/v3/repos${REPOSITORY}/releases/tags/([^/]+)$`).exec(path)?.[1];
  if (tag !== undefined) return api(site, tag);
  const name = /^releases\/download\/(.+)$/.exec(inside)?.[1];
  const bytes = name === undefined ? undefined : site.assets.get(name);
  if (bytes && !path.startsWith("/store/")) {
    // As GitHub does: the asset lies in a store elsewhere.
    return { status: 302, headers: { location: `/store/${name}` } };
  }
  const stored = site.assets.get(path.replace("/store/", ""));
  if (!stored) return { status: 404, body: "Not Found" };
  const own = `"${sha256(stored)}"`;
  return etag === own ? { status: 304, headers: { etag: own } } : { status: 200, body: stored, headers: { etag: own } };
}

export async function releaseSite(latest?: string): Promise<Site> {
  const server = await listen((asked, nth) => site.instead(asked.path, nth) ?? usual(site, asked));
  const site: Site = {
    source: `${server.url}${REPOSITORY}`,
    asked: server.asked,
    latest,
    assets: new Map(),
    digests: "right",
    instead: () => undefined,
    publish: (tag, assets) => {
      for (const [name, bytes] of assets) site.assets.set(`${tag}/${name}`, bytes);
      site.latest = tag;
    },
    close: server.close,
  };
  return site;
}
