import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rows, SurveyDataError, tableNames, type TableName } from "../../../src/survey/index.js";
import { parseCsv, readRows, soundRows } from "../../../src/survey/read.js";
import { surveyDirectory } from "../../../src/survey/directory.js";
import { schemas, type Schema } from "../../../src/survey/schema.js";
import { directory as committed, listOf, raw } from "./raw.js";

describe("rows", () => {
  it.each(tableNames)("%s: every row, every cell", async (name) => {
    const [records, cells] = [await rows(name), raw(name)];
    expect(records).toHaveLength(cells.length);
    for (const [index, record] of records.entries()) {
      for (const [column, value] of Object.entries(record) as [string, unknown][]) {
        expect(asText(value, cells[index]![column]!), `${name} row ${index + 2} ${column}`).toBe(
          cells[index]![column],
        );
      }
      expect(Object.keys(record).toSorted()).toEqual(Object.keys(cells[index]!).toSorted());
    }
  });

  it("types every kind of cell", async () => {
    const papers = await rows("papers");
    const rlvr = papers.find((paper) => paper.key === "1-shot-rlvr")!;
    expect(rlvr).toMatchObject({
      arxiv_id: "2504.20571",
      date: "2025-04",
      in_survey: true,
      sources: ["A", "C", "E"],
      capability: [],
      task: ["math"],
      base_model: null,
      year: 2025,
      survey_ref: [327],
      survey_sections: ["4.3.1", "4.3.2"],
    });
    expect((await rows("survey_outline")).map((row) => row.section)).toContain("5.1.1");
    expect(new Set((await rows("agents_meet_rl")).map((row) => row.uses_tools))).toEqual(
      new Set([true, false, null]),
    );
  });

  it("gives fresh records: changing them changes nothing for the next reader", async () => {
    const first = await rows("gui_agents");
    first[0]!.method = "changed";
    first[0]!.survey_ref.push(1);
    expect((await rows("gui_agents"))[0]).not.toEqual(first[0]);
  });

  it("finds the dataset from the sources", () => {
    expect(`${surveyDirectory()}/`).toBe(committed);
  });
});

/** A value as the file writes it. */
function asText(value: unknown, cell: string): string {
  if (value === null) return "";
  if (Array.isArray(value)) return value.join(";");
  if (typeof value === "boolean")
    return ["yes", "no"].includes(cell) ? (value ? "yes" : "no") : String(value);
  return String(value);
}

