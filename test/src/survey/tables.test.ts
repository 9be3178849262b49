/** Tables 1–10 against the files they are made of, read independently. */
import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { renderOutput } from "../../../kernel-extensions/cli/html/outputs.js";
import { toBundle } from "../../../kernel-extensions/display/index.js";
import { table, tableNumbers, tables, type TableNumber } from "../../../src/survey/index.js";
import { listOf, parse, raw, type RawRow } from "./raw.js";

/** The file of each table, how many rows it must show, the column of the name, and its other columns. */
const files: Record<TableNumber, { file: string; rows: number; name: string; shown: string[] }> = {
  1: { file: "pbrft_vs_agentic", rows: 7, name: "concept", shown: ["symbol", "pbrft", "agentic_rl"] },
  2: {
    file: "algorithms",
    rows: 37,
    name: "method",
    shown: ["year", "objective_type", "clip", "kl", "mechanism_tags", "signal"],
  },
  3: { file: "memory_methods", rows: 21, name: "method", shown: ["type", "rl_mark", "tags"] },
  4: { file: "search_agents", rows: 30, name: "method", shown: ["category", "base_llm"] },
  5: { file: "code_agents", rows: 34, name: "method", shown: ["reward_type", "base_llm"] },
  6: { file: "math_agents", rows: 27, name: "method", shown: ["reward_type"] },
  7: { file: "gui_agents", rows: 19, name: "method", shown: ["paradigm", "environment"] },
  8: { file: "multi_agent_systems", rows: 24, name: "method", shown: ["dynamic", "train", "rl_algorithm"] },
  9: { file: "environments", rows: 45, name: "environment", shown: ["capabilities", "domain", "modality"] },
  10: { file: "frameworks", rows: 23, name: "framework", shown: ["type", "feature_tags"] },
};
const dataOf = (number: TableNumber) =>
  raw(files[number].file).filter((row) => number !== 1 || row["in_table_1"] === "yes");
const errataOf = (number: TableNumber) => raw("errata").filter((row) => row["place"] === `Table ${number}`);

const checksum = (cells: string[][]) => createHash("sha256").update(JSON.stringify(cells)).digest("hex");

const unescaped = (html: string) =>
  html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");

/** The rows of the HTML form as text and the links in them; group headings left out. */
function htmlRows(html: string): { cells: string[]; links: string[] }[] {
  const rows = [...html.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map((match) => match[1]!);
  return rows
    .filter((row) => !row.includes('scope="rowgroup"'))
    .slice(1)
    .map((row) => ({
      cells: [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)].map((cell) =>
        unescaped(cell[1]!.replaceAll(/<[^>]*>/g, "")),
      ),
      links: [...row.matchAll(/href="([^"]*)"/g)].map((link) => unescaped(link[1]!)),
    }));
}

/** A cell as the tables show it: words such as `tool_use` as prose. */
const shown = (row: RawRow, column: string) => {
  const text = row[column]!.split(";").join(", ") || "–";
  return column === "capabilities" ? text.replaceAll("_", " ") : text;
};

