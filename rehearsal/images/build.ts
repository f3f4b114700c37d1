// Images of a rehearsal on a machine that reaches no registry: a program built
// from Go modules, the libraries it is linked to, and the tools the official image has.

import { chmod, copyFile, cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Problem } from "../../config/problem";
import type { HostChannel } from "../../operations/host/channel";
import { build } from "../../toolchain/go";
import { CLIENT_RECIPES, type Recipe } from "../../toolchain/recipes";
import { run } from "../../toolchain/run";

interface LocalImage {
  /** Programs that are built, and their paths in the image. */
  readonly built: readonly { readonly recipe: Recipe; readonly path: string }[];
  /** Programs of this machine that are copied, and their paths in the image. */
  readonly copied: readonly { readonly program: string; readonly path: string }[];
  /** Whether every busybox applet is there under its own name. */
  readonly busybox: boolean;
  readonly entrypoint: readonly string[];
}

const COREUTILS = ["cat", "ls", "mkdir", "sleep", "stat", "touch", "date"];

const prysm = (recipe: Recipe, path: string): LocalImage => ({
  built: [{ recipe, path }],
  // As in the official images: bash under the name of sh, coreutils, and neither wget nor grep.
  copied: [
    { program: "bash", path: "/bin/sh" },
    ...COREUTILS.map((program) => ({ program, path: `/usr/bin/${program}` })),
  ],
  busybox: false,
  entrypoint: [path],
});

/** Image names without tag; the tag in clients/ ends in a revision that is raised when a recipe here changes. */
const IMAGES: Readonly<Record<string, LocalImage>> = {
  "ephemery.local/tools": { built: [], copied: [], busybox: true, entrypoint: [] },
  "ephemery.local/geth": {
    built: [{ recipe: CLIENT_RECIPES.geth, path: "/usr/local/bin/geth" }],
    copied: [],
    busybox: true,
    entrypoint: ["geth"],
  },
  "ephemery.local/prysm-beacon-chain": prysm(CLIENT_RECIPES["prysm-beacon-chain"], "/beacon-chain"),
  "ephemery.local/prysm-validator": prysm(CLIENT_RECIPES["prysm-validator"], "/validator"),
  "ephemery.local/prysmctl": prysm(CLIENT_RECIPES.prysmctl, "/prysmctl"),
};

/** Whether a host has an image: not by its channel, to which no Docker is an error, while set-up has yet to install it. */
export async function hasImage({ uri }: HostChannel, reference: string): Promise<boolean> {
  const args = ["image", "inspect", "--format", "{{.Id}}", reference];
  return (await run("docker", args, { env: { DOCKER_HOST: uri } })).ok;
}

/** The programs a local image is made of. */
export const programsOf = (reference: string): readonly Recipe[] =>
  IMAGES[nameOf(reference)]?.built.map(({ recipe }) => recipe) ?? [];

const nameOf = (reference: string): string => reference.slice(0, reference.lastIndexOf(":"));

/**
 * Makes a local image, if it is not there.
 *
 * @param reference name and tag as in clients/.
 * @throws Problem `toolchain` when something it is made of is missing.
 */
export async function buildImage(host: HostChannel, reference: string, report: (line: string) => void): Promise<void> {
  if (await hasImage(host, reference)) return;
  const image = IMAGES[nameOf(reference)];
  if (!image) throw new Problem("toolchain", `${reference} can't be built on this machine.`, "Name another image.");
  const root = await mkdtemp(join(tmpdir(), "ephemery-image-"));
  try {
    await skeleton(root);
    for (const { recipe, path } of image.built) {
      const program = await build(recipe, report);
      await install(root, program, path);
    }
    for (const { program, path } of image.copied) await install(root, await which(program), path);
    if (image.busybox) await installBusybox(root);
    report(`import ${reference}`);
    await importImage(host, root, reference, image);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function skeleton(root: string): Promise<void> {
  for (const folder of ["tmp", "etc", "root", "bin", "usr/bin", "usr/local/bin"])
    await mkdir(join(root, folder), { recursive: true });
  await chmod(join(root, "tmp"), 0o1777);
  await writeFile(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
}

/**
 * A program and every library it is linked to, each at its own path. Not those glibc loads to resolve names:
 * Go resolves by itself, and a static busybox crashes on them.
 */
async function install(root: string, program: string, path: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await copyFile(program, join(root, path));
  await chmod(join(root, path), 0o755);
  const { stdout } = await run("ldd", [program]);
  const libraries = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => match[1] ?? "");
  for (const library of libraries.filter((each) => each !== "")) {
    await mkdir(dirname(join(root, library)), { recursive: true });
    await cp(library, join(root, library), { dereference: true, force: true });
  }
}

async function which(program: string): Promise<string> {
  const result = await run("which", [program]);
  if (!result.ok) throw new Problem("toolchain", `${program} is not on this machine.`, `Install it, then try again.`);
  return result.stdout.trim();
}

async function installBusybox(root: string): Promise<void> {
  const busybox = await which("busybox");
  await install(root, busybox, "/bin/busybox");
  const { stdout } = await run(busybox, ["--list"]);
  for (const applet of stdout.split("\n").filter((each) => each !== "" && each !== "busybox")) {
    await symlink("busybox", join(root, "bin", applet)).catch(() => undefined);
  }
}

async function importImage(host: HostChannel, root: string, reference: string, image: LocalImage): Promise<void> {
  const changes = ["ENV PATH=/usr/local/bin:/usr/bin:/bin"];
  if (image.entrypoint.length > 0) changes.push(`ENTRYPOINT ${JSON.stringify(image.entrypoint)}`);
  const archive = `${root}.tar`;
  try {
    await run("tar", [
      "--create",
      `--file=${archive}`,
      `--directory=${root}`,
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      ".",
    ]);
    const options = changes.flatMap((change) => ["--change", change]);
    const result = await host.try(["import", ...options, archive, reference]);
    if (result.ok) return;
    throw new Problem(
      "toolchain",
      `Docker did not take the image ${reference}: ${result.stderr}`,
      "Check `docker info` and the disk, then try again.",
    );
  } finally {
    await rm(archive, { force: true });
  }
}
