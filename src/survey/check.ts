/**
 * The whole data set checked: every file by itself, and the files against one another. Where `rows()` stops at the
 * first fault, this names all of them.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { nearest } from "../nearest.js";
import { requireOptions } from "./arguments.js";
import type { Month } from "./columns.js";
import { surveyDirectory } from "./directory.js";
import { evidenceOf, labelFault } from "./labels.js";
import {
  inspect,
  readTable,
  SurveyDataError,
  type Inspected,
  type RawTable,
  type ReadOptions,
} from "./read.js";
import { tableNames, type TableName, type Tables } from "./rows.js";
import { schemas } from "./schema.js";

export interface FileReport {
  /** `papers.csv` */
  file: string;
  rows: number;
  /** In the order of the rows. */
  faults: SurveyDataError[];
}

export interface CheckOptions extends ReadOptions {
  /** Dates after this month are faults. Default: the machine's, and never before {@link snapshotMonth}. */
  today?: Month;
}

/** The month of the latest source: a machine whose clock is behind it is not to be believed. */
export const snapshotMonth: Month = "2026-08";

/** A file as it was read; `raw` is there where its cells could be told apart. */
interface Read<T extends TableName> extends Inspected<Tables[T]> {
  raw: RawTable | undefined;
}
type All = { [T in TableName]: Read<T> };

/** Adds a fault to a row of a file, by its place among the rows that could be read. */
type Report = (name: TableName, index: number, column: string, what: string) => void;

/**
 * Checks all files: headers, cells, repeated keys; every key in papers.csv; ids and months alike everywhere;
 * references, citations and sections with one another; labels with their reasons; errata with the cells they are
 * about; months not in the future.
 *
 * @returns a report for every file, those without faults too; files that do not belong have one fault each.
 */
export async function checkSurvey(options: CheckOptions = {}): Promise<FileReport[]> {
  requireOptions("checkSurvey()", options, '{ directory: "survey" }');
  const directory = options.directory ?? surveyDirectory();
  const files = {} as All;
  for (const name of tableNames) Object.assign(files, { [name]: await readOne(name, directory) });
  const report: Report = (name, index, column, what) => {
    const { faults, numbers } = files[name];
    faults.push(new SurveyDataError(join(directory, `${name}.csv`), numbers[index], column, what));
  };
  checkWorks(files, report);
  checkReferences(files, report);
  checkLabels(files, report);
  checkFigures(files, report);
  checkErrata(files, report);
  checkMonths(files, report, options.today ?? latest(monthNow(), snapshotMonth));
  return [
    ...tableNames.map((name) => ({
      file: `${name}.csv`,
      rows: files[name].raw?.cells.length ?? 0,
      faults: files[name].faults.toSorted((a, b) => (a.row ?? 0) - (b.row ?? 0)),
    })),
    ...(await strangers(directory)),
  ];
}

async function readOne<T extends TableName>(name: T, directory: string): Promise<Read<T>> {
  try {
    const raw = await readTable(name, { directory });
    return { raw, ...inspect<Tables[T]>(raw, schemas[name]) };
  } catch (error) {
    if (!(error instanceof SurveyDataError)) throw error;
    return { raw: undefined, rows: [], numbers: [], faults: [error] };
  }
}

/** CSV files that are none of the data set's: a name misspelt, or a file in the wrong folder. */
async function strangers(directory: string): Promise<FileReport[]> {
  const known = tableNames.map((name) => `${name}.csv`);
  const found = await readdir(directory).catch(() => []);
  return found
    .filter((file) => file.endsWith(".csv") && !known.includes(file))
    .map((file) => {
      const near = nearest(file, known);
      const hint = near === undefined ? "" : `; did you mean ${near}?`;
      const what = `the file is not one of the data set's${hint}`;
      return {
        file,
        rows: 0,
        faults: [new SurveyDataError(join(directory, file), undefined, undefined, what)],
      };
    });
}

