/** Counts and joins against the raw files, counted once more in another way. */
import { describe, expect, it } from "vitest";
import {
  algorithmFamilies,
  algorithmFamily,
  appearances,
  baseModelFamilies,
  baseModelFamiliesOf,
  citationsBySection,
  dimensions,
  findPapers,
  keyedTableNames,
  organisationsOf,
  paperLabels,
  papersBy,
  rows,
  toFrame,
  withPapers,
  type Dimension,
  type PaperFilter,
} from "../../../src/survey/index.js";
import { listOf, raw, type RawRow } from "./raw.js";

const papers = raw("papers");

/** The values of a work in a dimension, from the raw text. */
const valuesOf: Record<Dimension, (row: RawRow) => (string | number)[]> = {
  month: (row) => (row["date"] ? [row["date"]] : []),
  year: (row) => (row["year"] ? [Number(row["year"])] : []),
  capability: (row) => listOf(row["capability"]),
  task: (row) => listOf(row["task"]),
  family: (row) =>
    [...new Set(listOf(row["algorithm"]).map(algorithmFamily))].filter((family) => family !== null),
  rewardType: (row) => (row["reward_type"] ? [row["reward_type"]] : []),
  baseModel: (row) => (row["base_model"] ? baseModelFamiliesOf(row["base_model"]) : []),
  organisation: (row) => (row["organisation"] ? organisationsOf(row["organisation"]) : []),
  kind: (row) => [row["kind"]!],
  source: (row) => listOf(row["sources"]),
};

const sum = (counts: readonly { papers: number }[]) => counts.reduce((total, row) => total + row.papers, 0);

