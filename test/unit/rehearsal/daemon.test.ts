// The release server as a process of its own: the real command, started, found again, and ended.

import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { LOCAL_URI } from "../../../operations/docker-engine";
import { serving, startServer, stopServer } from "../../../rehearsal/daemon";
import { PROFILES } from "../../../rehearsal/profile";
import { load, type Rehearsal, save } from "../../../rehearsal/store";
import { sourceUrl } from "../../../rehearsal/topology";
import { freePort } from "../../support/ephemery";
import { ownFolder } from "../../support/folder";

jest.setTimeout(60_000);

ownFolder("daemon");

let rehearsal: Rehearsal;
beforeEach(async () => {
  rehearsal = {
    name: "daemon-test",
    profile: PROFILES.fulu,
    dockerHost: LOCAL_URI,
    subnet: "10.213.77",
    port: await freePort(),
    mnemonic: "",
    seed: { executionKey: "1".repeat(64), beaconKey: "2".repeat(64) },
    iterations: [],
  };
  await save(rehearsal);
});

const answers = (): Promise<boolean> =>
  fetch(`${sourceUrl(rehearsal.port)}/releases/latest`, { redirect: "manual" }).then(
    () => true,
    () => false,
  );

test("it runs until it is stopped, is remembered, and is not started twice", async () => {
  expect(await serving(rehearsal)).toBe(false);
  const started = await startServer(rehearsal);
  try {
    expect(await serving(started)).toBe(true);
    expect(await answers()).toBe(true);
    expect((await load("daemon-test"))?.server).toEqual(started.server);
    expect(await startServer(started)).toBe(started);
  } finally {
    await stopServer(started);
  }
  expect(await serving(started)).toBe(false);
  expect(await answers()).toBe(false);
  await expect(stopServer(started)).resolves.toBeUndefined();
});

test("a process that has got its number is not taken for it, and not ended", async () => {
  const stranger: ChildProcess = spawn("sleep", ["60"]);
  try {
    const mistaken = { ...rehearsal, server: { pid: stranger.pid ?? 0, started: "" } };
    expect(await serving(mistaken)).toBe(false);
    await stopServer(mistaken);
    expect(stranger.signalCode ?? stranger.exitCode).toBeNull();
  } finally {
    stranger.kill();
  }
});

test("the server of another rehearsal is not taken for it", async () => {
  const started = await startServer(rehearsal);
  try {
    expect(await serving({ ...started, name: "daemon" })).toBe(false);
    expect(await serving({ ...started, name: "daemon-test-2" })).toBe(false);
  } finally {
    await stopServer(started);
  }
});

test("promise 9: a port of another program is told, with a way out", async () => {
  const taken = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"));
  await new Promise<void>((resolve) => taken.listen(rehearsal.port, "127.0.0.1", resolve));
  try {
    await expect(startServer(rehearsal)).rejects.toMatchObject({
      code: "port-taken",
      message: expect.stringContaining(String(rehearsal.port)),
      remedy: expect.stringContaining("--port"),
    });
  } finally {
    taken.close();
  }
});
