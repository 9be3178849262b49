/** Random valid tables load whatever way they are written; random single damages are found where they are. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rows, SurveyDataError, type Reference } from "../../../src/survey/index.js";

const columns = ["survey_ref", "key", "name", "title", "arxiv_id", "year", "url", "sections"] as const;

/** What spreadsheets, people and other alphabets put into a cell, commas, quotes and line breaks included. */
const words = fc
  .array(fc.constantFrom(..."aZ09 ,;\"'\n-–τ中é🤖|$\\\t"), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.join("").trim())
  .filter((word) => word !== "");
const slug = fc.stringMatching(/^[a-z0-9]{1,4}(-[a-z0-9]{1,4}){0,2}$/);
const two = (from: number, to: number) =>
  fc.integer({ min: from, max: to }).map((number) => String(number).padStart(2, "0"));
const arxivId = fc
  .tuple(two(15, 26), two(1, 12), fc.integer({ min: 0, max: 99_999 }))
  .map(([year, month, number]) => `${year}${month}.${String(number).padStart(5, "0")}`);
const section = fc
  .array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join("."));

const reference: fc.Arbitrary<Omit<Reference, "survey_ref">> = fc.record({
  key: slug,
  name: fc.option(words),
  title: words,
  arxiv_id: fc.option(arxivId),
  year: fc.option(fc.integer({ min: 1900, max: 2099 })),
  url: fc.option(fc.webUrl().filter((url) => !/[;,]/.test(url))),
  sections: fc.uniqueArray(section, { maxLength: 3 }),
});
const references = fc
  .array(reference, { minLength: 1, maxLength: 12 })
  .map((list) => list.map((row, index): Reference => ({ survey_ref: index + 1, ...row })));

const cellsOf = (row: Reference) =>
  columns.map((column) => (column === "sections" ? row.sections.join(";") : String(row[column] ?? "")));

