/**
 * The data sheet's numbers: datasets/survey/README.md says how many rows a file has, how many cells of a column are
 * empty, and how the works spread. Here they are counted, and put where the sheet has them.
 */
import {
  capabilities,
  labelText,
  paperLabels,
  rows,
  tableNames,
  tasks,
  worksBySource,
  type Label,
  type Paper,
  type TableName,
} from "../../../src/survey/index.js";

/** What the sheet has wrong: a number, or a column it does not describe or that is not there. */
export interface SheetFault {
  /** From 1; absent for what the sheet lacks. */
  line?: number;
  what: string;
}

export interface Sheet {
  /** The sheet with the right numbers. */
  text: string;
  /** Numbers that were wrong: writing `text` mends them. */
  stale: SheetFault[];
  /** What only a person can write. */
  lacking: SheetFault[];
}

const [begin, end] = ["<!-- numbers -->", "<!-- /numbers -->"];

/**
 * The sheet with its numbers counted again.
 *
 * @param text datasets/survey/README.md
 * @throws SurveyDataError when the data is at fault: check it first.
 */
export async function countedSheet(text: string, directory: string): Promise<Sheet> {
  const stale: SheetFault[] = [];
  const lacking: SheetFault[] = [];
  const described = new Map<string, Set<string>>();
  const listed = new Set<string>();
  const counts = await emptyCells(directory);
  let file: string | undefined;
  const lines = text.split("\n").map((line, index) => {
    const heading = /^#+ (.*)$/.exec(line);
    if (heading) file = /^(\w+)\.csv$/.exec(heading[1]!)?.[1];
    const row = /^\| `(\w+)(\.csv)?` \|(.*)$/.exec(line);
    if (!row) return line;
    const [, name, isFile] = row;
    const set = (pattern: RegExp, right: number, subject: string) =>
      line.replace(pattern, (_, before: string, said: string, after: string) => {
        if (Number(said) !== right) {
          stale.push({
            line: index + 1,
            what: `${subject}: the sheet says ${said}, the data ${String(right)}`,
          });
        }
        return `${before}${String(right)}${after}`;
      });
    if (isFile) {
      const known = counts.get(name as TableName);
      if (!known) {
        lacking.push({ line: index + 1, what: `there is no ${name!}.csv` });
        return line;
      }
      listed.add(name!);
      return set(/^(\| `\w+\.csv` \| )(\d+)( \|)/, known.rows, `rows of ${name!}.csv`);
    }
    if (file === undefined) return line;
    const empty = counts.get(file as TableName)?.empty.get(name!);
    if (empty === undefined) {
      lacking.push({ line: index + 1, what: `${file}.csv has no column "${name!}"` });
      return line;
    }
    described.set(file, (described.get(file) ?? new Set()).add(name!));
    return set(/^(.*\| )(\d+)( \|)$/, empty, `empty cells of "${name!}" in ${file}.csv`);
  });
  for (const [name, { empty }] of counts) {
    if (!listed.has(name)) lacking.push({ what: `the list of files lacks ${name}.csv` });
    for (const column of empty.keys()) {
      if (described.get(name)?.has(column)) continue;
      lacking.push({ what: `column "${column}" of ${name}.csv is not described` });
    }
  }
  const [first, last] = [lines.indexOf(begin), lines.indexOf(end)];
  if (first < 0 || last < first) {
    return {
      text: lines.join("\n"),
      stale,
      lacking: [...lacking, { what: `the lines ${begin} and ${end} are not there` }],
    };
  }
  const numbers = await numberTables(directory);
  const said = lines.slice(first + 1, last);
  for (const index of Array.from({ length: Math.max(said.length, numbers.length) }, (_, index) => index)) {
    if (said[index] === numbers[index]) continue;
    const what = `the sheet says ${said[index] ?? "nothing"}, the data ${numbers[index] ?? "nothing"}`;
    stale.push({ line: first + 2 + index, what });
  }
  return {
    text: [...lines.slice(0, first + 1), ...numbers, ...lines.slice(last)].join("\n"),
    stale,
    lacking,
  };
}

/** Of every file its rows, and of every column the cells without a value. */
async function emptyCells(directory: string) {
  const counts = new Map<TableName, { rows: number; empty: Map<string, number> }>();
  for (const name of tableNames) {
    const records = (await rows(name, { directory })) as unknown as Record<string, unknown>[];
    const empty = new Map<string, number>();
    for (const column of Object.keys(records[0] ?? {})) {
      const lacks = ({ [column]: value }: Record<string, unknown>) =>
        value === null || (Array.isArray(value) && value.length === 0);
      empty.set(column, records.filter(lacks).length);
    }
    counts.set(name, { rows: records.length, empty });
  }
  return counts;
}

/** The lines between the marks: Markdown tables, with empty lines around them as Prettier writes them. */
async function numberTables(directory: string): Promise<string[]> {
  const papers = await rows("papers", { directory });
  const inSurvey = papers.filter((paper) => paper.in_survey);
  const count = (keep: (paper: Paper) => boolean) => [
    papers.filter(keep).length,
    inSurvey.filter(keep).length,
  ];
  const labels = await paperLabels({ directory });
  const strong = new Set(labels.filter(({ strength }) => strength === "strong").map(({ key }) => key));
  const labelled = (paper: Paper) => paper.capability.length + paper.task.length > 0;
  const strength = (label: Label) =>
    ["strong", "weak"].map(
      (word) => labels.filter((row) => row.label === label && row.strength === word).length,
    );
  const spans: [title: string, from: string, to: string][] = [
    ["to 2024-12", "0000-01", "2024-12"],
    ["2025-01 to 2025-05", "2025-01", "2025-05"],
    ["2025-06 to 2025-09", "2025-06", "2025-09"],
    ["2025-10 to 2026-03", "2025-10", "2026-03"],
    ["2026-04 on", "2026-04", "9999-12"],
  ];
  const bySource = await worksBySource({ directory });
  return [
    "",
    ...table(
      ["works", "all", "in the survey"],
      [
        ["rows", ...count(() => true)],
        ["kind: paper", ...count(({ kind }) => kind === "paper")],
        ["kind: project", ...count(({ kind }) => kind === "project")],
        ["kind: page", ...count(({ kind }) => kind === "page")],
        ["with a month", ...count(({ date }) => date !== null)],
        ["with a capability", ...count(({ capability }) => capability.length > 0)],
        ["with a task", ...count(({ task }) => task.length > 0)],
        ["with neither", ...count((paper) => !labelled(paper))],
        ["with a strong label", ...count(({ key }) => strong.has(key))],
        ["with weak labels only", ...count((paper) => labelled(paper) && !strong.has(paper.key))],
        ["without any link", ...count(({ url, code_url }) => url === null && code_url === null)],
      ],
    ),
    "",
    ...table(
      ["label", "strong", "weak"],
      [...capabilities, ...tasks].map((label) => [labelText(label), ...strength(label)]),
    ),
    "",
    ...table(
      ["source", "works", "without a month", ...spans.map(([title]) => title)],
      bySource.map(({ source, works, undated, perMonth }) => [
        ...[source, works, undated],
        ...spans.map(([, from, to]) =>
          perMonth
            .filter(({ month }) => month >= from && month <= to)
            .reduce((sum, { works: here }) => sum + here, 0),
        ),
      ]),
    ),
    "",
  ];
}

const table = (head: readonly string[], body: readonly (readonly (string | number)[])[]) =>
  [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`);
