/** The committed tables against their data sheet, datasets/survey/README.md. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tableNames } from "../../../src/survey/index.js";
import { directory, listOf, parse, raw } from "./raw.js";

const rowCounts = {
  papers: 1143,
  algorithms: 37,
  memory_methods: 21,
  search_agents: 30,
  code_agents: 34,
  math_agents: 27,
  gui_agents: 19,
  multi_agent_systems: 24,
  environments: 45,
  frameworks: 23,
  pbrft_vs_agentic: 9,
  survey_outline: 51,
  figure_entries: 290,
  tool_use_evolution: 22,
  evolution_tree: 126,
  capability_methods: 250,
  other_task_methods: 101,
  survey_references: 568,
  survey_citations: 876,
  agents_meet_rl: 369,
  figures: 16,
};
const names = Object.keys(rowCounts) as (keyof typeof rowCounts)[];
const papers = raw("papers");
const keys = new Set(papers.map((row) => row["key"]));
const text = (name: string) => readFileSync(`${directory}${name}.csv`, "utf8");

describe("the files", () => {
  it("are the tables of the schema, and nothing else", () => {
    const files = readdirSync(directory).filter((file) => file.endsWith(".csv"));
    expect(files.toSorted()).toEqual(names.map((name) => `${name}.csv`).toSorted());
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

  it.each(names)("%s: as many rows as the README says", (name) => {
    expect(raw(name)).toHaveLength(rowCounts[name]);
    const readme = readFileSync(`${directory}README.md`, "utf8");
    expect(readme).toContain(`| \`${name}.csv\` | ${rowCounts[name]} |`);
  });

  it("papers.csv has the README's numbers", () => {
    const having = (column: string, rows = papers) => rows.filter((row) => row[column] !== "").length;
    const inSurvey = papers.filter((row) => row["in_survey"] === "true");
    expect(inSurvey).toHaveLength(580);
    expect([having("arxiv_id"), having("arxiv_id", inSurvey)]).toEqual([908, 412]);
    expect([having("title"), having("name"), having("year"), having("date")]).toEqual([
      919, 1054, 1111, 1005,
    ]);
    expect([having("capability"), having("task")]).toEqual([256, 522]);
    expect(papers.filter((row) => row["capability"] === "" && row["task"] === "")).toHaveLength(438);
    expect(inSurvey.filter((row) => row["capability"] === "" && row["task"] === "")).toHaveLength(156);
    expect(papers.filter((row) => row["year"] === "")).toHaveLength(32);
    expect(papers.filter((row) => row["url"] === "" && row["code_url"] === "")).toHaveLength(28);
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