describe("papersBy", () => {
  it.each(dimensions)("%s: every work is counted under each of its values, or named as left", async (by) => {
    const counted = await papersBy(by);
    const expected = new Map<string | number, number>();
    for (const value of papers.flatMap(valuesOf[by])) expected.set(value, (expected.get(value) ?? 0) + 1);
    const found = new Map<string | number, number>();
    for (const row of counted.counts) found.set(row[by], (found.get(row[by]) ?? 0) + row.papers);
    expect(new Map([...found].toSorted())).toEqual(new Map([...expected].toSorted()));
    const without = papers.filter((row) => valuesOf[by](row).length === 0);
    expect(counted.left).toEqual(without.map((row) => ({ key: row["key"], without: by })));
    expect(counted.papers + counted.left.length).toBe(papers.length);
  });

  it("tells strong labels from weak ones wherever labels are counted, and only there", async () => {
    const labels = await paperLabels();
    for (const by of ["capability", "task"] as const) {
      for (const strength of ["strong", "weak"] as const) {
        const { counts } = await papersBy(by, { strength });
        expect(new Set(counts.map((row) => row.strength))).toEqual(new Set([strength]));
        for (const row of counts) {
          const those = labels.filter((one) => one.label === row[by] && one.strength === strength);
          expect(row.papers).toBe(those.length);
        }
        expect(sum(counts)).toBe(labels.filter((one) => one.by === by && one.strength === strength).length);
      }
    }
    const { counts } = await papersBy("year");
    expect(new Set(counts.map((row) => row.strength))).toEqual(new Set([null]));
    await expect(papersBy("year", { strength: "strong" })).rejects.toThrow(
      "papersBy(): strength is a label's: it needs capability or task among what is counted by or asked for",
    );
  });

  it("two labels at once are as strong as the weaker", async () => {
    const labels = await paperLabels();
    const { counts } = await papersBy(["capability", "task"]);
    const expected = labels.flatMap((a) =>
      labels
        .filter((b) => a.by === "capability" && b.by === "task" && a.key === b.key)
        .map(
          (b) =>
            `${a.label} ${b.label} ${[a, b].some(({ strength }) => strength === "weak") ? "weak" : "strong"}`,
        ),
    );
    const found = counts.flatMap((row) =>
      Array<string>(row.papers).fill(`${row.capability} ${row.task} ${String(row.strength)}`),
    );
    expect(found.toSorted()).toEqual(expected.toSorted());
  });

  it("a label asked for gives its strength to what is counted", async () => {
    const { counts, papers: counted } = await papersBy("year", { task: "math" });
    const labels = (await paperLabels()).filter(({ label }) => label === "math");
    const year = new Map(papers.map((row) => [row["key"]!, Number(row["year"])]));
    for (const row of counts) {
      const those = labels.filter((one) => year.get(one.key) === row.year && one.strength === row.strength);
      expect(row.papers).toBe(those.length);
    }
    expect(counted).toBe(labels.filter(({ key }) => year.get(key)).length);
    expect(counts.map((row) => row.year)).toEqual(counts.map((row) => row.year).toSorted());
  });

  it("from and to: works without a month are named", async () => {
    const counted = await papersBy("kind", { from: "2025-01", to: "2025-03" });
    const inside = papers.filter((row) => row["date"]! >= "2025-01" && row["date"]! <= "2025-03");
    expect(counted.papers).toBe(inside.length);
    const undated = papers
      .filter((row) => !row["date"])
      .map((row) => ({ key: row["key"], without: "month" }));
    expect(counted.left).toEqual(undated);
  });

  it("its counts make a frame", async () => {
    const frame = await toFrame((await papersBy(["year", "rewardType"])).counts);
    expect(frame.columns).toEqual(["year", "rewardType", "strength", "papers"]);
    expect(frame.dtypes.at(-1)).toBe("int32");
  });

  it.each<[unknown, unknown, string]>([
    ["taks", {}, 'what to count by must be one of "month", '],
    [["task", "task"], {}, "task, task names a dimension twice"],
    [[], {}, "what to count by must be a word or a list of words, got an array"],
    ["task", { capabilty: "memory" }, 'an option must be one of "directory", '],
    ["task", { capability: "memroy" }, 'got "memroy". Did you mean "memory"?'],
    [
      "task",
      { family: "grpo" },
      'family must be one of "PPO", "DPO", "GRPO", "policy gradient", "other", got "grpo"',
    ],
    ["task", { from: "2025" }, "from must be a month as YYYY-MM"],
    ["task", { organisation: 3 }, "organisation must be text, got 3"],
    ["task", "search", "options must be an object"],
  ])("refuses %j with %j", async (by, filter, message) => {
    const call = papersBy(by as Dimension, filter as PaperFilter);
    await expect(call).rejects.toThrow(message);
    await expect(call).rejects.toThrow(/^papersBy\(\): /);
  });
});

it("findPapers keeps what papersBy counts", async () => {
  const found = await findPapers({ task: "search", family: "GRPO", from: "2025-06", strength: "strong" });
  expect(found.length).toBeGreaterThan(5);
  for (const paper of found) {
    expect(paper.task).toContain("search");
    expect(paper.algorithm.map(algorithmFamily)).toContain("GRPO");
    expect(paper.date! >= "2025-06").toBe(true);
  }
  const counted = await papersBy("kind", {
    task: "search",
    family: "GRPO",
    from: "2025-06",
    strength: "strong",
  });
  expect(counted.papers).toBe(found.length);
  expect(await findPapers()).toEqual(await rows("papers"));
  await expect(findPapers({ strength: "weak" })).rejects.toThrow("findPapers(): strength is a label's");
});

