// Tables as every command shows them: columns two spaces apart, without lines.

import Table from "cli-table3";

/** @param head titles of the columns, where there are any. */
export function plainTable(rows: readonly (readonly string[])[], head?: readonly string[]): string {
  const inside = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "", left: "", right: "", middle: "  " };
  const edges = {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
  };
  const table = new Table({
    chars: { ...inside, ...edges },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
    ...(head === undefined ? {} : { head: [...head] }),
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
