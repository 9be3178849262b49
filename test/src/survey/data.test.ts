/** The committed tables against their data sheet, datasets/survey/README.md. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tableNames } from "../../../src/survey/index.js";
import { directory, listOf, parse, raw } from "./raw.js";

const names = readdirSync(directory)
  .filter((file) => file.endsWith(".csv"))
  .map((file) => file.replace(/\.csv$/, ""));
const papers = raw("papers");
const keys = new Set(papers.map((row) => row["key"]));
const text = (name: string) => readFileSync(`${directory}${name}.csv`, "utf8");
const readme = readFileSync(`${directory}README.md`, "utf8");

describe("the files", () => {
  it("are the tables of the schema, and nothing else", () => {
    expect(tableNames.toSorted()).toEqual(names.toSorted());
  });

  it.each(names)("%s: LF line ends, no byte order mark, as many cells in every row", (name) => {
    const source = text(name);
    expect(source.startsWith("\uFEFF")).toBe(false);
    expect(source).not.toContain("\r");
    expect(source.endsWith("\n")).toBe(true);
    expect(source.endsWith("\n\n")).toBe(false);
    const rows = parse(source);
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([rows[0]!.length]));
  });
});

describe("the data sheet", () => {
  /** The cells of the Markdown table that follows a heading or begins with a line. */
  const tableAfter = (mark: string) => {
    const lines = readme.slice(readme.indexOf(mark)).split("\n");
    const first = lines.findIndex((line) => line.startsWith("| "));
    const length = lines.slice(first).findIndex((line) => !line.startsWith("|"));
    return lines.slice(first + 2, first + length).map((line) => line.slice(2, -2).split(" | "));
  };

  it("lists every file with its rows", () => {
    const listed = tableAfter("### Files").map(([file, rows]) => [file, Number(rows)]);
    expect(listed.toSorted()).toEqual(names.map((name) => [`\`${name}.csv\``, raw(name).length]).toSorted());
  });

  it.each(names)("%s: every column is described, in order, with the cells that are empty", (name) => {
    const [header, ...rows] = parse(text(name));
    const described = tableAfter(`\n### ${name}.csv\n`);
    expect(described.map(([column]) => column)).toEqual(header!.map((column) => `\`${column}\``));
    for (const [index, [, values, meaning, source, missing]] of described.entries()) {
      for (const words of [values, meaning, source]) expect(words?.trim()).toBeTruthy();
      expect(Number(missing), header![index]).toBe(rows.filter((row) => row[index] === "").length);
    }
  });

  const inSurvey = papers.filter((row) => row["in_survey"] === "true");
  const labelled = (row: Record<string, string>) => row["capability"] !== "" || row["task"] !== "";
  const strong = (row: Record<string, string>) =>
    listOf(row["labels_from"]).some((reason) => !reason.startsWith("E:sec "));

  it("counts the works", () => {
    const counts: [string, (row: Record<string, string>) => boolean][] = [
      ["rows", () => true],
      ...["paper", "project", "page"].map((kind): (typeof counts)[number] => [
        `kind: ${kind}`,
        (row) => row["kind"] === kind,
      ]),
      ["with a month", (row) => row["date"] !== ""],
      ["with a capability", (row) => row["capability"] !== ""],
      ["with a task", (row) => row["task"] !== ""],
      ["with neither", (row) => !labelled(row)],
      ["with a strong label", (row) => labelled(row) && strong(row)],
      ["with weak labels only", (row) => labelled(row) && !strong(row)],
      ["without any link", (row) => row["url"] === "" && row["code_url"] === ""],
    ];
    const expected = counts.map(([what, keep]) => [
      what,
      String(papers.filter(keep).length),
      String(inSurvey.filter(keep).length),
    ]);
    expect(tableAfter("| works | all")).toEqual(expected);
  });

  it("counts the labels of every word, and the sources", () => {
    const words = tableAfter("| label | strong").map(([label, strong, weak]) => [
      label!.toLowerCase().replaceAll(/[ -]/g, "_"),
      Number(strong) + Number(weak),
    ]);
    const all = papers.flatMap((row) => [...listOf(row["capability"]), ...listOf(row["task"])]);
    expect(words).toEqual(words.map(([label]) => [label, all.filter((word) => word === label).length]));
    expect(new Set(words.map(([label]) => label))).toEqual(new Set(all));
    const bySource = tableAfter("| source | works").map(([source, works, undated, ...spans]) => {
      expect(spans.map(Number).reduce((a, b) => a + b)).toBe(Number(works) - Number(undated));
      return [source, Number(works), Number(undated)];
    });
    const letters = [...new Set(papers.flatMap((row) => listOf(row["sources"])))].toSorted();
    expect(bySource).toEqual(
      letters.map((letter) => {
        const listed = papers.filter((row) => listOf(row["sources"]).includes(letter));
        return [letter, listed.length, listed.filter((row) => row["date"] === "").length];
      }),
    );
  });

  it("says how a paper is added: its example row has the columns of papers.csv", () => {
    const example = /```csv\n(.*\n)```/.exec(readme)![1]!;
    const [row] = parse(example);
    expect(row).toHaveLength(parse(text("papers"))[0]!.length);
    expect(keys).not.toContain(row![0]);
  });

  it("says what is in the survey", () => {
    const said = readme.replaceAll(/\s+/g, " ");
    const without = inSurvey.filter((row) => !row["survey_ref"]);
    const isText = (row: Record<string, string>) => listOf(row["sources"]).includes("E");
    const ofText = without.filter(isText).length;
    const references = raw("survey_references");
    expect(said).toContain(
      `"In the survey" (${inSurvey.length} works) is more than its ${references.length} references: these are ${inSurvey.length - without.length} works, as four are listed twice; ` +
        `${without.length} more stand only in its tables and figures (${ofText}) or only in list A (${without.length - ofText})`,
    );
    expect(references.length - new Set(references.map((row) => row["key"])).size).toBe(4);
    const late = inSurvey.filter((row) => row["date"]! > "2025-09");
    expect([late.length, late.filter(isText).length]).toEqual([7, 4]);
    expect(said).toContain("Seven works in the survey are dated after 2025-09");
    const lost = raw("figure_entries").filter(
      (row) => !row["key"] && ["4", "5", "6"].includes(row["figure"]!),
    );
    expect(new Set(lost.map((row) => row["entry"])).size).toBe(18);
    for (const { entry } of lost as { entry: string }[]) expect(said).toContain(entry);
  });
});

