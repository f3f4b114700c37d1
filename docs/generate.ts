// `npm run docs`: writes what the code knows best into Pulumi.yaml, README.md, docs/sizing.md and docs/clients.md.
// A test holds that there is nothing left to write.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { supportTables } from "../clients/support";
import { declarations, settingsTables } from "../config/declaration";
import { sizingTable } from "../config/sizing";
import { metricsTable } from "./metrics";

const ROOT = join(__dirname, "..");

/** A line about a provider nobody may use by accident: each host has its own. */
const NO_DEFAULT_PROVIDER = { "pulumi:disable-default-providers": { value: ["docker"] } };

function projectFile(text: string): string {
  const document = parseDocument(text);
  document.set("config", { ...NO_DEFAULT_PROVIDER, ...declarations() });
  return document.toString({ lineWidth: 0 });
}

/** Replaces what stands between `<!-- name:start -->` and `<!-- name:end -->`. */
function section(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [before, rest] = text.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`the markers ${start} and ${end} are missing`);
  return `${before}${start}\n\n${content}\n\n${end}${after}`;
}

const FILES: Readonly<Record<string, (text: string) => string>> = {
  "Pulumi.yaml": projectFile,
  "README.md": (text) => section(text, "config", settingsTables()),
  "docs/clients.md": (text) => section(section(text, "clients", supportTables()), "metrics", metricsTable()),
  "docs/sizing.md": (text) => section(text, "sizing", sizingTable()),
};

/** Each generated file's text as it is and as it should be. */
export function generated(): { file: string; is: string; shall: string }[] {
  return Object.entries(FILES)
    .filter(([file]) => existsSync(join(ROOT, file)))
    .map(([file, write]) => {
      const is = readFileSync(join(ROOT, file), "utf8");
      return { file, is, shall: write(is) };
    });
}

if (require.main === module) {
  for (const { file, is, shall } of generated()) {
    if (is === shall) continue;
    writeFileSync(join(ROOT, file), shall);
    process.stdout.write(`wrote ${file}\n`);
  }
}
