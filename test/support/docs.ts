// The project's documents and sources, taken apart as far as tests compare one with the other.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../toolchain/paths";

/** Not the project's own, or not for readers. */
const PASSED_OVER = new Set(["node_modules", ".git", ".ephemery", "coverage", "test"]);

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (PASSED_OVER.has(entry.name)) return [];
    if (entry.isDirectory()) return filesBelow(path, ending);
    return entry.name.endsWith(ending) ? [path] : [];
  });
}

export const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** Paths of the documents, from the project's root. */
export const documents = (): string[] => filesBelow("", ".md");

/** The program's own sources, one after the other. */
export const sources = (): string => filesBelow("", ".ts").map(read).join("\n");

/** A heading with what stands below it, up to the next heading of the same or a higher level. */
export interface Section {
  readonly title: string;
  readonly level: number;
  readonly text: string;
}

export interface Document {
  /** Everything in backticks, and each line of blocks of code that are for a shell. */
  readonly code: readonly string[];
  /** Targets of links. */
  readonly links: readonly string[];
  /** Anchors of headings, as GitHub makes them. */
  readonly anchors: readonly string[];
}

const FENCE = /^ *```(\w*)\n([\s\S]*?)^ *```$/gm;
const SPAN = /(?<!`)`([^`\n]+)`(?!`)/g;

const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

export function parseDocument(markdown: string): Document {
  const shell = [...markdown.matchAll(FENCE)].filter(([, language]) => language === "sh" || language === "yaml");
  const prose = markdown.replace(FENCE, "");
  const spans = [...prose.matchAll(SPAN)].map(([, text = ""]) => text);
  const titles = [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = ""]) => title);
  return {
    code: [...spans, ...shell.flatMap(([, , block = ""]) => block.split("\n"))],
    links: [...prose.replace(SPAN, "").matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target),
    anchors: titles.map(anchorOf),
  };
}

/** The sections of one level. */
export function sectionsOf(markdown: string, level: number): Section[] {
  const parts = markdown.split(new RegExp(`^(?=#{1,${level}} )`, "m"));
  return parts.flatMap((part) => {
    const [, marks = "", title = ""] = /^(#+) (.+)$/m.exec(part) ?? [];
    return marks.length === level ? [{ title, level, text: part.slice(part.indexOf("\n") + 1) }] : [];
  });
}

export function section(markdown: string, title: string, level = 2): string {
  const found = sectionsOf(markdown, level).find((each) => each.title === title);
  if (!found) throw new Error(`there is no section ${title}`);
  return found.text;
}

/** The rows of the tables in a text, head lines left out, by cells without backticks and links. */
export function rowsOf(markdown: string): string[][] {
  const lines = markdown.split("\n").filter((line) => line.startsWith("|"));
  return lines
    .filter((line, index) => !/^\|[-:| ]+\|$/.test(line) && !/^\|[-:| ]+\|$/.test(lines[index + 1] ?? ""))
    .map((line) =>
      line
        .slice(1, -1)
        .split(" | ")
        .map((cell) =>
          cell
            .trim()
            .replaceAll("`", "")
            .replace(/^\[([^\]]+)\]\([^)]+\)$/, "$1"),
        ),
    );
}