describe("joins", () => {
  it("every key of every table is in papers.csv", () => {
    for (const name of names) {
      const lost = raw(name).filter((row) => row["key"] && !keys.has(row["key"]));
      expect(lost, name).toEqual([]);
    }
  });

  it("arXiv ids, months and years agree with papers.csv", () => {
    const byKey = new Map(papers.map((row) => [row["key"], row]));
    for (const name of names.filter((name) => name !== "agents_meet_rl")) {
      for (const row of raw(name)) {
        const paper = byKey.get(row["key"]);
        for (const column of paper ? ["arxiv_id", "date"] : []) {
          if (row[column]) expect(row[column], `${name} ${row["key"]} ${column}`).toBe(paper![column]);
        }
      }
    }
  });

  it("references, citations and sections agree with one another", () => {
    const references = new Map(raw("survey_references").map((row) => [row["survey_ref"], row]));
    const sections = new Set(raw("survey_outline").map((row) => row["section"]));
    expect([...references.keys()]).toEqual(Array.from({ length: 568 }, (_, index) => String(index + 1)));
    for (const row of raw("survey_citations")) {
      expect(references.get(row["survey_ref"])?.["key"]).toBe(row["key"]);
      expect(sections).toContain(row["section"]);
    }
    for (const row of papers) {
      for (const number of listOf(row["survey_ref"])) {
        expect(references.get(number)?.["key"]).toBe(row["key"]);
      }
    }
    for (const row of raw("survey_outline")) if (row["parent"]) expect(sections).toContain(row["parent"]);
  });

  it("Figures 5 and 6 have the same works in their own tables and in figure_entries.csv", () => {
    for (const [figure, table] of [
      ["5", "tool_use_evolution"],
      ["6", "evolution_tree"],
    ] as const) {
      const drawn = raw("figure_entries").filter((row) => row["figure"] === figure);
      expect(drawn.map((row) => [row["entry"], row["key"]]).toSorted()).toEqual(
        raw(table)
          .map((row) => [row["entry"], row["key"]])
          .toSorted(),
      );
    }
  });

  it("figures.csv names files that exist", () => {
    for (const row of raw("figures")) {
      for (const file of listOf(row["files"])) expect(names.map((name) => `${name}.csv`)).toContain(file);
    }
  });
});

describe("cells", () => {
  it("keys are unique slugs", () => {
    expect(keys.size).toBe(papers.length);
    for (const key of keys) expect(key).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  it.each(names)("%s: arXiv ids, months, years and links are well formed", (name) => {
    for (const row of raw(name)) {
      const place = `${name}: ${JSON.stringify(row)}`;
      for (const id of [row["arxiv_id"], ...listOf(row["other_arxiv_ids"])].filter(Boolean)) {
        expect(id, place).toMatch(/^\d{2}(0[1-9]|1[0-2])\.\d{4,5}$/);
        expect(id!.split(".")[1]!.length, place).toBe(Number(id!.slice(0, 2)) < 15 ? 4 : 5);
      }
      if (row["date"]) expect(row["date"], place).toMatch(/^(19|20)\d\d-(0[1-9]|1[0-2])$/);
      if (row["arxiv_id"] && row["date"]) {
        const [yy, mm] = [row["arxiv_id"].slice(0, 2), row["arxiv_id"].slice(2, 4)];
        expect(row["date"], place).toBe(`20${yy}-${mm}`);
      }
      for (const [column, cell] of Object.entries(row)) {
        expect(cell, place).toBe(cell.trim());
        if (!column.endsWith("url") || cell === "") continue;
        expect(cell, place).toMatch(/^https?:\/\/[^\s;]+$/);
        expect(URL.canParse(cell), place).toBe(true);
        const linked = /arxiv\.org\/(?:abs|pdf|html)\/(\d{4}\.\d{4,5})/.exec(cell)?.[1];
        if (column === "url" && linked && row["arxiv_id"]) expect(linked, place).toBe(row["arxiv_id"]);
      }
    }
  });

  it("years of papers.csv are those of their months", () => {
    for (const row of papers.filter((row) => row["date"])) {
      expect(row["year"], row["key"]).toBe(row["date"]!.slice(0, 4));
    }
  });

  it("in_survey is what the sources say", () => {
    for (const row of papers) {
      const sources = listOf(row["sources"]);
      expect(row["in_survey"], row["key"]).toBe(String(sources.includes("A") || sources.includes("E")));
    }
  });
});
