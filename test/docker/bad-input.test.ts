// Promise 9: every failure says what failed, where, and what to do next, without a stack trace;
// and promise 2 for a first start: nothing is made before what it needs is there.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REPOSITORY, serveReleases } from "../../rehearsal/server";
import { sourceUrl } from "../../rehearsal/topology";
import { FULU_166 } from "../support/bundles";
import { PrivateEngine } from "../support/engine";
import { type Answer, ephemery, freePort, type OwnStack, ownStack } from "../support/ephemery";
import { host, objectsWith, type Place, place, sweep } from "../support/machine";

jest.setTimeout(300_000);

let where: Place;
let stack: OwnStack;
let folder: string;

/** A stack on a rehearsal that is not this command's to start. */
const elsewhere = { network: "rehearsal", p2pNetwork: "somewhere", beaconClient: "prysm", validatorClient: "prysm" };

beforeAll(async () => {
  where = place("bad");
  folder = mkdtempSync(join(tmpdir(), "ephemery-bad-"));
  stack = await ownStack(where.name, elsewhere);
});

afterEach(async () => {
  // Whatever went wrong, nothing was made.
  expect(await objectsWith(`ephemery.stack=${where.name}`)).toEqual({ containers: [], networks: [], volumes: [] });
});

afterAll(async () => {
  await sweep(`ephemery.stack=${where.name}`);
  await stack?.forget();
  rmSync(folder, { recursive: true, force: true });
  where.dispose();
});

/** Fails as it should: an exit code, no stack trace, something to do next. */
async function refused(config: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv = {}): Promise<string> {
  stack.configure(config);
  return complaint(await ephemery(["up", "--stack", where.name, "--yes"], env));
}

function complaint({ code, stdout, stderr }: Answer): string {
  expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
  expect(stdout).not.toMatch(/^\s+at .*:\d+:\d+/m);
  expect(code).toBe(1);
  return stderr;
}

describe("promise 9: every failure says what failed, where, and what to do next", () => {
  test("a wrong configuration: every mistake at once, by the command and by plain pulumi", async () => {
    const wrong = { ...elsewhere, beaconClient: "lighthose", validatorCount: -3, executionPeer: 9 };
    const said = await refused(wrong);
    const expected = [
      /lighthose.*did you mean "lighthouse"/,
      /validatorCount is -3.*0 to 10000/,
      /did you mean ephemery:executionPeers/,
    ];
    for (const each of expected) expect(said).toMatch(each);
    const plain = await stack.stack.pulumi(["preview", "--stack", where.name, "--non-interactive"]);
    expect(plain.ok).toBe(false);
    for (const each of expected) expect(plain.all).toMatch(each);
    expect(plain.all).not.toMatch(/^\s+at .*:\d+:\d+/m);
  });

  test("a mnemonic in plain text is refused, and not repeated", async () => {
    const words = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    const said = await refused({ ...elsewhere, mnemonic: words });
    expect(said).toMatch(/ephemery:mnemonic is stored in plain text.*--secret/);
    expect(said).not.toContain("sausage");
  });

  test("no Docker Engine where the configuration says", async () => {
    const said = await refused({ ...elsewhere, dockerHost: `unix://${folder}/none.sock` });
    expect(said).toMatch(/The Docker Engine at unix:\/\/\S+none\.sock does not answer/);
    expect(said).toMatch(/ephemery:dockerHost/);
  });

  test("a Docker Engine that is too old", async () => {
    const socket = join(folder, "old.sock");
    const version = { Version: "18.09.9", ApiVersion: "1.39", MinAPIVersion: "1.12", Os: "linux", Arch: "amd64" };
    const server = createHttpServer((request, response) => {
      response.writeHead(200, { "content-type": "application/json", "api-version": "1.39", ostype: "linux" });
      response.end(request.url?.includes("_ping") ? "OK" : JSON.stringify(version));
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    try {
      const said = await refused({ ...elsewhere, dockerHost: `unix://${socket}` });
      expect(said).toMatch(/is 18\.09\.9 \(API 1\.39\)/);
      expect(said).toMatch(/20\.10/);
    } finally {
      server.close();
    }
  });

  test("ports that are taken, by a program and by a container: by whom", async () => {
    const [program, container] = [await freePort(), await freePort()];
    const listener = createServer().listen(program, "0.0.0.0");
    const holder = `ephemery-test-holder-${process.pid}`;
    const publish = ["--detach", "--name", holder, "--publish", `${container}:1234/tcp`];
    try {
      await host.docker(["run", ...publish, "ephemery.local/tools:1.35.0-1", "sleep", "120"]);
      const said = await refused({ executionP2pPort: program, beaconP2pPort: container });
      expect(said).toMatch(new RegExp(`executionP2pPort: ${program}/tcp is taken by .*\\(process ${process.pid}\\)`));
      expect(said).toMatch(new RegExp(`beaconP2pPort: ${container}/tcp is taken by the container ${holder}`));
    } finally {
      listener.close();
      await host.try(["rm", "--force", holder]);
    }
  });

  test("a disk that is too full: how much is free and how much is needed", async () => {
    const root = join(folder, "small");
    mkdirSync(root);
    const { mounted, unmount } = await tmpfs(root, "200m");
    expect(mounted).toBe(true);
    const engine = await PrivateEngine.started(root);
    try {
      const said = await refused({ ...elsewhere, dockerHost: engine.host.uri });
      expect(said).toMatch(/has 0\.\d GiB free; a node needs 3\.5 GiB/);
    } finally {
      await engine.end();
      await unmount();
    }
  });

  test("a wrong passphrase", async () => {
    const said = await refused(elsewhere, { PULUMI_CONFIG_PASSPHRASE: "another" });
    expect(said).toMatch(/the passphrase is missing or wrong/);
    expect(said).toMatch(/PULUMI_CONFIG_PASSPHRASE/);
  });

  test("a bundle cut short: which one, and nothing is made of it", async () => {
    const releases = join(folder, "releases", "ephemery-166");
    mkdirSync(releases, { recursive: true });
    for (const [name, bytes] of [
      ["network-config", FULU_166.standard],
      ["testnet-all", FULU_166.legacy],
    ] as const)
      writeFileSync(join(releases, `${name}.tar.gz`), bytes.subarray(0, bytes.length / 2));
    const port = await freePort();
    const server = await serveReleases(join(folder, "releases"), port);
    try {
      const said = await refused({ ...elsewhere, releaseSources: [sourceUrl(port)] });
      expect(said).toMatch(/ephemery-166/);
      expect(said).toMatch(/truncated|cut short|unexpected end/i);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test("a release source that does not answer, and no record: no resources", async () => {
    const port = await freePort();
    const said = await refused({ ...elsewhere, releaseSources: [sourceUrl(port)] });
    expect(said).toContain(`http://127.0.0.1:${port}/${REPOSITORY}`);
  });
});

async function tmpfs(path: string, size: string): Promise<{ mounted: boolean; unmount: () => Promise<void> }> {
  const run = (program: string, args: string[]): Promise<boolean> =>
    new Promise((resolve) => {
      spawn(program, args, { stdio: "ignore" }).on("close", (code) => resolve(code === 0));
    });
  const mounted = await run("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path]);
  return { mounted, unmount: async () => void (await run("umount", ["-R", path])) };
}
