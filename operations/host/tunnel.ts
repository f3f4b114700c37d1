// HTTP to a client's API on the node's own networks: a short-lived container there
// passes bytes between its stdin and the port. It opens no port, and works wherever docker does.

import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { Agent, request } from "node:http";
import { isIP } from "node:net";
import { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { connect } from "node:tls";
import type { Owner } from "../../components/names";
import type { HostChannel } from "./channel";

export interface TunnelTarget {
  readonly owner: Owner;
  /** Image with busybox nc. */
  readonly image: string;
  /** Docker network the port is reached on, or the namespace of the container that listens to it: see `within`. */
  readonly network: string;
  /**
   * Base URL as a container there dials it; https is spoken from here, with the certificate checked. Within a container
   * the host is its loopback, whatever the URL says.
   */
  readonly url: string;
}

export interface TunnelAnswer {
  readonly status: number;
  readonly body: string;
}

const WITHIN = "container:";

/**
 * The network namespace of a container that runs. Nothing joins or leaves a Docker network for a question then: Docker
 * 20.10 hangs for good, and starts no container any more, when two do so at the wrong moment (moby/moby#46661).
 */
export const within = (container: string): string => `${WITHIN}${container}`;

/** What is behind the tunnel does not answer. */
export class Unreachable extends Error {}

/** One connection that is used again and again. */
class PipeAgent extends Agent {
  constructor(private readonly pipe: () => Duplex) {
    super({ keepAlive: true, maxSockets: 1 });
  }

  override createConnection(): Duplex {
    return this.pipe();
  }
}

/** What an agent sets on a socket and a pipe does not have. */
const asSocket = (pipe: Duplex): Duplex => {
  const ignored = (): Duplex => pipe;
  return Object.assign(pipe, {
    setKeepAlive: ignored,
    setNoDelay: ignored,
    setTimeout: ignored,
    ref: ignored,
    unref: ignored,
  });
};

const PATIENCE = 20_000;

export class Tunnel {
  private readonly agent: Agent;
  private readonly children: ChildProcessWithoutNullStreams[] = [];

  private readonly url: URL;

  /** @param grace milliseconds in which a container ends by itself once nothing more is asked. */
  constructor(
    private readonly channel: HostChannel,
    private readonly target: TunnelTarget,
    private readonly grace = 10_000,
  ) {
    this.url = new URL(target.url);
    this.agent = new PipeAgent(() => this.pipe());
  }

  private pipe(): Duplex {
    const { owner, image, network } = this.target;
    const { hostname, port, protocol } = this.url;
    const tls = protocol === "https:";
    const address = network.startsWith(WITHIN) ? "127.0.0.1" : hostname;
    const command = ["nc", address, port || (tls ? "443" : "80")];
    const child = this.channel.open({ owner, role: "probe", image, network, user: "65534:65534", mounts: [], command });
    this.children.push(child);
    const stream = asSocket(Duplex.from({ readable: child.stdout, writable: child.stdin }));
    child.on("error", (error) => stream.destroy(error));
    child.stderr.resume();
    return tls ? connect({ socket: stream, servername: isIP(hostname) === 0 ? hostname : "" }) : stream;
  }

  /** @throws Unreachable */
  async send(method: "GET" | "POST", path: string, body?: unknown): Promise<TunnelAnswer> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      host: this.url.host,
      accept: "application/json",
      ...(payload === undefined
        ? {}
        : { "content-type": "application/json", "content-length": Buffer.byteLength(payload) }),
    };
    try {
      return await new Promise<TunnelAnswer>((resolve, reject) => {
        const sent = request(
          {
            method,
            path: `${this.url.pathname.replace(/\/$/, "")}${path}`,
            headers,
            agent: this.agent,
            signal: AbortSignal.timeout(PATIENCE),
          },
          (response) => {
            text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject);
          },
        );
        sent.on("error", reject);
        sent.end(payload);
      });
    } catch (error) {
      throw new Unreachable(`${this.target.url} ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Ends the containers: without stdin, nc ends by itself. An engine that hangs is not waited for. */
  close(): void {
    this.agent.destroy();
    for (const child of this.children) {
      child.stdin.end();
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const end = setTimeout(() => child.kill("SIGKILL"), this.grace);
      child.once("exit", () => clearTimeout(end)).once("error", () => clearTimeout(end));
    }
  }
}
