// HTTP towards release sources, checkpoint providers and image registries: limits on time and size,
// and a few tries with growing pauses where trying again can help.

import pRetry, { AbortError } from "p-retry";

export interface HttpLimits {
  /** Milliseconds for the whole exchange. */
  readonly timeout: number;
  /** Milliseconds without a byte: before the answer begins, and between two pieces of its body. */
  readonly stall: number;
  /** Bytes of a body. */
  readonly maxBytes: number;
  /** Further tries after the first. */
  readonly retries: number;
}

export const QUICK: HttpLimits = { timeout: 10_000, stall: 10_000, maxBytes: 2 ** 20, retries: 2 };
export const DOWNLOAD: HttpLimits = { timeout: 120_000, stall: 10_000, maxBytes: 128 * 2 ** 20, retries: 2 };

/** The same for when something waits that can do without an answer. */
export const HURRY = { timeout: 15_000, stall: 5_000, retries: 0 } as const;

export interface HttpAnswer {
  readonly status: number;
  readonly location: string | undefined;
  readonly etag: string | undefined;
  /** The server's clock, unix seconds; undefined where it sent no Date. */
  readonly date: number | undefined;
  readonly contentType: string | undefined;
  /** WWW-Authenticate: how to be let in. */
  readonly challenge: string | undefined;
  readonly body: Uint8Array;
}

/** A server that can't be reached, or whose answer says nothing about what was asked. */
export class HttpFailure extends Error {
  /** @param date the server's clock, unix seconds; undefined where it told none. */
  constructor(
    message: string,
    readonly date?: number | undefined,
  ) {
    super(message);
  }
}

/** The time in an answer's Date (RFC 9110), unix seconds. */
function dateOf(response: Response): number | undefined {
  const date = Date.parse(response.headers.get("date") ?? "");
  return Number.isNaN(date) ? undefined : Math.floor(date / 1000);
}

/** Answers that may be different in a moment. GitHub says 403 for an exhausted quota. */
const passing = (status: number): boolean => status === 429 || status === 403 || status >= 500;

/** @param alive told that bytes came. */
async function body(response: Response, maxBytes: number, alive: () => void): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    alive();
    size += chunk.length;
    if (size > maxBytes) throw new AbortError(new HttpFailure(`answered with more than ${maxBytes} bytes`));
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** Aborts when nothing comes for a while: a source that stalls must not keep the next one waiting. */
function stallWatch(limit: number): { signal: AbortSignal; alive: () => void; end: () => void } {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(new HttpFailure(`sent nothing for ${limit / 1000} s`)), limit);
  return { signal: stalled.signal, alive: () => timer.refresh(), end: () => clearTimeout(timer) };
}

const causeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "did not answer in time";
  const cause = error.cause instanceof Error ? error.cause : undefined;
  return cause?.message || error.message;
};

/**
 * One GET. Redirects are returned, not followed, unless `follow` says so.
 *
 * @throws HttpFailure when no usable answer came: unreachable, too slow, too large, 403, 429 or 5xx.
 */
export async function get(
  url: string,
  limits: HttpLimits,
  options: {
    readonly etag?: string | undefined;
    readonly follow?: boolean;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<HttpAnswer> {
  const once = async ({ signal, alive }: ReturnType<typeof stallWatch>): Promise<HttpAnswer> => {
    const response = await fetch(url, {
      redirect: options.follow ? "follow" : "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(limits.timeout)]),
      headers: {
        "user-agent": "ephemery-pulumi",
        ...(options.etag === undefined ? {} : { "if-none-match": options.etag }),
        ...options.headers,
      },
    });
    if (passing(response.status)) {
      await response.body?.cancel();
      throw new HttpFailure(`answered ${response.status}`, dateOf(response));
    }
    alive();
    return {
      status: response.status,
      location: response.headers.get("location") ?? undefined,
      etag: response.headers.get("etag") ?? undefined,
      date: dateOf(response),
      contentType: response.headers.get("content-type") ?? undefined,
      challenge: response.headers.get("www-authenticate") ?? undefined,
      body: await body(response, limits.maxBytes, alive),
    };
  };
  const attempt = async (): Promise<HttpAnswer> => {
    const watch = stallWatch(limits.stall);
    try {
      return await once(watch);
    } finally {
      watch.end();
    }
  };
  try {
    return await pRetry(attempt, { retries: limits.retries, minTimeout: 500, maxTimeout: 5_000, randomize: true });
  } catch (error) {
    throw error instanceof HttpFailure ? error : new HttpFailure(causeOf(error));
  }
}
