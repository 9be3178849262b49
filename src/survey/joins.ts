/** The files joined: a table's rows with their works, a work with every place it stands, sections with what they cite. */
import { requireOneOf, requireOptions } from "./arguments.js";
import { rows, type ReadOptions } from "./read.js";
import { tableNames, type OutlineSection, type Paper, type TableName, type Tables } from "./rows.js";

/** The files whose rows name a work. */
export type KeyedTableName = {
  [T in TableName]: Tables[T] extends { key: string | null } ? T : never;
}[TableName];

const keyless: readonly TableName[] = ["papers", "pbrft_vs_agentic", "survey_outline", "figures"];

/** The files that {@link withPapers} joins: all but papers.csv itself and those whose rows are no works. */
export const keyedTableNames = tableNames.filter(
  (name) => !keyless.includes(name),
) as readonly KeyedTableName[];

/**
 * The rows of a file, each with its work of papers.csv; `null` for a drawn label that is no work, or that no source
 * knows.
 *
 * @example (await withPapers("gui_agents")).filter(({ paper }) => paper?.code_url)
 * @throws RangeError when there is no such file or its rows name no works.
 */
export async function withPapers<T extends KeyedTableName>(
  name: T,
  options: ReadOptions = {},
): Promise<(Tables[T] & { paper: Paper | null })[]> {
  requireOneOf("withPapers()", "the table's name", name, keyedTableNames);
  requireOptions("withPapers()", options, '{ directory: "survey" }');
  const papers = new Map((await rows("papers", options)).map((paper) => [paper.key, paper]));
  return (await rows(name, options)).map((row) => {
    const { key } = row as { key: string | null };
    return { ...row, paper: (key === null ? undefined : papers.get(key)) ?? null };
  });
}

/** A row of some file that names the work asked for. `row` counts as a spreadsheet does: the header is row 1. */
export type Appearance = {
  [T in KeyedTableName]: { table: T; row: number; values: Tables[T] };
}[KeyedTableName];

/**
 * Everything the data says of one work: its row of papers.csv and every row of another file that names it.
 *
 * @example (await appearances("dapo")).found.map(({ table, row }) => `${table}.csv, row ${row}`)
 * @throws RangeError when no work has that key.
 */
export async function appearances(
  key: string,
  options: ReadOptions = {},
): Promise<{ paper: Paper; found: Appearance[] }> {
  requireOptions("appearances()", options, '{ directory: "survey" }');
  const papers = await rows("papers", options);
  const paper = papers.find((row) => row.key === key);
  if (!paper) {
    const named = papers.filter(({ name, aliases }) => [name, ...aliases].includes(key));
    const hint =
      named.length === 0
        ? ""
        : `; the key of that name is ${named.map((row) => `"${row.key}"`).join(" or ")}`;
    throw new RangeError(`appearances(): no work of papers.csv has the key ${JSON.stringify(key)}${hint}`);
  }
  const found: Appearance[] = [];
  for (const table of keyedTableNames) {
    for (const [index, values] of (await rows(table, options)).entries()) {
      if (values.key === key) found.push({ table, row: index + 2, values } as Appearance);
    }
  }
  return { paper, found };
}

/** How much a section of the survey cites. References count once a section, however often it names them. */
export interface SectionCitations extends Pick<OutlineSection, "section" | "title" | "level" | "parent"> {
  /** References cited in the section itself, its tables included. */
  references: number;
  /** Of these, cited in the running text. */
  inText: number;
  /** Of these, cited in a table printed in the section. */
  inTables: number;
  /** References cited in the section or in one below it: the survey_outline's `refs_cited`. */
  withSubsections: number;
  /** Works of those: four references are printed twice under different numbers. */
  works: number;
}

/**
 * What each section cites, in the survey's order. The tables stand where the page layout put them, so a section's
 * count may be mostly a table's: `inText` leaves them out.
 *
 * @example (await citationsBySection()).filter(({ level }) => level === 1)
 */
export async function citationsBySection(options: ReadOptions = {}): Promise<SectionCitations[]> {
  requireOptions("citationsBySection()", options, '{ directory: "survey" }');
  const citations = await rows("survey_citations", options);
  return (await rows("survey_outline", options)).map(({ section, title, level, parent }) => {
    const own = citations.filter((row) => row.section === section);
    const below = citations.filter((row) => row.section === section || row.section.startsWith(`${section}.`));
    const references = (cited: typeof citations) => new Set(cited.map((row) => row.survey_ref)).size;
    return {
      ...{ section, title, level, parent },
      references: references(own),
      inText: references(own.filter((row) => row.table === null)),
      inTables: references(own.filter((row) => row.table !== null)),
      withSubsections: references(below),
      works: new Set(below.map((row) => row.key)).size,
    };
  });
}
