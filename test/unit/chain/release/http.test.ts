// GETs against a real server: what is retried, what is not, and that every failure says what happened.

import { get, HttpFailure, type HttpLimits, HURRY } from "../../../../chain/release/http";
import { type Answer, type Asked, listen, type Server } from "../../../support/release-site";

const LIMITS: HttpLimits = { timeout: 5_000, stall: 5_000, maxBytes: 1_000, retries: 1 };
const servers: Server[] = [];

async function serving(answer: (asked: Asked, nth: number) => Answer): Promise<Server> {
  const server = await listen(answer);
  servers.push(server);
  return server;
}

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
});

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe("an answer", () => {
  test("has status, body, ETag and the server's clock", async () => {
    const date = "Thu, 19 Nov 2026 19:00:00 GMT";
    const { url } = await serving(() => ({ status: 200, body: "hello", headers: { etag: '"a"', date } }));
    const answer = await get(url, LIMITS);
    expect({ ...answer, body: text(answer.body) }).toEqual({
      status: 200,
      body: "hello",
      etag: '"a"',
      date: 1_795_114_800,
      location: undefined,
    });
  });

  test.each([
    ["sent none", { status: 200, timeless: true } as const],
    ["sent nonsense", { status: 200, headers: { date: "yesterday" } }],
  ])("has no clock where the server %s", async (_, answer) => {
    const { url } = await serving(() => answer);
    expect((await get(url, LIMITS)).date).toBeUndefined();
  });

  test("that redirects is returned, and followed only where that is asked for", async () => {
    const server = await serving(({ path }) =>
      path === "/from" ? { status: 302, headers: { location: "/to" } } : { status: 200, body: "there" },
    );
    expect(await get(`${server.url}/from`, LIMITS)).toMatchObject({ status: 302, location: "/to" });
    expect(server.asked.map(({ path }) => path)).toEqual(["/from"]);
    const answer = await get(`${server.url}/from`, LIMITS, { follow: true });
    expect([answer.status, text(answer.body)]).toEqual([200, "there"]);
  });

  test("may be that nothing changed, also behind a redirect", async () => {
    const server = await serving(({ path, etag }) =>
      path === "/from" ? { status: 302, headers: { location: "/to" } } : { status: etag === '"a"' ? 304 : 200 },
    );
    expect(await get(`${server.url}/from`, LIMITS, { follow: true, etag: '"a"' })).toMatchObject({ status: 304 });
    expect(await get(`${server.url}/from`, LIMITS, { follow: true, etag: '"b"' })).toMatchObject({ status: 200 });
  });

  test.each([400, 401, 404, 410])("of %i is an answer: it is returned, and nothing is asked again", async (status) => {
    const server = await serving(() => ({ status }));
    expect(await get(server.url, LIMITS)).toMatchObject({ status });
    expect(server.asked).toHaveLength(1);
  });
});

describe("what may pass is asked again after a pause", () => {
  const failing: [string, Answer, string | RegExp][] = [
    ["an exhausted quota", { status: 403 }, "answered 403"],
    ["too many questions", { status: 429 }, "answered 429"],
    ["a fault of the server", { status: 500, body: "<h1>Oops</h1>" }, "answered 500"],
    ["a server in maintenance", { status: 503 }, "answered 503"],
    ["a connection that is cut", "cut", /closed|hang up|reset/],
    ["a body that is cut short", { half: Buffer.alloc(100) }, /closed|terminated|aborted/],
  ];

  test.concurrent.each(failing)("%s, and it passes", async (_, answer) => {
    const server = await serving((__, nth) => (nth === 1 ? answer : { status: 200, body: "well" }));
    expect(text((await get(server.url, LIMITS)).body)).toBe("well");
    expect(server.asked).toHaveLength(2);
  });

  test.concurrent.each(failing)("%s, and it stays", async (_, answer, message) => {
    const server = await serving(() => answer);
    const failure = await get(server.url, LIMITS).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(HttpFailure);
    expect(failure).toMatchObject({ message: expect.stringMatching(message) });
    expect(server.asked).toHaveLength(2);
  });

  test.concurrent("as often as the limits say", async () => {
    const server = await serving(() => ({ status: 500 }));
    await expect(get(server.url, { ...LIMITS, retries: 0 })).rejects.toThrow("answered 500");
    expect(server.asked).toHaveLength(1);
    await expect(get(server.url, { ...LIMITS, retries: 2 })).rejects.toThrow("answered 500");
    expect(server.asked).toHaveLength(4);
  });
});

test("one that says no tells its time all the same", async () => {
  const date = "Thu, 19 Nov 2026 19:00:00 GMT";
  const { url } = await serving(() => ({ status: 403, headers: { date } }));
  await expect(get(url, { ...LIMITS, ...HURRY })).rejects.toMatchObject({ date: 1_795_114_800 });
  const timeless = await serving(() => ({ status: 403, timeless: true }));
  await expect(get(timeless.url, { ...LIMITS, ...HURRY })).rejects.toMatchObject({ date: undefined });
});

describe("a failure is told as what it is", () => {
  test("a server that does not answer in time", async () => {
    const { url } = await serving(() => "silent");
    await expect(get(url, { ...LIMITS, timeout: 50, retries: 0 })).rejects.toEqual(
      new HttpFailure("did not answer in time"),
    );
  });

  test("a server that begins and goes no further", async () => {
    const { url } = await serving(() => ({ slow: Buffer.alloc(100) }));
    await expect(get(url, { ...LIMITS, stall: 50, retries: 0 })).rejects.toEqual(
      new HttpFailure("sent nothing for 0.05 s"),
    );
  });

  test("is none where bytes go on coming, however long that takes in all", async () => {
    const { url } = await serving(() => ({ pieces: [..."pieces"], pause: 500 }));
    expect(text((await get(url, { ...LIMITS, timeout: 30_000, stall: 2_000, retries: 0 })).body)).toBe("pieces");
  });

  test("a port where nobody is", async () => {
    const server = await listen(() => ({ status: 200 }));
    await server.close();
    const failure = await get(server.url, { ...LIMITS, retries: 0 }).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(HttpFailure);
    expect(failure).toMatchObject({ message: expect.stringContaining("ECONNREFUSED") });
  });

  test("a name that is no URL", async () => {
    await expect(get("http://[", LIMITS)).rejects.toBeInstanceOf(HttpFailure);
  });

  test.each<[string, Partial<Answer & object>]>([
    ["announced", {}],
    ["in pieces", { chunked: true }],
  ])("a body that is too large, %s; it is not asked for again", async (_, how) => {
    const server = await serving(({ path }) => ({ status: 200, body: Buffer.alloc(Number(path.slice(1))), ...how }));
    expect((await get(`${server.url}/1000`, LIMITS)).body).toHaveLength(1_000);
    await expect(get(`${server.url}/1001`, LIMITS)).rejects.toEqual(
      new HttpFailure("answered with more than 1000 bytes"),
    );
    expect(server.asked).toHaveLength(2);
  });
});
