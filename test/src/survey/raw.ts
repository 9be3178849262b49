/** An independent reading of the data for the tests: nothing of src/ is used here. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const directory = fileURLToPath(new URL("../../../datasets/survey/", import.meta.url));

/** RFC 4180, one character at a time. */
export function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[++i]!;
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === "," || c === "\n") {
      row.push(cell);
      cell = "";
      if (c === "\n") {
        rows.push(row);
        row = [];
      }
    } else cell += c;
  }
  return rows;
}

export type RawRow = Record<string, string>;

export function raw(name: string): RawRow[] {
  const [header, ...rows] = parse(readFileSync(`${directory}${name}.csv`, "utf8"));
  return rows.map((row) => Object.fromEntries(header!.map((column, index) => [column, row[index]!])));
}

export const listOf = (cell: string | undefined) => (cell ? cell.split(";") : []);
