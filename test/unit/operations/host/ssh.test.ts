// Another machine by a real sshd on loopback: what is run, written and removed there, and what is said when it fails.

import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { overSsh } from "../../../../operations/host/ssh";
import { freePort } from "../../../support/ephemery";
import { ownFolder } from "../../../support/folder";
import { inFront } from "../../../support/shell";
import { hasSshd, loopbackSshd, type Sshd } from "../../../support/sshd";

const folder = ownFolder("ssh");
const before = process.env.PATH;
const HAS_SSHD = hasSshd();
let sshd: Sshd;

beforeAll(async () => {
  if (!HAS_SSHD) return;
  sshd = await loopbackSshd(folder, ["export XDG_DATA_HOME=/their/data"]);
  process.env.PATH = inFront(sshd.client);
});
afterAll(async () => {
  process.env.PATH = before;
  await sshd?.stop();
});

const there = (what: string, body: (sshd: Sshd) => Promise<void>): void =>
  (HAS_SSHD ? test : test.skip)(what, () => body(sshd));

const ODD = 'it\'s 100% $HOME `id` "x" \\ é\n\n second';

there("its environment is that of a login, not this machine's", async ({ uri, home, bin }) => {
  const machine = overSsh(uri);
  const env = await machine.env();
  expect(env).toMatchObject({ HOME: home, XDG_DATA_HOME: "/their/data" });
  expect(env.PATH?.startsWith(`${bin}:`)).toBe(true);
  expect(env.EPHEMERY_DATA).toBeUndefined();
  expect(await machine.isRoot()).toBe(process.getuid?.() === 0);
});

there("a program gets its arguments and its input as they are, and how it ended is told", async ({ uri }) => {
  const machine = overSsh(uri);
  const script = 'printf "%s|" "$@"; cat; echo oh >&2; exit 7';
  const result = await machine.run("sh", ["-c", script, "sh", ODD, "", "-x"], { input: ODD });
  expect(result).toMatchObject({ ok: false, code: 7, stdout: `${ODD}||-x|${ODD}`, stderr: "oh", missing: false });
});

there("a program that is not there is missing", async ({ uri }) => {
  expect(await overSsh(uri).run("no-such-program", [])).toMatchObject({ ok: false, missing: true });
});

there("promise 6: neither what is run nor what it reads is in an argument of ssh's", async ({ uri, client }) => {
  const [real, spy] = [join(client, "ssh"), join(folder, "spy")];
  mkdirSync(spy, { recursive: true });
  writeFileSync(join(spy, "ssh"), `#!/bin/sh\necho "$@" >> ${join(spy, "args")}\nexec ${real} "$@"\n`, { mode: 0o755 });
  process.env.PATH = inFront(spy);
  try {
    await overSsh(uri).run("cat", [], { input: "secret words" });
    await overSsh(uri).write(join(folder, "secret"), "secret words", 0o600);
  } finally {
    process.env.PATH = inFront(client);
  }
  const args = readFileSync(join(spy, "args"), "utf8");
  expect(args).not.toContain("secret");
  expect(args).toMatch(/BatchMode=yes/);
  // As the docker command takes the same URI.
  const { username, port } = new URL(uri);
  for (const line of args.trim().split("\n")) expect(line).toMatch(` -l ${username} -p ${port} -- 127.0.0.1 sh -s`);
});

there(
  "a file is written with its mode, in folders that are as closed, over one that is there, and removed",
  async ({ uri }) => {
    const machine = overSsh(uri);
    const path = join(folder, "new folder", "it's", "a file");
    expect(await machine.exists(path)).toBe(false);
    for (const text of [ODD, "a second text\n"]) {
      await machine.write(path, text, 0o700);
      expect(readFileSync(path, "utf8")).toBe(text);
    }
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
    expect(await machine.exists(path)).toBe(true);
    await machine.remove(path);
    await machine.remove(path);
    expect(existsSync(path)).toBe(false);
    const open = join(folder, "open", "file");
    await machine.write(open, "x\n", 0o644);
    expect([open, join(open, "..")].map((each) => statSync(each).mode & 0o777)).toEqual([0o644, 0o755]);
  },
);

describe("promise 9: with what to do next", () => {
  there("a file that can't be written is told", async ({ uri }) => {
    writeFileSync(join(folder, "no-folder"), "");
    await expect(overSsh(uri).write(join(folder, "no-folder", "file"), "x", 0o600)).rejects.toMatchObject({
      code: "schedule",
      message: expect.stringContaining("could not be written"),
    });
  });

  there("a machine that does not answer is told, and how to try it by hand", async ({ uri }) => {
    const gone = uri.replace(/\d+$/, String(await freePort()));
    await expect(overSsh(gone).run("true", [])).rejects.toMatchObject({
      code: "schedule",
      message: expect.stringMatching(/can't be reached over ssh: .*Connection refused/),
      remedy: expect.stringMatching(/`ssh -l \S+ -p \d+ 127\.0\.0\.1 true`/),
    });
  });

  there("one that does not know the key is told, and nobody is asked for a password", async ({ uri, client }) => {
    const stranger = join(folder, "stranger");
    mkdirSync(stranger, { recursive: true });
    const known = readFileSync(join(client, "ssh"), "utf8").replaceAll("user-key", "host-key");
    writeFileSync(join(stranger, "ssh"), known, { mode: 0o755 });
    process.env.PATH = inFront(stranger);
    try {
      await expect(overSsh(uri).env()).rejects.toMatchObject({ message: expect.stringContaining("Permission denied") });
    } finally {
      process.env.PATH = inFront(client);
    }
  });

  test("without an ssh command, that is told", async () => {
    process.env.PATH = join(folder, "nothing");
    try {
      await expect(overSsh("ssh://node.example").run("true", [])).rejects.toMatchObject({
        message: expect.stringContaining("there is no ssh command"),
        remedy: expect.stringContaining("`ssh node.example true`"),
      });
    } finally {
      process.env.PATH = HAS_SSHD ? inFront(sshd.client) : before;
    }
  });
});
