// The host channel: which docker it calls how, and what its failures become.

import { join } from "node:path";
import { dockerRunArgs, type OneShot } from "../../../../components/docker-run";
import { HostChannel } from "../../../../operations/host/channel";
import { DockerHere } from "../../../support/docker-here";
import { ownFolder } from "../../../support/folder";

const folder = ownFolder("channel");
const docker = new DockerHere(join(folder, "docker"));
const host = new HostChannel("ssh://operator@host.example");

const probe: OneShot = {
  owner: { host: "local", stack: "test", id: "0badcafe" },
  role: "probe",
  image: "tools",
  network: "none",
  user: "65534:65534",
  mounts: [],
  command: ["sh", "-c", "true"],
};

beforeEach(() => {
  docker.tell([]);
  docker.calls();
});

test("docker is called for the host of the configuration, with the caller's environment", async () => {
  docker.tell([{ when: "info", stdout: "24105\n" }]);
  expect(await host.docker(["info", "--format", "{{.MemTotal}}"])).toBe("24105");
  const [call] = docker.calls();
  expect(call?.args).toEqual(["info", "--format", "{{.MemTotal}}"]);
  expect(call?.env).toMatchObject({ DOCKER_HOST: "ssh://operator@host.example", HOME: process.env.HOME });
});

describe("promise 9: what docker says becomes a problem with a remedy", () => {
  test.each([
    [
      "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
      "docker-unreachable",
    ],
    [
      "error during connect: Get http://docker.example.com/v1.41/version: command [ssh] has exited",
      "docker-unreachable",
    ],
    ["ssh: connect to host host.example port 22: Connection refused", "docker-unreachable"],
    ["ssh: Could not resolve hostname host.example: Name or service not known", "docker-unreachable"],
    ["Error response from daemon: write /var/lib/docker/tmp: no space left on device", "disk-full"],
    ["Error response from daemon: network ephemery not found", "job"],
  ])("%s", async (stderr, code) => {
    docker.tell([{ when: "network", code: 1, stderr: `${stderr}\n` }]);
    await expect(host.docker(["network", "inspect", "x"])).rejects.toMatchObject({
      code,
      message: expect.stringContaining(stderr),
      remedy: expect.stringMatching(/\S/),
    });
  });

  test.each([
    "Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get http://%2Fvar%2Frun%2Fdocker.sock/v1.41/version: dial unix /var/run/docker.sock: connect: permission denied",
    "permission denied while trying to connect to the docker API at unix:///var/run/docker.sock",
    "error during connect: command [ssh -l operator] has exited with exit status 1, stderr=permission denied while trying to connect to the Docker daemon socket",
  ])("a user who may not use the socket is told how to: %s", async (stderr) => {
    docker.tell([{ when: "version", code: 1, stderr: `${stderr}\n` }]);
    await expect(host.docker(["version"])).rejects.toMatchObject({
      code: "docker-unreachable",
      message: expect.stringContaining("does not let this user in"),
      remedy: expect.stringMatching(/group docker.*log in again.*sudo/),
    });
  });

  test("no docker command at all", async () => {
    const before = process.env.PATH;
    process.env.PATH = join(folder, "nowhere");
    try {
      await expect(host.try(["info"])).rejects.toMatchObject({
        code: "docker-missing",
        remedy: expect.stringContaining("Install"),
      });
    } finally {
      process.env.PATH = before;
    }
  });

  test("a job that takes too long", async () => {
    const slow = { ...probe, command: ["sleep", "20"] };
    const asked = host.oneShot("Reading the key volume", slow, { timeout: 500 });
    await expect(asked).rejects.toMatchObject({
      code: "job",
      message: expect.stringMatching(/Reading the key volume.*took too long/),
    });
  });

  test("an engine that hangs holds nobody for ever", async () => {
    docker.tell([{ when: "network", hangs: true }]);
    const impatient = new HostChannel(host.uri, 500);
    await expect(impatient.docker(["network", "inspect", "x"])).rejects.toMatchObject({
      code: "job",
      message: expect.stringMatching(/took too long/),
      remedy: expect.stringContaining("docs/troubleshooting.md#docker-unreachable"),
    });
  });

  test("what can be aborted is waited for until it is", async () => {
    docker.tell([{ when: "events", hangs: true }]);
    const end = new AbortController();
    const begun = Date.now();
    setTimeout(() => end.abort(), 1_500);
    const result = await new HostChannel(host.uri, 100).try(["events"], { signal: end.signal });
    expect(result).toMatchObject({ ok: false, timedOut: false });
    expect(Date.now() - begun).toBeGreaterThanOrEqual(1_400);
  });

  test("a job that fails without a word has its exit code told", async () => {
    const asked = host.oneShot("Looking for slashing protection", { ...probe, command: ["sh", "-c", "exit 3"] });
    await expect(asked).rejects.toMatchObject({ code: "job", message: expect.stringContaining("exit code 3") });
  });

  test("of many lines the last are shown", async () => {
    const asked = host.oneShot("The job", { ...probe, command: ["sh", "-c", "seq 1 100 >&2; exit 1"] });
    await expect(asked).rejects.toThrow(/: 96\n97\n98\n99\n100$/);
  });
});

test("try never throws for what docker said", async () => {
  docker.tell([{ when: "inspect", code: 1, stderr: "No such container" }]);
  expect(await host.try(["inspect", "x"])).toMatchObject({ ok: false, code: 1, stderr: "No such container" });
});

test("a named job first clears away a run of it that was cut off", async () => {
  await host.oneShot("The job", { ...probe, name: "ephemery-local-test-0badcafe-job-keys", command: ["true"] });
  const calls = docker.calls().map(({ args }) => args);
  expect(calls[0]).toEqual(["rm", "--force", "ephemery-local-test-0badcafe-job-keys"]);
  expect(calls[1]).toEqual(
    dockerRunArgs({ ...probe, name: "ephemery-local-test-0badcafe-job-keys", command: ["true"] }),
  );
});

test("a one-shot's stdout is its result, its stdin the caller's", async () => {
  const result = await host.oneShot(
    "The job",
    { ...probe, command: ["cat"], interactive: true },
    { input: "words on stdin" },
  );
  expect(result).toBe("words on stdin");
});
