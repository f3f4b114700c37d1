// HTTP through a tunnel: the server is real, the container between is a docker-here that passes bytes.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HostChannel } from "../../../../operations/host/channel";
import { Tunnel, type TunnelTarget, Unreachable, within } from "../../../../operations/host/tunnel";
import { DockerHere } from "../../../support/docker-here";
import { ownFolder } from "../../../support/folder";
import { type Answer, type LocalServer, serve } from "../../../support/http";

jest.setTimeout(60_000);

const docker = new DockerHere(join(ownFolder("tunnel"), "docker"));
const target: TunnelTarget = {
  owner: { host: "local", stack: "test", id: "0badcafe" },
  image: "sha256:f00",
  network: "ephemery-local-test-0badcafe-api-network",
  url: "http://beacon:3500",
};

/** A docker that waits for ever, whatever becomes of its stdin. */
class HangingChannel extends HostChannel {
  static readonly children: ChildProcessWithoutNullStreams[] = [];

  override open(): ChildProcessWithoutNullStreams {
    const child = spawn("sleep", ["600"]);
    HangingChannel.children.push(child);
    return child;
  }
}

let answer: Answer = {};
let server: LocalServer;
let tunnel: Tunnel;

beforeAll(async () => {
  server = await serve(() => answer);
  docker.reach({ "beacon:3500": server.port });
});
afterAll(() => server.close());
beforeEach(() => {
  docker.calls();
  tunnel = new Tunnel(new HostChannel("unix:///nowhere"), target);
});
afterEach(() => tunnel.close());

test("status and body of an answer come through, whatever the status", async () => {
  for (const [status, body] of [
    [200, '{"data":1}'],
    [404, "no block"],
    [503, ""],
  ] as const) {
    answer = { status, body };
    expect(await tunnel.send("GET", "/eth/v1/node/version")).toEqual({ status, body });
  }
});

test("a question's body is JSON, its length in bytes", async () => {
  answer = { body: "ok" };
  await tunnel.send("POST", "/eth/v1/validator/liveness/7", ["1", "Ä€"]);
  expect(server.asked.at(-1)).toEqual({ method: "POST", url: "/eth/v1/validator/liveness/7", body: '["1","Ä€"]' });
});

test("an answer of some megabytes comes through whole", async () => {
  const body = Array.from({ length: 300_000 }, (_, index) => index).join(",");
  answer = { body };
  expect((await tunnel.send("GET", "/large")).body).toBe(body);
});

test("many questions, also at the same time, go through one container", async () => {
  answer = { body: "ok" };
  await Promise.all(Array.from({ length: 8 }, (_, index) => tunnel.send("GET", `/${index}`)));
  await tunnel.send("GET", "/last");
  const runs = docker.calls().filter(({ args }) => args[0] === "run");
  expect(runs).toHaveLength(1);
  expect(runs[0]?.args.slice(-4)).toEqual(["sha256:f00", "nc", "beacon", "3500"]);
  expect(runs[0]?.args).toEqual(
    expect.arrayContaining(["--interactive", "--network=ephemery-local-test-0badcafe-api-network"]),
  );
  expect(runs[0]?.env.DOCKER_HOST).toBe("unix:///nowhere");
});

test("a connection that is cut is Unreachable, and the next question finds a new way", async () => {
  answer = { cut: true };
  await expect(tunnel.send("GET", "/cut")).rejects.toBeInstanceOf(Unreachable);
  answer = { body: "back" };
  expect((await tunnel.send("GET", "/again")).body).toBe("back");
});

test("what nobody listens on is Unreachable, by its name", async () => {
  const nobody = new Tunnel(new HostChannel("unix:///nowhere"), { ...target, url: "http://execution:8545" });
  try {
    await expect(nobody.send("GET", "/")).rejects.toThrow(/^http:\/\/execution:8545 /);
  } finally {
    nobody.close();
  }
});

test("within a container it is its loopback that is dialled", async () => {
  const network = within("ephemery-local-test-0badcafe-beacon");
  docker.reach({ "127.0.0.1:3500": server.port });
  const inside = new Tunnel(new HostChannel("unix:///nowhere"), { ...target, network });
  try {
    answer = { body: "ok" };
    await inside.send("GET", "/");
  } finally {
    inside.close();
    docker.reach({ "beacon:3500": server.port });
  }
  const [asked] = docker.calls().filter(({ args }) => args[0] === "run");
  expect(asked?.args).toContain("--network=container:ephemery-local-test-0badcafe-beacon");
  expect(asked?.args.slice(-3)).toEqual(["nc", "127.0.0.1", "3500"]);
});

test("an engine that starts no container and does not end is not waited for", async () => {
  const hung = new Tunnel(new HangingChannel("unix:///nowhere"), target, 100);
  await Promise.race([hung.send("GET", "/").catch(() => undefined), sleep(200)]);
  const [child] = HangingChannel.children;
  expect(child?.exitCode ?? child?.signalCode).toBeNull();
  const ended = once(child ?? process, "exit");
  hung.close();
  expect(await ended).toEqual([null, "SIGKILL"]);
});

test("a URL with a path is where each path begins", async () => {
  const below = new Tunnel(new HostChannel("unix:///nowhere"), { ...target, url: "http://beacon:3500/api/" });
  try {
    answer = { body: "ok" };
    await below.send("GET", "/eth/v1/node/version");
    expect(server.asked.at(-1)?.url).toBe("/api/eth/v1/node/version");
  } finally {
    below.close();
  }
});

test("behind https nobody is believed without a certificate", async () => {
  const tls = new Tunnel(new HostChannel("unix:///nowhere"), { ...target, url: "https://beacon:3500" });
  try {
    await expect(tls.send("GET", "/")).rejects.toBeInstanceOf(Unreachable);
  } finally {
    tls.close();
  }
});

test("a tunnel that is closed holds no connection and no container", async () => {
  answer = { body: "ok" };
  await tunnel.send("GET", "/");
  tunnel.close();
  for (let attempt = 0; attempt < 500 && (await server.connections()) > 0; attempt++) await sleep(20);
  expect(await server.connections()).toBe(0);
});