interface Writing {
  mark: boolean;
  end: "\n" | "\r\n";
  quotes: "all" | "needed";
  last: boolean;
}
const writing: fc.Arbitrary<Writing> = fc.record({
  mark: fc.boolean(),
  end: fc.constantFrom("\n" as const, "\r\n" as const),
  quotes: fc.constantFrom("all" as const, "needed" as const),
  last: fc.boolean(),
});

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
const needsQuotes = (cell: string) => /[",\n\r]/.test(cell);

/** RFC 4180 text of rows of cells; `raw` cells go in as they are. */
function written(table: string[][], { mark, end, quotes, last }: Writing, raw = new Set<string>()): string {
  const cell = (text: string) =>
    raw.has(text) ? text : quotes === "all" || needsQuotes(text) ? quoted(text) : text;
  return (mark ? "\uFEFF" : "") + table.map((row) => row.map(cell).join(",")).join(end) + (last ? end : "");
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "survey-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function load(text: string | Buffer): Promise<Reference[]> {
  await writeFile(join(directory, "survey_references.csv"), text);
  return rows("survey_references", { directory });
}

async function faultOf(
  text: string | Buffer,
): Promise<{ row: number | undefined; column: string | undefined }> {
  const error: unknown = await load(text).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(SurveyDataError);
  const { row, column, message } = error as SurveyDataError;
  expect(message).toContain("survey_references.csv");
  expect(message).not.toContain("\n");
  return { row, column };
}

describe("a valid table", () => {
  it("loads to the same rows however it is written", async () => {
    await fc.assert(
      fc.asyncProperty(
        references,
        writing,
        fc.shuffledSubarray([...columns], { minLength: 8 }),
        async (list, how, order) => {
          const places = order.map((column) => columns.indexOf(column));
          const table = [order, ...list.map((row) => places.map((place) => cellsOf(row)[place]!))];
          expect(await load(written(table, how))).toEqual(list);
        },
      ),
      { numRuns: 150 },
    );
  });
});

/** A damage done to one cell, or to one row: what the row becomes, and where the fault is to be found. */
type Damage = (
  cells: string[],
  column: number,
) => { cells: string[]; column: string | undefined; raw?: string };

const damages: Record<string, Damage> = {
  "a space after it": (cells, column) => ({
    cells: cells.with(column, `${cells[column]!} `),
    column: columns[column],
  }),
  "a cell left out": (cells, column) => ({ cells: cells.toSpliced(column, 1), column: undefined }),
  "a word that is none": (cells, column) => {
    // A name or a title may be any word.
    const place = column === 2 || column === 3 ? 4 : column;
    return { cells: cells.with(place, "?"), column: columns[place] };
  },
  "a quote that nothing ends": (cells, column) => {
    const raw = '"open';
    return { cells: cells.with(column, raw), column: columns[column], raw };
  },
  "an earlier row's number": (cells) => ({ cells: cells.with(0, "1"), column: "survey_ref" }),
};

describe("a single damage is reported at its row and column", () => {
  it.each(Object.entries(damages))("%s", async (name, damage) => {
    await fc.assert(
      fc.asyncProperty(references, writing, fc.nat(), fc.nat(), async (list, how, at, place) => {
        const table = list.map(cellsOf);
        // No other quotes, so that the open one is the only one that can be wrong.
        if (name.startsWith("a quote")) {
          for (const row of table) row.splice(2, 2, "name", "title");
          how = { ...how, quotes: "needed" };
        }
        const number = name.startsWith("an earlier")
          ? 1 + (at % Math.max(1, list.length - 1))
          : at % list.length;
        if (number >= list.length) return;
        const { cells, column, raw } = damage(table[number]!, place % columns.length);
        table[number] = cells;
        const text = written([[...columns], ...table], how, new Set(raw === undefined ? [] : [raw]));
        expect(await faultOf(text)).toEqual({ row: number + 2, column });
      }),
      { numRuns: 60 },
    );
  });

  it("a byte that is no UTF-8", async () => {
    await fc.assert(
      fc.asyncProperty(references, writing, fc.nat(), fc.nat(), async (list, how, at, place) => {
        const [number, column] = [at % list.length, place % columns.length];
        const table = list.map(cellsOf);
        table[number] = table[number]!.with(column, "\u0001");
        const bytes = Buffer.from(written([[...columns], ...table], how));
        bytes[bytes.indexOf(1)] = 0xff;
        expect(await faultOf(bytes)).toEqual({ row: number + 2, column: columns[column] });
      }),
      { numRuns: 40 },
    );
  });

  it("a comma outside quotes: the row, and a column at or after it", async () => {
    await fc.assert(
      fc.asyncProperty(references, writing, fc.nat(), fc.nat(), async (list, how, at, place) => {
        const [number, position] = [at % list.length, place % columns.length];
        const table = list.map(cellsOf);
        table[number] = table[number]!.toSpliced(position + 1, 0, "x");
        const { row, column } = await faultOf(written([[...columns], ...table], how));
        expect(row).toBe(number + 2);
        expect(columns.indexOf(column as (typeof columns)[number])).toBeGreaterThanOrEqual(
          Math.min(position + 1, 7),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("a column that is missing, twice or misspelt", async () => {
    await fc.assert(
      fc.asyncProperty(
        references,
        writing,
        fc.nat(),
        fc.constantFrom("missing", "twice", "misspelt"),
        async (list, how, place, what) => {
          const position = place % columns.length;
          const [column, other] = [columns[position]!, columns[(position + 1) % columns.length]!];
          const header: string[] = [...columns];
          if (what === "twice") header.push(other);
          else header[position] = what === "missing" ? "x" : `${column} `;
          const filled = what === "twice" ? list.map((row) => [...cellsOf(row), ""]) : list.map(cellsOf);
          expect(await faultOf(written([header, ...filled], how))).toEqual({
            row: 1,
            column: what === "twice" ? other : column,
          });
        },
      ),
      { numRuns: 40 },
    );
  });
});
