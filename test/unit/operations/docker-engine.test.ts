// This machine's Docker Engine as set-up finds it, installs it and starts it. The machine is a PATH with programs of the
// test's own.

import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { engineSteps, missingEngine, startUnit } from "../../../operations/docker-engine";
import { installed, mayInstall } from "../../../operations/packages";
import { ownFolder } from "../../support/folder";

const folder = ownFolder("engine");
const apt = join(folder, "apt");
const before = process.env.PATH;
const root = process.getuid?.() === 0;

const program = (name: string, script: string): void =>
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

beforeAll(() => {
  process.env.PATH = folder;
  symlinkSync("/usr/bin/which", join(folder, "which"));
  symlinkSync("/bin/sh", join(folder, "sh"));
});
afterAll(() => {
  process.env.PATH = before;
});
beforeEach(() => {
  for (const name of ["docker", "dockerd", "apt-get", "apt-cache", "systemctl", "apt"])
    rmSync(join(folder, name), { force: true });
});

const CANNOT = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
const MAY_NOT = "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock";
const says = (stderr: string): string => `echo '${stderr}' >&2; exit 1`;

test("an engine without the docker command is not installed", async () => {
  program("dockerd", "");
  expect(await missingEngine()).toBe("The docker command (apt-get install docker-cli)");
  expect(await engineSteps()).toMatchObject([{ done: false }, { done: false }]);
});

test("with both it is, and has to be started", async () => {
  program("dockerd", "");
  program("docker", says(CANNOT));
  expect(await missingEngine()).toBeUndefined();
  expect(await engineSteps()).toMatchObject([{ done: true }, { done: false }]);
});

test("one that answers needs nothing", async () => {
  program("docker", "echo 28.5.1");
  expect(await missingEngine()).toBeUndefined();
  expect(await engineSteps()).toMatchObject([{ done: true }, { done: true }]);
});

test("what only root runs is found where the PATH of others does not lead", async () => {
  program("dockerd", "");
  process.env.PATH = before;
  try {
    expect(await installed("ephemery-no-such-program", [folder])).toBe(false);
    expect(await installed("dockerd", [folder])).toBe(true);
  } finally {
    process.env.PATH = folder;
  }
});

test("a user who may not use the engine is told so, and not that there is none", async () => {
  program("docker", says(MAY_NOT));
  const refused = { code: "docker-unreachable", remedy: expect.stringMatching(/group docker.*sudo/) };
  await expect(missingEngine()).rejects.toMatchObject(refused);
  await expect(engineSteps()).rejects.toMatchObject(refused);
});

test("an engine that systemd can't start is told of at once, with its words", async () => {
  program("systemctl", says("Failed to start docker.service: Interactive authentication required."));
  await expect(startUnit()).rejects.toMatchObject({
    code: "docker-unreachable",
    message: expect.stringContaining("Interactive authentication required"),
    remedy: expect.stringContaining("sudo systemctl start docker"),
  });
  program("systemctl", "");
  await startUnit();
});

describe("the step that installs it", () => {
  /** A release of Debian; whether the docker command comes with one of the packages that are asked for. */
  const release = (known: string, command: string): void => {
    program("apt-cache", `echo "Package: ${known}"`);
    const comes = `case "$*" in *install*${command}*) printf '#!/bin/sh\\n' > ${folder}/docker; /bin/chmod +x ${folder}/docker;; esac`;
    program("apt-get", `echo "$*" >> ${apt}\n${comes}`);
  };
  const install = async (): Promise<void> => {
    const [step] = await engineSteps();
    await step?.run(() => undefined);
  };
  const asked = (): string => (existsSync(apt) ? readFileSync(apt, "utf8") : "");

  test("without root, or elsewhere than on Debian, says what to do", async () => {
    if (await mayInstall()) return;
    await expect(install()).rejects.toMatchObject({ code: "docker-missing" });
  });

  const onDebian = root ? test : test.skip;

  onDebian.each([
    ["docker-cli", "docker-cli", /install .* iproute2 busybox-static docker-cli$/m],
    ["docker.io", "busybox-static", /install .* iproute2 busybox-static$/m],
  ])("asks for the command's own package where apt knows it: %s", async (known, command, words) => {
    if (!(await mayInstall())) return;
    program("dockerd", "");
    release(known, command);
    await install();
    expect(asked()).toMatch(words);
    // Another vendor's engine is not put out of its place.
    expect(asked()).not.toContain("docker.io");
  });

  onDebian("is not done where the command did not come with it", async () => {
    if (!(await mayInstall())) return;
    program("dockerd", "");
    release("docker.io", "nothing-of-it");
    await expect(install()).rejects.toMatchObject({
      code: "docker-missing",
      message: expect.stringContaining("No package of these has the docker command."),
    });
  });
});
