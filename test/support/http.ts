// HTTP servers on loopback, in the place of what a node or its operator would ask over a network.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";

export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  /** An object becomes JSON. */
  readonly body?: unknown;
  /** The connection is cut instead. */
  readonly cut?: boolean;
}

export interface LocalServer {
  readonly port: number;
  readonly url: string;
  /** Everything that was asked, in order. */
  readonly asked: readonly Asked[];
  /** Connections that are open now. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

const isAddress = (address: ReturnType<Server["address"]>): address is AddressInfo =>
  typeof address === "object" && address !== null;

/** A server that answers as the function says. */
export async function serve(answer: (asked: Asked) => Answer): Promise<LocalServer> {
  const asked: Asked[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const question = { method: request.method ?? "", url: request.url ?? "", body: await text(request) };
    asked.push(question);
    const { status = 200, body = "", cut = false } = answer(question);
    if (cut) {
      response.destroy();
      return;
    }
    response.writeHead(status, { "content-type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (!isAddress(address)) throw new Error("a server that listens has a port");
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    asked,
    connections: promisify(server.getConnections.bind(server)),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