describe("families", () => {
  it("algorithms: Table 2 has its own families", () => {
    for (const row of raw("algorithms")) expect(algorithmFamily(row["method"]!)).toBe(row["family"]);
    const words: [string, ReturnType<typeof algorithmFamily>][] = [
      ["Tree-GRPO", "GRPO"],
      ["MAGRPO", "GRPO"],
      ["GSPO-Token", "GRPO"],
      ["REINFORCE++", "policy gradient"],
      ["SAC", "other"],
      ["PPP-RL", "other"],
      ["RL", null],
      ["Agentic RL", null],
      ["rule-based RL", null],
      ["N/A", null],
    ];
    for (const [word, family] of words) expect(algorithmFamily(word), word).toBe(family);
    expect(algorithmFamilies).toContain("other");
  });

  it("base models: every cell has a known family", () => {
    const cells = [
      ...papers.map((row) => row["base_model"]!),
      ...raw("search_agents").map((row) => row["base_llm"]!),
    ];
    for (const cell of cells.filter(Boolean)) {
      const families = baseModelFamiliesOf(cell);
      expect(families.length, cell).toBeGreaterThan(0);
      expect(families, cell).not.toContain("other");
      for (const family of families) expect(baseModelFamilies).toContain(family);
    }
    expect(baseModelFamiliesOf("DeepSeek-R1-Distilled-Qwen-7B, Llama3.1-8B")).toEqual(["Qwen", "Llama"]);
    expect(baseModelFamiliesOf("Qwen-2.5, 0.5B-14B")).toEqual(["Qwen"]);
    expect(baseModelFamiliesOf("Olmo-7B")).toEqual(["other"]);
  });

  it("organisations: parts, one spelling each, laboratories left out", () => {
    expect(organisationsOf("Tsinghua / Zhipu AI (THUDM)")).toEqual(["Tsinghua", "Zhipu AI"]);
    expect(organisationsOf("Alibaba/Tongyi Lab")).toEqual(["Alibaba"]);
    expect(organisationsOf("Texas A&M / Emory / KAUST")).toEqual(["Texas A&M", "Emory", "KAUST"]);
    expect(organisationsOf("UNC‑Chapel Hill / Stanford University")).toEqual(["UNC Chapel Hill", "Stanford"]);
    for (const none of ["Individual", "Academic (ICML 2026)", "Unknown", "Multi-institution"]) {
      expect(organisationsOf(none)).toEqual([]);
    }
  });
});

describe("joins", () => {
  it.each(keyedTableNames)("withPapers(%s): every row, with its work where it has a key", async (name) => {
    const joined = await withPapers(name);
    const cells = raw(name);
    expect(joined).toHaveLength(cells.length);
    for (const [index, row] of joined.entries()) {
      expect(row.paper?.key ?? "", `row ${index + 2}`).toBe(cells[index]!["key"]);
    }
  });

  it("withPapers refuses files whose rows are no works", async () => {
    await expect(withPapers("figures" as never)).rejects.toThrow(
      "withPapers(): the table's name must be one of",
    );
  });

  it("appearances: every row of every file that names the work", async () => {
    for (const key of ["dapo", "posterior-grpo", "tool-star"]) {
      const { paper, found } = await appearances(key);
      expect(paper.key).toBe(key);
      const expected = keyedTableNames.flatMap((table) =>
        raw(table).flatMap((row, index) => (row["key"] === key ? [`${table} ${index + 2}`] : [])),
      );
      expect(found.map(({ table, row }) => `${table} ${row}`)).toEqual(expected);
    }
    await expect(appearances("DAPO")).rejects.toThrow('has the key "DAPO"; the key of that name is "dapo"');
  });

  it("citationsBySection: the outline's counts, and the tables apart", async () => {
    const sections = await citationsBySection();
    const outline = raw("survey_outline");
    const citations = raw("survey_citations");
    expect(sections.map((row) => row.section)).toEqual(outline.map((row) => row["section"]));
    for (const [index, row] of sections.entries()) {
      expect(row.withSubsections, row.section).toBe(Number(outline[index]!["refs_cited"]));
      const own = citations.filter((citation) => citation["section"] === row.section);
      const count = (keep: (citation: RawRow) => boolean) =>
        new Set(own.filter(keep).map((citation) => citation["survey_ref"])).size;
      expect([row.references, row.inText, row.inTables]).toEqual([
        count(() => true),
        count((citation) => citation["table"] === ""),
        count((citation) => citation["table"] !== ""),
      ]);
      expect(row.works).toBeLessThanOrEqual(row.withSubsections);
    }
  });
});