/** Keys are in papers.csv, and what other files repeat of a work is what stands there. */
function checkWorks(files: All, report: Report): void {
  // A work whose own row is at fault is known all the same: one fault, not one for every mention.
  const { raw } = files.papers;
  const position = raw?.header.indexOf("key") ?? -1;
  if (!raw || position < 0) return;
  const known = new Set(raw.cells.map((row) => row[position]));
  const papers = new Map(files.papers.rows.map((paper) => [paper.key, paper]));
  for (const name of tableNames) {
    for (const [index, row] of files[name].rows.entries()) {
      const { key, arxiv_id, date } = row as {
        key?: string | null;
        arxiv_id?: string | null;
        date?: Month | null;
      };
      if (name === "papers" || key === null || key === undefined) continue;
      if (!known.has(key)) {
        const near = nearest(key, [...papers.keys()]);
        const hint = near === undefined ? "" : `; did you mean "${near}"?`;
        report(name, index, "key", `"${key}" is not in papers.csv${hint}`);
        continue;
      }
      const paper = papers.get(key);
      // AgentsMeetRL's ids and months are its own.
      if (!paper || name === "agents_meet_rl") continue;
      for (const [column, value] of Object.entries({ arxiv_id, date })) {
        const there = paper[column as "arxiv_id" | "date"];
        if (value == null || value === there) continue;
        report(
          name,
          index,
          column,
          `"${value}" is ${there === null ? "not given" : `"${there}"`} in papers.csv`,
        );
      }
    }
  }
  for (const [index, paper] of files.papers.rows.entries()) {
    const listed = paper.sources.includes("A") || paper.sources.includes("E");
    if (paper.in_survey !== listed) {
      const what = `sources ${paper.sources.join(";") || "(none)"} say ${String(listed)}: A and E are the survey's`;
      report("papers", index, "in_survey", what);
    }
    if (paper.date !== null && paper.year !== Number(paper.date.slice(0, 4))) {
      report("papers", index, "year", `the year is not that of the month ${paper.date}`);
    }
  }
}

/** Numbers of references are in the list, and mean the same work there; sections are in the outline. */
function checkReferences(files: All, report: Report): void {
  const references = new Map(files.survey_references.rows.map((row) => [row.survey_ref, row.key]));
  const outline = new Set(files.survey_outline.rows.map((row) => row.section));
  if (references.size === 0 || outline.size === 0) return;
  const last = Math.max(...references.keys());
  const inList = files.survey_references.faults.length > 0 ? () => true : (n: number) => references.has(n);
  const inOutline = files.survey_outline.faults.length > 0 ? () => true : (s: string) => outline.has(s);
  for (const name of tableNames) {
    for (const [index, row] of files[name].rows.entries()) {
      const { survey_ref, key, section, sections, survey_sections, parent } = row as Partial<
        Record<"survey_ref" | "key" | "section" | "sections" | "survey_sections" | "parent", unknown>
      >;
      for (const number of [survey_ref ?? []].flat() as number[]) {
        if (!inList(number)) {
          report(
            name,
            index,
            "survey_ref",
            `${String(number)} is not in the reference list (1 to ${String(last)})`,
          );
        } else if (name === "papers" || name === "survey_citations") {
          const there = references.get(number);
          if (there === undefined || there === key) continue;
          report(
            name,
            index,
            "survey_ref",
            `reference ${String(number)} is "${there}", the row is "${String(key)}"`,
          );
        }
      }
      if (name === "survey_outline") {
        if (typeof parent === "string" && !inOutline(parent))
          report(name, index, "parent", `no section ${parent}`);
        continue;
      }
      for (const [column, value] of Object.entries({ section, sections, survey_sections })) {
        for (const part of [value ?? []].flat() as string[]) {
          if (!inOutline(part)) report(name, index, column, `no section ${part} in survey_outline.csv`);
        }
      }
    }
  }
}

/** Labels are those that their reasons give. */
function checkLabels(files: All, report: Report): void {
  // Without the drawings a reason such as "E:Figure 4" says nothing.
  if (files.figure_entries.faults.length > 0) return;
  for (const [index, paper] of files.papers.rows.entries()) {
    const fault = labelFault(paper, evidenceOf(paper, files.figure_entries.rows));
    if (fault !== undefined) report("papers", index, "labels_from", fault);
  }
}

