// Where Pulumi, its plugins and the clients' images come from on this machine:
// their vendors, or Go modules. Kept once it has worked, so that nothing is ever half of each.

import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { Problem } from "../config/problem";
import { STATE_FOLDER } from "./paths";
import { writeWhole } from "./write-whole";

/** `official`: the vendors' downloads and registries; `built`: made on this machine from package registries. */
export type Origin = "official" | "built";

const FILE = join(STATE_FOLDER, "machine.json");

/** How to have it found out anew. */
export const FIND_AGAIN =
  "Where there is a file .ephemery/machine.json, remove it: it keeps what was found once, whatever can be reached today.";

const schema = z.object({ origin: z.enum(["official", "built"]) });

/** Asked to find out whether vendors can be reached: where the CLI would come from. */
const VENDOR = "https://get.pulumi.com/";
const PATIENCE = 5_000;

async function vendorAnswers(): Promise<boolean> {
  try {
    const response = await fetch(VENDOR, { method: "HEAD", signal: AbortSignal.timeout(PATIENCE) });
    return response.status < 500;
  } catch {
    return false;
  }
}

/** What this machine was set up with; undefined on one that was not. */
export async function knownOrigin(file = FILE): Promise<Origin | undefined> {
  const forced = process.env.EPHEMERY_ORIGIN;
  if (forced !== undefined && forced !== "") {
    const parsed = schema.shape.origin.safeParse(forced);
    if (parsed.success) return parsed.data;
    throw new Problem("toolchain", `EPHEMERY_ORIGIN is ${JSON.stringify(forced)}.`, "It can be official or built.");
  }
  return keptOrigin(file);
}

async function keptOrigin(file: string): Promise<Origin | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(file, "utf8"))).origin;
  } catch {
    return undefined;
  }
}

/** The origin of this machine, found out now if it is not known. */
export async function findOrigin(): Promise<Origin> {
  return (await knownOrigin()) ?? ((await vendorAnswers()) ? "official" : "built");
}

/**
 * Keeps what this machine was set up with, also where that was forced: a run that a timer starts does not have the
 * variable. Not before the toolchain is ready: after a set-up that failed, as for a network that was away for a moment,
 * the next one asks again.
 */
export async function keepOrigin(origin: Origin, file = FILE): Promise<void> {
  if ((await keptOrigin(file)) === origin) return;
  await mkdir(dirname(file), { recursive: true });
  await writeWhole(file, `${JSON.stringify({ origin })}\n`);
}

/** One line that says which it is. */
export function describeOrigin(origin: Origin): string {
  return origin === "official"
    ? "Pulumi, plugins and images: official downloads"
    : "Pulumi, plugins and rehearsal images: built from Go modules, because the vendors' hosts can't be reached";
}

/** Which images run: `local` ones are built on this machine. */
export type ImageOrigin = "official" | "local";

/** The public network runs official images; a rehearsal those that set-up found it can have, unless the settings say. */
export async function imageOriginOf(
  network: "ephemery" | "rehearsal",
  images: "auto" | ImageOrigin = "auto",
): Promise<ImageOrigin> {
  if (network === "ephemery") return "official";
  if (images !== "auto") return images;
  return (await knownOrigin()) === "built" ? "local" : "official";
}
