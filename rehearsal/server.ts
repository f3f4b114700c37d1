// Serves releases the way GitHub does, from a folder: the redirect to the newest
// one, its assets with ETags, and the API's digests. What is not in the folder yet is a 404.

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { iterationOfTag } from "../chain/iteration";

/** Path of the repository in URLs, the public one's. */
export const REPOSITORY = "ephemery-testnet/ephemery-genesis";

/** The newest iteration's tag among the folders. */
async function newestTag(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  const iterations = names.flatMap((name) => iterationOfTag(name) ?? []);
  return iterations.length === 0 ? undefined : `ephemery-${Math.max(...iterations)}`;
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** A path part that is one: no folder up, no folder down. */
const plain = (part: string): boolean => /^[\w.-]+$/.test(part) && part !== "..";

async function answer(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const say = (status: number, body: string | Uint8Array = "", headers: Record<string, string> = {}): void => {
    response.writeHead(status, headers);
    response.end(request.method === "HEAD" ? undefined : body);
  };
  if (pathname === `/${REPOSITORY}/releases/latest`) {
    const tag = await newestTag(folder);
    if (tag === undefined) say(404);
    else say(302, "", { location: `http://${request.headers.host}/${REPOSITORY}/releases/tag/${tag}` });
    return;
  }
  const [, tag = "", asset = ""] =
    new RegExp(`^/${REPOSITORY}/releases/download/([^/]+)/([^/]+)$`).exec(pathname) ?? [];
  if (plain(tag) && plain(asset)) {
    const bytes = await readFile(join(folder, tag, asset)).catch(() => undefined);
    const etag = bytes && `"${digest(bytes)}"`;
    if (!bytes || !etag) say(404);
    else if (request.headers["if-none-match"] === etag) say(304, "", { etag });
    else say(200, bytes, { etag, "content-type": "application/octet-stream", "content-length": String(bytes.length) });
    return;
  }
  const [, known = ""] = new RegExp(`^/api/v3/repos/${REPOSITORY}/releases/tags/([^/]+)$`).exec(pathname) ?? [];
  if (plain(known)) {
    const names = await readdir(join(folder, known)).catch(() => undefined);
    if (!names) {
      say(404);
      return;
    }
    const assets = await Promise.all(
      names.map(async (name) => ({ name, digest: `sha256:${digest(await readFile(join(folder, known, name)))}` })),
    );
    say(200, JSON.stringify({ tag_name: known, assets }), { "content-type": "application/json" });
    return;
  }
  say(404);
}

/** Starts the server on loopback. */
export async function serveReleases(folder: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    answer(folder, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return server;
}