describe("parseCsv", () => {
  it("reads quoted commas, quotes and line breaks", () => {
    expect(parseCsv('a,b\n"x, ""y""\nz",\n', "t.csv").cells).toEqual([['x, "y"\nz', ""]]);
  });

  it("reads a byte order mark, CRLF, mixed line ends and a missing last line end alike", () => {
    const plain = parseCsv("a,b\n1,2\n3,4\n", "t.csv");
    for (const source of ["\uFEFFa,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "a,b\r\n1,2\n3,4"]) {
      expect(parseCsv(source, "t.csv")).toEqual(plain);
    }
  });

  it.each([
    ["", "t.csv: the file is empty"],
    [
      'a,b\n"1,2\n',
      't.csv, row 2, column "a": Quoted field unterminated: a cell begins with " and no " ends it',
    ],
    ['a,b\n1,"2"x\n', 't.csv, row 2, column "b": Trailing quote on quoted field is malformed'],
  ])("refuses %j", (source, message) => {
    expect(() => parseCsv(source, "t.csv")).toThrow(
      new SurveyDataError("t.csv", undefined, undefined, "").constructor,
    );
    expect(() => parseCsv(source, "t.csv")).toThrow(message);
  });
});

describe("faults in the data", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "survey-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** The committed table with one change. */
  async function changed(name: TableName, change: (source: string) => string): Promise<unknown> {
    const source = await readFile(join(committed, `${name}.csv`), "utf8");
    const result = change(source);
    expect(result).not.toBe(source);
    await writeFile(join(directory, `${name}.csv`), result);
    return rows(name, { directory });
  }

  it.each<[string, TableName, (source: string) => string, string]>([
    [
      "a missing column",
      "papers",
      (s) => s.replace("key,name,", "key,nom,"),
      'papers.csv, row 1, column "name": the column is missing',
    ],
    [
      "an unknown column",
      "survey_outline",
      (s) => s.replaceAll(/$/gm, ",x").replace(/\n,x$/, "\n"),
      'survey_outline.csv, row 1, column "x": the column is not known',
    ],
    [
      "a column twice",
      "survey_outline",
      (s) => s.replaceAll(/$/gm, ",title").replace(/\n,title$/, "\n"),
      'survey_outline.csv, row 1, column "title": the column appears twice',
    ],
    [
      "a duplicate key",
      "papers",
      (s) => s.replace("\n3d-llm,", "\n1-shot-rlvr,"),
      'papers.csv, row 3, column "key": "1-shot-rlvr" is already in row 2',
    ],
    [
      "a missing key",
      "papers",
      (s) => s.replace("\n3d-llm,", "\n,"),
      'papers.csv, row 3, column "key": "" is not a key',
    ],
    [
      "a wrong date",
      "papers",
      (s) => s.replace(",2025-04,", ",2025-13,"),
      'papers.csv, row 2, column "date": "2025-13" is not a month (YYYY-MM)',
    ],
    [
      "a date against the arXiv id",
      "papers",
      (s) => s.replace(",2025-04,", ",2025-05,"),
      'papers.csv, row 2, column "date": "2025-05" is not the month of arXiv 2504.20571 (2025-04)',
    ],
    [
      "an arXiv id short of a digit",
      "papers",
      (s) => s.replace(",2504.20571,", ",2504.2057,"),
      'papers.csv, row 2, column "arxiv_id": "2504.2057" is not an arXiv id',
    ],
    [
      "an unknown label",
      "papers",
      (s) => s.replace(",math,,outcome,", ",maths,,outcome,"),
      'papers.csv, row 2, column "task": "maths" is none of "search", ',
    ],
    [
      "a wrong flag",
      "papers",
      (s) => s.replace(",true,A;C;E,", ",yes,A;C;E,"),
      'papers.csv, row 2, column "in_survey": "yes" is neither "true" nor "false"',
    ],
    [
      "a broken link",
      "papers",
      (s) => s.replace(",https://arxiv.org/abs/2504.20571,", ",arxiv.org/abs/2504.20571,"),
      'papers.csv, row 2, column "url": "arxiv.org/abs/2504.20571" is not an http(s) address',
    ],
    [
      "an empty list item",
      "papers",
      (s) => s.replace(",A;C;E,", ",A;;E,"),
      'papers.csv, row 2, column "sources": "" is none of',
    ],
    [
      "a row with too few cells",
      "survey_outline",
      (s) =>
        s.replace("\n2.1,Markov Decision Processes,2,2,0,yes\n", "\n2.1,Markov Decision Processes,2,2,0\n"),
      "survey_outline.csv, row 4: 5 cells where the header has 6",
    ],
    [
      "a comma outside quotes",
      "survey_outline",
      (s) => s.replace("\n2.1,Markov Decision Processes,", "\n2.1,Markov, Decision Processes,"),
      'survey_outline.csv, row 4, column "level": 7 cells where the header has 6; a cell with a comma stands between quotes',
    ],
    [
      "an empty line",
      "survey_outline",
      (s) => s.replace("\n2.1,", "\n\n2.1,"),
      "survey_outline.csv, row 4: 1 cells where the header has 6",
    ],
    [
      "a space at the end of a cell",
      "survey_outline",
      (s) => s.replace("\n2.1,Markov Decision Processes,", "\n2.1,Markov Decision Processes ,"),
      'survey_outline.csv, row 4, column "title": "Markov Decision Processes " has space around it',
    ],
    [
      "a list with one item twice",
      "papers",
      (s) => s.replace(",true,A;C;E,", ",true,A;C;A,"),
      'papers.csv, row 2, column "sources": the list has "A" twice',
    ],
    [
      "a repeated position",
      "tool_use_evolution",
      (s) => s.replace(",1,2,AgentTuning,", ",1,1,AgentTuning,"),
      'tool_use_evolution.csv, row 3, column "stage_no+position": "1 / 1" is already in row 2',
    ],
  ])("%s", async (_, name, change, message) => {
    await expect(changed(name, change)).rejects.toThrow(SurveyDataError);
    await expect(changed(name, change)).rejects.toThrow(message);
  });

  it("a missing file, bytes that are not UTF-8", async () => {
    await expect(rows("papers", { directory })).rejects.toThrow(/papers\.csv: the file is missing$/);
    const source = await readFile(join(committed, "papers.csv"), "utf8");
    await writeFile(join(directory, "papers.csv"), Buffer.from(source, "utf16le"));
    await expect(rows("papers", { directory })).rejects.toThrow(
      /papers\.csv, row 1: the file is not UTF-8 text$/,
    );
    await writeFile(
      join(directory, "papers.csv"),
      Buffer.from(source.replace("\n3d-llm,", "\n3d-llm,\xe9"), "latin1"),
    );
    await expect(rows("papers", { directory })).rejects.toThrow(
      /, row 3, column "name": .* bytes that are not UTF-8/,
    );
  });

  it("CRLF and a byte order mark load as the committed file does", async () => {
    const records = await changed("papers", (s) => `\uFEFF${s.replaceAll("\n", "\r\n")}`);
    expect(records).toEqual(await rows("papers"));
  });
});

it("lists in the raw data split as the records have them", async () => {
  const papers = await rows("papers");
  for (const [index, row] of raw("papers").entries()) {
    expect(papers[index]!.capability).toEqual(listOf(row["capability"]));
  }
});

describe("soundRows", () => {
  const read = (name: TableName) => readFileSync(join(surveyDirectory(), `${name}.csv`), "utf8");

  it.each([40, 1000, 1 << 20])(
    "in portions of %i characters gives what the whole file gives",
    (characters) => {
      for (const name of ["papers", "gui_agents", "pbrft_vs_agentic", "errata"] as const) {
        const schema = schemas[name] as Schema<Record<string, unknown>>;
        const raw = parseCsv(read(name), name);
        const sound = soundRows(read(name), schema, characters);
        expect(sound).toEqual({ header: raw.header, rows: readRows(raw, schema) });
      }
    },
  );

  it("leaves every fault to be named", () => {
    const [header, first, second] = read("figures").split("\n");
    const schema = schemas.figures;
    const sound = (...lines: string[]) => soundRows(lines.join("\n"), schema);
    expect(sound(header!, first!, second!, "")!.rows).toHaveLength(2);
    expect(sound(`\uFEFF${header!}`, `${first!}\r`, second!)!.rows).toHaveLength(2);
    expect(sound(header!, first!, first!)).toBeUndefined();
    expect(sound(header!, first!, "", second!)).toBeUndefined();
    expect(sound(header!, `${first!},`)).toBeUndefined();
    expect(sound(header!, `"${first!}`)).toBeUndefined();
    expect(sound(header!, first!.replace(/^./, "\uFFFD"))).toBeUndefined();
    expect(sound(`${header!},more`, first!)).toBeUndefined();
    expect(sound("")).toBeUndefined();
  });
});