describe.each(tableNumbers)("Table %i", (number) => {
  const { file, rows: count, name, shown: columns } = files[number];
  const data = dataOf(number);

  it("has the survey's rows in their order, none dropped", async () => {
    const { rows, title } = await table(number);
    expect(rows).toHaveLength(count);
    expect(data).toHaveLength(count);
    const names = (rows as unknown as Record<string, unknown>[]).map((row) => [row[name], row["key"]]);
    expect(names).toEqual(data.map((row) => [row[name], number === 1 ? undefined : row["key"]]));
    expect(title).toMatch(new RegExp(`^Table ${number}\\. .{10}`));
  });

  it("has the cells of its file: the checksums agree", async () => {
    const [header, ...cells] = parse((await table(number)).toCsv());
    expect(header).toEqual([...Object.keys(data[0]!), "errata"]);
    const rest = cells.map((row) => row.slice(0, -1));
    expect(checksum(rest)).toBe(checksum(data.map((row) => Object.values(row))));
  });

  it("shows every cell and every link as HTML", async () => {
    const found = htmlRows((await table(number)).toHtml());
    expect(found).toHaveLength(count);
    for (const [index, row] of data.entries()) {
      const { cells, links } = found[index]!;
      const text = (column: string) => (number === 1 ? `$${row[column]}$` : shown(row, column));
      expect(cells.slice(0, columns.length + 1)).toEqual([row[name], ...columns.map(text)]);
      const addresses = ["url", "code_url", "model_url", "website_url"].flatMap(
        (column) => row[column] || [],
      );
      expect(links).toEqual(addresses);
      for (const reference of listOf(row["survey_ref"])) expect(cells.at(-2)).toContain(`[${reference}]`);
    }
  });

  it("shows the same cells as Markdown, whatever marks they hold", async () => {
    const markdown = (await table(number)).toMarkdown();
    const lines = markdown.split("\n").filter((line) => line.startsWith("| "));
    const width = columns.length + (number === 1 ? 3 : 4);
    const rows = lines.slice(2).map((line) => line.slice(2, -2).split(" | "));
    for (const row of rows) expect(row).toHaveLength(width);
    const groups = rows.filter((row) => row.slice(1).every((cell) => cell === ""));
    expect(rows.length - groups.length).toBe(count);
    const plain = (cell: string) =>
      cell.replace(/^\[(.*)\]\(.*\)$/, "$1").replaceAll(/\\([\\`*_[\]<>|$~])/g, "$1");
    const under = rows.filter((row) => !groups.includes(row));
    for (const [index, row] of data.entries()) {
      const text = (column: string) => (number === 1 ? `$${row[column]}$` : shown(row, column));
      const cells =
        number === 1 ? [plain(under[index]![0]!), ...under[index]!.slice(1)] : under[index]!.map(plain);
      expect(cells.slice(0, columns.length + 1)).toEqual([row[name], ...columns.map(text)]);
    }
  });

  it("says in its last column what is wrong, in these rows and in no others", async () => {
    const shownTable = await table(number);
    expect(shownTable.titles.at(-1)).toBe("Errata and notes");
    const cells = htmlRows(shownTable.toHtml()).map((row) => row.cells.at(-1)!);
    const errata = errataOf(number);
    for (const [index, row] of data.entries()) {
      const own = errata.filter((erratum) => erratum["row"] === row[name]);
      expect((shownTable.rows[index] as { errata: unknown[] }).errata).toHaveLength(own.length);
      for (const { printed, should_be, source } of own as Record<string, string>[]) {
        expect(cells[index]).toContain(
          `printed ${printed}${should_be ? `, should be ${should_be}` : ""} (${source}`,
        );
      }
      const differs = row["text_differs"] ?? "";
      expect(cells[index]!.includes("its text says")).toBe(differs !== "");
      if (differs) expect(cells[index]).toContain(differs.split("=")[1]!.split(";").join(", "));
      if (own.length === 0 && !differs && !row["note"]) {
        expect(cells[index]).toMatch(/^(–|only in the survey's (repository|text))$/);
      }
    }
    expect(errata.every((erratum) => data.some((row) => row[name] === erratum["row"]))).toBe(true);
  });

  it("is shown in notebooks, terminals and frames", async () => {
    const value = await table(number);
    const bundle = await toBundle(value);
    expect(Object.keys(bundle)).toEqual(
      number === 1 ? ["text/markdown", "text/plain"] : ["text/html", "text/markdown", "text/plain"],
    );
    expect(inspect(value)).toBe(bundle["text/plain"]);
    expect(String(bundle["text/plain"]).split("\n")).toHaveLength(count + 4);
    const frame = await value.toFrame();
    expect(frame.shape).toEqual([count, Object.keys(data[0]!).length + 1]);
    expect(value.source).toContain(`${file}.csv`);
  });
});

it("Table 1's formulae are drawn in pages made of notebooks", async () => {
  const data = (await toBundle(await table(1))) as Record<string, string>;
  const html = renderOutput({ output_type: "display_data", data, metadata: {} }, { folder: "." });
  expect(html.match(/<math/g)).toHaveLength(7 * 3);
  expect(html).not.toContain("$");
});

it("every table has a name, in the order of the numbers", async () => {
  const named = await Promise.all(Object.values(tables).map(async (load) => (await load()).number));
  expect(named).toEqual(tableNumbers);
});

it("a wrong number says which there are", async () => {
  await expect(table(11 as never)).rejects.toThrow("table(): the survey has Tables 1 to 10, got 11");
  await expect(table("papers" as never)).rejects.toThrow('got "papers"; rows(name) and frame(name)');
});

describe("errata.csv", () => {
  const errata = raw("errata");
  const papers = new Map(raw("papers").map((row) => [row["key"]!, row]));
  const references = raw("survey_references");
  const has = (place: string, row: string, field: string) =>
    errata.some((item) => item["place"] === place && item["row"] === row && item["field"] === field);

  it("has every year of Table 2 that is not the arXiv id's", () => {
    const wrong = raw("algorithms").filter(
      (row) => row["arxiv_id"] && `20${row["arxiv_id"].slice(0, 2)}` !== row["year"],
    );
    expect(wrong.map((row) => row["method"])).toEqual(["DPO"]);
    for (const row of wrong) expect(has("Table 2", row["method"]!, "year")).toBe(true);
  });

  it("has every row whose reference is another work", () => {
    const keyOf = new Map(references.map((row) => [row["survey_ref"]!, row["key"]]));
    for (const number of tableNumbers.slice(1)) {
      const { file, name } = files[number];
      for (const row of raw(file)) {
        const keys = listOf(row["survey_ref"]).map((reference) => keyOf.get(reference));
        if (keys.length === 0 || keys.includes(row["key"])) continue;
        expect(has(`Table ${number}`, row[name]!, "survey_ref"), row[name]).toBe(true);
      }
    }
  });

  it("has every reference that stands twice in the list, and every label drawn twice in a branch", () => {
    const first = new Map<string, string>();
    for (const { key, survey_ref } of references as { key: string; survey_ref: string }[]) {
      const earlier = first.get(key);
      if (earlier === undefined) first.set(key, survey_ref);
      else {
        const found = errata.find((item) => item["place"] === "References" && item["row"] === survey_ref);
        expect(found).toMatchObject({ printed: survey_ref, should_be: earlier });
      }
    }
    const drawn = raw("figure_entries").map((row) => `${row["figure"]}/${row["branch"]}/${row["entry"]}`);
    const twice = new Set(drawn.filter((entry, index) => drawn.indexOf(entry) !== index));
    for (const entry of [...twice].filter((entry) => entry.startsWith("6/"))) {
      expect(has("Figure 6", entry.split("/").at(-1)!, "entry"), entry).toBe(true);
    }
  });

  it("its evidence is in the data: titles, ids, months", () => {
    const normal = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
    const titles: Record<string, string> = {
      SimPO: "reference-free",
      KTO: "prospect theoretic",
      ORPO: "without reference model",
      Prospect: "reflective memory management",
      "Grok AI DeepSearch": "Grok 3 beta",
      "Satori-SWE": "Satori-SWE",
      "Qwen3-Coder": "Qwen3 Technical Report",
      "DeepSeek-Prover-v2": "DeepSeek-Prover-V2",
      "UI-AGILE": "reinforcement learning",
      Mind2Web: "Mind2Web 2",
      "τ-bench": "conversational agents",
      PFRL: "ChainerRL",
    };
    for (const item of errata.filter(({ evidence }) => evidence === "title")) {
      const phrase = titles[item["row"]!] ?? item["should_be"]!;
      expect(normal(papers.get(item["key"]!)!["title"]!), item["row"]).toContain(normal(phrase));
    }
    for (const item of errata) {
      const id = /^arXiv (\d{4}\.\d{5})$/.exec(item["source"]!)?.[1];
      if (item["evidence"] === "primary" || id === undefined) continue;
      const known = [...papers.values()].map((row) => row["arxiv_id"]);
      expect(known, item["row"]).toContain(id);
    }
    expect(papers.get("lero")!["date"]! < papers.get("mlpo")!["date"]!).toBe(true);
  });
});

describe("search", () => {
  it("keeps the rows with all words, in any cell and any case, with links and groups", async () => {
    const all = await table(9);
    const found = all.search("WEB tool");
    const links = all.titles.indexOf("Resources");
    const expected = htmlRows(all.toHtml()).filter(({ cells }) => {
      const text = cells.filter((_, place) => place !== links).join(" ");
      return /web/i.test(text) && /tool/i.test(text);
    });
    const names = found.rows.map(({ environment }) => environment);
    expect(names).toEqual(expected.map(({ cells }) => cells[0]));
    expect(names.length).toBeLessThan(all.rows.length);
    expect(names).toContain("WebShop");
    expect(found.title).toBe(
      `Table 9. ${all.caption}: ${names.length} rows of ${all.rows.length} with “web tool”`,
    );
    expect(htmlRows(found.toHtml())).toHaveLength(names.length);
    expect((await table(10)).search("agentic rl frameworks").rows.length).toBeGreaterThan(5);
    expect(found.search("webshop").rows).toHaveLength(1);
  });

  it("finds every row by its own name", async () => {
    for (const number of [9, 10] as const) {
      const all = await table(number);
      for (const row of dataOf(number)) {
        const name = row[files[number].name]!;
        expect(
          all
            .search(name)
            .records()
            .map((one) => one[files[number].name]),
        ).toContain(name);
      }
    }
  });

  it("says so when nothing fits, and keeps the columns; refuses what are no words", async () => {
    const none = (await table(10)).search("qqq");
    expect(none.rows).toEqual([]);
    expect(none.title).toContain("no row of 23 with “qqq”");
    expect(none.toText()).toContain("no row of 23");
    expect(none.toHtml()).toContain("Framework");
    expect(none.toCsv().trim().split(",")).toContain("framework");
    expect((await none.toFrame()).shape[0]).toBe(0);
    const loose = none as unknown as { search(words: unknown): unknown };
    for (const words of ["", "  ", undefined, 3]) {
      expect(() => loose.search(words)).toThrow('search(): needs words, such as "memory web", got');
    }
  });
});