/** Figures 5 and 6 have their own files, which say what figure_entries.csv says; figures.csv names files there are. */
function checkFigures(files: All, report: Report): void {
  const known = tableNames.map((name) => `${name}.csv`);
  for (const [index, row] of files.figures.rows.entries()) {
    for (const file of row.files) {
      if (!known.includes(file)) report("figures", index, "files", `no file ${file} in the data set`);
    }
  }
  if (files.figure_entries.faults.length > 0) return;
  for (const [figure, name] of [
    [5, "tool_use_evolution"],
    [6, "evolution_tree"],
  ] as const) {
    const drawn = new Set(
      files.figure_entries.rows
        .filter((row) => row.figure === figure)
        .map((row) => `${row.entry}\n${row.key ?? ""}`),
    );
    for (const [index, row] of files[name].rows.entries()) {
      if (drawn.has(`${row.entry}\n${row.key ?? ""}`)) continue;
      report(
        name,
        index,
        "entry",
        `"${row.entry}" is not in figure_entries.csv under Figure ${String(figure)}`,
      );
    }
  }
}

/** The files of Tables 1–10 and the column that names their rows. */
const printed: Readonly<Record<string, readonly [file: TableName, name: string]>> = {
  "Table 1": ["pbrft_vs_agentic", "concept"],
  "Table 2": ["algorithms", "method"],
  "Table 3": ["memory_methods", "method"],
  "Table 4": ["search_agents", "method"],
  "Table 5": ["code_agents", "method"],
  "Table 6": ["math_agents", "method"],
  "Table 7": ["gui_agents", "method"],
  "Table 8": ["multi_agent_systems", "method"],
  "Table 9": ["environments", "environment"],
  "Table 10": ["frameworks", "framework"],
  References: ["survey_references", "survey_ref"],
};

/** An erratum is about a row and a column there are, and that cell says what was printed, or what it should be. */
function checkErrata(files: All, report: Report): void {
  for (const [index, erratum] of files.errata.rows.entries()) {
    const place = printed[erratum.place];
    const drawn = /^Figure (\d+)$/.exec(erratum.place)?.[1];
    const [file, nameColumn] = place ?? (["figure_entries", "entry"] as const);
    if (!place && drawn === undefined) {
      report("errata", index, "place", `the survey has no ${erratum.place}`);
      continue;
    }
    const { raw, faults } = files[file];
    if (!raw || faults.length > 0) continue;
    const at = (column: string) => raw.header.indexOf(column);
    const row = raw.cells.find(
      (cells) =>
        cells[at(nameColumn)] === erratum.row && (drawn === undefined || cells[at("figure")] === drawn),
    );
    if (!row) report("errata", index, "row", `"${erratum.row}" is not in ${file}.csv`);
    else if (row[at("key")] !== erratum.key) {
      report("errata", index, "key", `"${erratum.row}" has the key "${row[at("key")]!}" in ${file}.csv`);
    } else if (at(erratum.field) < 0) {
      report("errata", index, "field", `${file}.csv has no column "${erratum.field}"`);
    } else {
      const cell = row[at(erratum.field)]!;
      if (cell === erratum.should_be || cell.includes(erratum.printed)) continue;
      report("errata", index, "printed", `"${erratum.printed}" is not in the cell, which has "${cell}"`);
    }
  }
}

/** Months after `today` are slips of the hand. */
function checkMonths(files: All, report: Report, today: Month): void {
  for (const name of tableNames) {
    for (const [index, row] of files[name].rows.entries()) {
      const { date } = row as { date?: Month | null };
      if (date == null || date <= today) continue;
      report(name, index, "date", `"${date}" is in the future (this month is ${today})`);
    }
  }
}

/** This month where the day is furthest on. */
function monthNow(): Month {
  return new Date(Date.now() + 14 * 3_600_000).toISOString().slice(0, 7);
}

const latest = (a: Month, b: Month) => (a > b ? a : b);
