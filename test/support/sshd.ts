// A real sshd on loopback, for tests of what is done on another machine: with keys, configuration and a home of its own,
// run by the user who runs the test. "There" a login finds the programs of a folder before those of the machine.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./ephemery";
import { inFront } from "./shell";

export interface Sshd {
  /** As ephemery:dockerHost. */
  readonly uri: string;
  /** Home of the user there. */
  readonly home: string;
  /** Programs that a login there finds first. */
  readonly bin: string;
  /** Folder with the ssh command that knows the way, for the PATH here. */
  readonly client: string;
  stop(): Promise<void>;
}

const where = (program: string): string | undefined => {
  const found = spawnSync("sh", ["-c", `PATH=$PATH:/usr/sbin:/sbin command -v ${program}`], { encoding: "utf8" });
  return found.status === 0 ? found.stdout.trim() : undefined;
};

/** Debian's, where it can be had without a service of it being started. */
function install(): void {
  if (where("apt-get") === undefined || process.getuid?.() !== 0 || existsSync("/run/systemd/system")) return;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const apt = (...args: string[]): void => {
    spawnSync("apt-get", ["-qq", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10", ...args], { env });
  };
  apt("update");
  apt("install", "-y", "--no-install-recommends", "openssh-server", "openssh-client");
}

interface Programs {
  readonly sshd: string;
  readonly ssh: string;
  readonly keygen: string;
}

function programs(): Programs | undefined {
  const [sshd, ssh, keygen] = ["sshd", "ssh", "ssh-keygen"].map(where);
  return sshd && ssh && keygen ? { sshd, ssh, keygen } : undefined;
}

/** Whether a test can have an sshd; where it can't, that is said aloud. */
export function hasSshd(): boolean {
  if (!programs()) install();
  if (programs()) return true;
  process.stderr.write("NOT TESTED: nothing is tried over ssh, for want of an sshd (apt-get install openssh-server)\n");
  return false;
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("data", () => resolve(true)).once("error", () => resolve(false));
    socket.once("close", () => resolve(false)).setTimeout(2_000, () => socket.destroy());
  });
}

/** sshd as root separates its privileges in a folder that the system's own start makes. */
const SEPARATION = "/run/sshd";

/**
 * @param folder a test's own.
 * @param profile lines of the user's profile there.
 */
export async function loopbackSshd(folder: string, profile: readonly string[] = []): Promise<Sshd> {
  const found = programs();
  if (!found) throw new Error("there is no sshd; ask first");
  const { sshd, ssh, keygen } = found;
  const [home, bin, client, port] = [
    join(folder, "home"),
    join(folder, "bin"),
    join(folder, "client"),
    await freePort(),
  ];
  for (const each of [home, bin, client]) mkdirSync(each, { recursive: true });
  for (const key of ["host", "user"])
    spawnSync(keygen, ["-q", "-t", "ed25519", "-N", "", "-C", key, "-f", join(folder, `${key}-key`)]);
  const publicKey = (key: string): string =>
    spawnSync(keygen, ["-y", "-f", join(folder, `${key}-key`)], { encoding: "utf8" }).stdout.trim();
  writeFileSync(join(folder, "authorized"), `${publicKey("user")}\n`, { mode: 0o600 });
  writeFileSync(join(folder, "known"), `[127.0.0.1]:${port} ${publicKey("host")}\n`);
  // Without a profile's PATH a session finds the machine's own programs only.
  writeFileSync(
    join(home, ".profile"),
    [
      `echo "a profile may say what it likes"`,
      `PATH=${bin}:${dirname(process.execPath)}:$PATH`,
      "export PATH",
      ...profile,
      "",
    ].join("\n"),
  );
  const config = [
    "ListenAddress 127.0.0.1",
    `Port ${port}`,
    `HostKey ${join(folder, "host-key")}`,
    `AuthorizedKeysFile ${join(folder, "authorized")}`,
    "PidFile none",
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "PermitRootLogin yes",
    "PrintMotd no",
    `SetEnv HOME=${home} PATH=${inFront(bin)}`,
  ];
  writeFileSync(join(folder, "sshd_config"), `${config.join("\n")}\n`);
  const options = [
    `IdentityFile=${join(folder, "user-key")}`,
    `UserKnownHostsFile=${join(folder, "known")}`,
    "IdentitiesOnly=yes",
    "StrictHostKeyChecking=yes",
  ];
  const words = ["-F", "none", ...options.flatMap((option) => ["-o", option])];
  writeFileSync(join(client, "ssh"), `#!/bin/sh\nexec ${[ssh, ...words].map((word) => `'${word}'`).join(" ")} "$@"\n`, {
    mode: 0o755,
  });
  const made = process.getuid?.() === 0 && !existsSync(SEPARATION);
  if (made) mkdirSync(SEPARATION, { mode: 0o755 });
  const child: ChildProcess = spawn(sshd, ["-D", "-e", "-f", join(folder, "sshd_config")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr?.on("data", (chunk) => {
    log += chunk;
  });
  for (let look = 0; look < 100 && !(await answers(port)); look++) {
    if (child.exitCode !== null) throw new Error(`sshd ended with ${child.exitCode}: ${log}`);
    await sleep(100);
  }
  return {
    uri: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    home,
    bin,
    client,
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.kill("SIGTERM")) await ended;
      if (made) rmdirSync(SEPARATION);
    },
  };
}
