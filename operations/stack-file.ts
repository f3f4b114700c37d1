// Pulumi.<stack>.yaml, read and checked before the engine starts: a mistake is
// answered at once, and all of them together.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { NAMESPACE, parseValues } from "../config/parse";
import { Problem } from "../config/problem";
import { type Settings, toSettings } from "../config/settings";
import { ROOT } from "../toolchain/paths";

const fileSchema = z.looseObject({ config: z.record(z.string(), z.unknown()).nullish().or(z.literal("")) });

/** A value of the file in the form Pulumi hands it to a program; undefined for secrets, which stay closed. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "object" && value !== null) return "secure" in value ? undefined : JSON.stringify(value);
  return String(value);
}

export async function loadStackFile(stack: string): Promise<Settings> {
  const file = `Pulumi.${stack}.yaml`;
  const text = await readFile(join(ROOT, file), "utf8").catch(() => "");
  let content: z.infer<typeof fileSchema>;
  try {
    // Every scalar as the text it is: `pulumi config set` writes an address without quotes, and YAML would make it a number.
    content = fileSchema.parse(parse(text, { schema: "failsafe" }) ?? {});
  } catch (error) {
    throw new Problem(
      "config",
      `${file} is not readable: ${error instanceof Error ? error.message : String(error)}`,
      "Mend the file, then try again.",
    );
  }
  const raw: Record<string, string> = {};
  const closed = new Set<string>();
  for (const [key, value] of Object.entries(content.config || {})) {
    if (!key.startsWith(`${NAMESPACE}:`)) continue;
    const name = key.slice(NAMESPACE.length + 1);
    const shown = textOf(value);
    if (shown === undefined) closed.add(name);
    else raw[name] = shown;
  }
  return toSettings(parseValues(raw, stack, new Set(Object.keys(raw)), closed), stack);
}
