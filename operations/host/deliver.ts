// Files streamed into a volume of a host: as a tar on the stdin of a one-shot
// container, checked there against their digests, put in place all or none.

import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import { shellQuote } from "../../components/docker-run";
import type { Owner } from "../../components/names";
import { dockerName } from "../../components/names";
import type { HostChannel } from "./channel";

export interface Delivery {
  /** What fails when it fails, for the message. */
  readonly what: string;
  readonly owner: Owner;
  /** Name of the job, for its container. */
  readonly job: string;
  readonly image: string;
  readonly volume: string;
  /** Folder in the volume; "." is its root. */
  readonly folder: string;
  readonly uid: number;
  readonly gid: number;
  /** Octal mode of each file; folders get the same with the right to enter. */
  readonly mode: "0444" | "0400";
  readonly generation?: string;
  /**
   * Lines of a shell script that put the files in place instead, from the folder they arrived in, which is in the
   * volume's root; they are the layer's own then, with the mode.
   */
  readonly place?: readonly string[];
}

const SUMS = "SHA256SUMS";
const TIMEOUT = 300_000;

/** The files and their digests as an uncompressed tar. */
export async function tarOf(files: ReadonlyMap<string, Uint8Array>): Promise<Buffer> {
  const archive = pack();
  const whole = buffer(archive);
  const sums = [...files].map(([name, bytes]) => `${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`);
  for (const [name, bytes] of files) archive.entry({ name, mtime: new Date(0) }, Buffer.from(bytes));
  archive.entry({ name: SUMS, mtime: new Date(0) }, sums.join(""));
  archive.finalize();
  return whole;
}

/** All of them into the folder. */
function placing({ folder, uid, gid, mode }: Delivery): readonly string[] {
  return [
    `mkdir -p ../${shellQuote(folder)}`,
    `mv -f * ../${shellQuote(folder)}/`,
    "cd ..",
    `chown ${uid}:${gid} ${shellQuote(folder)}`,
    `chmod ${mode === "0444" ? "0555" : "0700"} ${shellQuote(folder)}`,
  ];
}

/** A stream that was cut short has no sums, or files that don't match them. */
function receive(delivery: Delivery): string {
  const { uid, gid, mode } = delivery;
  return [
    "set -eu",
    "umask 077",
    "cd /volume",
    "rm -rf .incoming && mkdir .incoming",
    "tar -x -f - -C .incoming",
    "cd .incoming",
    `sha256sum -c ${SUMS} >/dev/null`,
    `rm ${SUMS}`,
    `chmod ${mode} *`,
    `chown ${uid}:${gid} *`,
    ...(delivery.place ?? placing(delivery)),
    "rmdir /volume/.incoming",
  ].join("\n");
}

/** Puts files into a volume. The volume's other files stay as they are. */
export async function deliver(
  host: HostChannel,
  delivery: Delivery,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const { owner, job, image, volume, generation } = delivery;
  await host.oneShot(
    delivery.what,
    {
      owner,
      role: "job",
      name: dockerName(owner, `job-${job}`, generation),
      ...(generation === undefined ? {} : { generation }),
      image,
      network: "none",
      mounts: [{ volume, path: "/volume", readOnly: false }],
      command: ["sh", "-c", receive(delivery)],
      interactive: true,
    },
    { input: await tarOf(files), timeout: TIMEOUT },
  );
}
