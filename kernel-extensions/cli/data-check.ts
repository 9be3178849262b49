import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CommandError, noPositionals, parse, UsageError, type Command } from "./command.js";
import { countedSheet, type Sheet } from "./data/sheet.js";
import { textTable } from "./learning/table.js";

const help = `Usage: arl data check [--dir DIR] [--sheet] [--json]

Checks the survey's data set: every file by itself (columns, cells, repeated keys), the files against one another
(keys, references, labels and their reasons, errata), and the numbers of its data sheet, README.md. Names every
fault with file, row and column; rows are counted as a spreadsheet counts them, the header is row 1.

  --dir DIR  the folder of the CSV files (default: the data set that comes with the package)
  --sheet    also write the right numbers into the data sheet
  --json     print JSON

Exit code 0: no faults; 1: faults.
`;

export const dataCheck: Command = {
  help,
  async run(args) {
    const { values, positionals } = parse(args, {
      dir: { type: "string" },
      sheet: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    noPositionals(positionals);
    if (values.dir === "") throw new UsageError("--dir needs the path of a folder");
    const { checkSurvey } = await import("../../src/survey/check.js");
    const { surveyDirectory } = await import("../../src/survey/directory.js");
    const directory = values.dir === undefined ? surveyDirectory() : resolve(values.dir);
    if (!existsSync(directory)) throw new CommandError(`there is no folder ${directory}`);

    const files: Checked[] = (await checkSurvey({ directory })).map(({ file, rows, faults }) => ({
      ...{ file, rows },
      faults: faults.map(({ row, column, what }) => ({
        ...(row !== undefined && { row }),
        ...(column !== undefined && { column }),
        what,
      })),
    }));
    const sound = files.every(({ faults }) => faults.length === 0);
    const sheet = sound ? await checkSheet(directory, values.sheet) : undefined;
    if (sheet) files.push(sheet);

    const faults = files.reduce((sum, file) => sum + file.faults.length, 0);
    process.stdout.write(
      values.json ? `${JSON.stringify({ directory, faults, files }, null, 2)}\n` : page(files, faults),
    );
    return faults === 0 ? 0 : 1;
  },
};

interface Checked {
  file: string;
  /** Absent for the data sheet. */
  rows?: number;
  faults: { row?: number; column?: string; line?: number; what: string }[];
}

/** The data sheet's faults; `undefined` where there is no sheet. With `write` its numbers are mended first. */
async function checkSheet(directory: string, write: boolean): Promise<Checked | undefined> {
  const path = join(directory, "README.md");
  if (!existsSync(path)) return undefined;
  const text = await readFile(path, "utf8");
  const { text: counted, stale, lacking }: Sheet = await countedSheet(text, directory);
  if (write && counted !== text) {
    await writeFile(path, counted);
    process.stderr.write(`wrote ${path}: ${String(stale.length)} lines had other numbers\n`);
  }
  return { file: "README.md", faults: write ? lacking : [...stale, ...lacking] };
}

function page(files: readonly Checked[], faults: number): string {
  const rows = files.reduce((sum, file) => sum + (file.rows ?? 0), 0);
  if (faults === 0) {
    return [
      textTable(
        files.map(({ file, rows }) => [file, rows === undefined ? "numbers" : `${String(rows)} rows`]),
      ),
      `No faults in ${String(files.length)} files, ${String(rows)} rows.\n`,
    ].join("\n");
  }
  const faulty = files.filter((file) => file.faults.length > 0);
  const sections = faulty.map(({ file, faults }) =>
    [
      `${file}: ${counted(faults.length, "fault")}`,
      ...faults.map((fault) => `  ${place(fault)}${fault.what}`),
      "",
    ].join("\n"),
  );
  const numbers = faulty.some(({ file }) => file === "README.md")
    ? "Numbers of README.md are mended by arl data check --sheet.\n"
    : "";
  const total = `${counted(faults, "fault")} in ${String(faulty.length)} of ${String(files.length)} files.\n`;
  return [...sections, numbers + total].join("\n");
}

function place({ row, column, line }: Checked["faults"][number]): string {
  const parts = [
    line === undefined ? undefined : `line ${String(line)}`,
    row === undefined ? undefined : `row ${String(row)}`,
    column === undefined ? undefined : `column "${column}"`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? "" : `${parts.join(", ")}: `;
}

const counted = (count: number, noun: string) => `${String(count)} ${noun}${count === 1 ? "" : "s"}`;
