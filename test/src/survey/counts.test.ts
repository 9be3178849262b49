import { mkdtemp, cp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  countBy,
  labelsBy,
  labelStrength,
  labelText,
  paperLabels,
  papersByMonth,
  rows,
  worksBySource,
} from "../../../src/survey/index.js";
import { monthsBetween } from "../../../src/survey/counts.js";
import { directory, listOf, raw } from "./raw.js";

const papers = raw("papers");

describe("labels", () => {
  it("labelStrength: citations only are weak, anything else is strong, nothing is null", async () => {
    expect(labelStrength({ labels_from: ["E:sec 3.1", "E:sec 4.2"] })).toBe("weak");
    expect(labelStrength({ labels_from: ["E:Table 4", "E:sec 4.1"] })).toBe("strong");
    expect(labelStrength({ labels_from: [] })).toBeNull();
    const counted = countBy(
      (await rows("papers")).map((paper) => ({ strength: labelStrength(paper) })),
      "strength",
    );
    const expected = { weak: 0, strong: 0, null: 0 };
    for (const row of papers) {
      const from = listOf(row["labels_from"]);
      if (from.length === 0) expected.null++;
      else if (from.every((item) => item.startsWith("E:sec "))) expected.weak++;
      else expected.strong++;
    }
    expect(Object.fromEntries(counted.map(({ value, rows }) => [String(value), rows]))).toEqual(expected);
  });

  it("paperLabels: one row for each label of each paper, each with its evidence", async () => {
    const labels = await paperLabels();
    const expected = papers.flatMap((row) =>
      [...listOf(row["capability"]), ...listOf(row["task"])].map((label) => `${row["key"]!} ${label}`),
    );
    expect(labels.map((row) => `${row.key} ${row.label}`)).toEqual(expected);
    for (const row of labels) {
      expect(row.evidence.length).toBeGreaterThan(0);
      expect(row.strength).toBe(row.evidence.every((item) => item.startsWith("E:sec ")) ? "weak" : "strong");
      expect(labelsBy(row.by)).toContain(row.label);
    }
  });

  it("strength belongs to the label: DAPO is filed under math and cited under reasoning", async () => {
    const labels = (await paperLabels()).filter((row) => row.key === "dapo");
    expect(labels.map(({ label, strength }) => [label, strength])).toEqual([
      ["reasoning", "weak"],
      ["math", "strong"],
    ]);
  });

  it("a row whose evidence does not give its labels is a fault", async () => {
    const folder = await mkdtemp(join(tmpdir(), "survey-"));
    try {
      await cp(directory, folder, { recursive: true });
      const file = join(folder, "papers.csv");
      await writeFile(
        file,
        (await readFile(file, "utf8")).replace("A:Sec4.3;E:Figure 6", "A:Sec4.2;E:Figure 6"),
      );
      await expect(paperLabels({ directory: folder })).rejects.toThrow(
        'papers.csv, row 2, column "labels_from": "A:Sec4.2;E:Figure 6;E:Table 6;E:sec 4.3" gives code;math, the row has math',
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** The same counts, from the raw text alone. */
function expectedCounts(column: "capability" | "task", keep: (row: Record<string, string>) => boolean) {
  const counts = new Map<string, number>();
  for (const row of papers.filter((row) => row["date"] && keep(row))) {
    for (const label of listOf(row[column])) {
      const cell = `${row["date"]!} ${label}`;
      counts.set(cell, (counts.get(cell) ?? 0) + 1);
    }
  }
  return counts;
}

describe("papersByMonth", () => {
  for (const by of ["capability", "task"] as const) {
    for (const inSurvey of [undefined, true, false]) {
      it(`counts every dated label once, by ${by}, in survey ${String(inSurvey)}`, async () => {
        const keep = (row: Record<string, string>) =>
          inSurvey === undefined || row["in_survey"] === String(inSurvey);
        const counted = await papersByMonth({ by, ...(inSurvey !== undefined && { inSurvey }) });
        const found = new Map<string, number>();
        for (const { month, label, papers } of counted.counts) {
          found.set(`${month} ${label}`, (found.get(`${month} ${label}`) ?? 0) + papers);
        }
        expect(new Map([...found].toSorted())).toEqual(new Map([...expectedCounts(by, keep)].toSorted()));
        const labelled = papers.filter((row) => row[by] !== "" && keep(row));
        expect(counted.undated).toEqual(labelled.filter((row) => !row["date"]).map((row) => row["key"]));
        expect(counted.papers + counted.undated.length).toBe(labelled.length);
        expect(counted.perMonth.reduce((sum, { papers }) => sum + papers, 0)).toBe(counted.papers);
        expect(counted).toMatchObject({ by, inSurvey: inSurvey ?? null, strength: "any" });
      });
    }
  }

  it("strong and weak together are any", async () => {
    for (const by of ["capability", "task"] as const) {
      const sum = async (strength: "strong" | "weak" | "any") =>
        (await papersByMonth({ by, strength })).counts.reduce((total, { papers }) => total + papers, 0);
      expect((await sum("strong")) + (await sum("weak"))).toBe(await sum("any"));
      expect(await sum("weak")).toBeGreaterThan(0);
    }
  });

  it("says which strength it used and gives nothing of the other", async () => {
    const strong = await papersByMonth({ by: "task", strength: "strong" });
    expect(strong.strength).toBe("strong");
    expect(new Set(strong.counts.map(({ strength }) => strength))).toEqual(new Set(["strong"]));
  });

  it("from: what is earlier is named, not counted", async () => {
    for (const by of ["capability", "task"] as const) {
      const all = await papersByMonth({ by });
      const counted = await papersByMonth({ by, from: "2025-01" });
      const earlier = papers.filter((row) => row[by] && row["date"] && row["date"] < "2025-01");
      expect(counted.earlier).toEqual(earlier.map((row) => row["key"]));
      expect(earlier.length).toBeGreaterThan(0);
      expect(counted).toMatchObject({ from: "2025-01", undated: all.undated });
      expect(counted.papers).toBe(all.papers - earlier.length);
      expect(counted.perMonth).toEqual(all.perMonth.filter(({ month }) => month >= "2025-01"));
      expect(counted.labels).toBe(counted.counts.reduce((sum, { papers }) => sum + papers, 0));
      expect(counted.labels).toBe(counted.perMonth.reduce((sum, { labels }) => sum + labels, 0));
      expect(all).toMatchObject({ from: null, earlier: [] });
    }
  });

  it("months run without gaps", () => {
    expect(monthsBetween(["2024-11", "2025-02", "2024-12"])).toEqual([
      "2024-11",
      "2024-12",
      "2025-01",
      "2025-02",
    ]);
    expect(monthsBetween([])).toEqual([]);
  });
});

it("worksBySource: every work of every source, by month or without one", async () => {
  const counted = await worksBySource();
  expect(counted.map(({ source }) => source)).toEqual(["A", "B", "C", "D", "E"]);
  for (const { source, works, undated, perMonth } of counted) {
    const listed = papers.filter((row) => listOf(row["sources"]).includes(source));
    expect(works).toBe(listed.length);
    expect(undated).toBe(listed.filter((row) => !row["date"]).length);
    expect(perMonth.reduce((sum, row) => sum + row.works, undated)).toBe(works);
    for (const row of perMonth) {
      expect(row.works).toBe(listed.filter((paper) => paper["date"] === row.month).length);
    }
  }
});

describe("countBy", () => {
  it("counts a list once for each value, and what is missing under null", () => {
    const records = [
      { tag: ["a", "b", "a"], year: 2025 },
      { tag: ["a"], year: null },
      { tag: [], year: 2025 },
    ];
    expect(countBy(records, "tag")).toEqual([
      { value: "a", rows: 2 },
      { value: "b", rows: 1 },
      { value: null, rows: 1 },
    ]);
    expect(countBy(records, "year")).toEqual([
      { value: 2025, rows: 2 },
      { value: null, rows: 1 },
    ]);
  });
});

it("the data sheet tells strong labels from weak ones", async () => {
  const labels = await paperLabels();
  const readme = await readFile(join(directory, "README.md"), "utf8");
  for (const label of [...labelsBy("capability"), ...labelsBy("task")]) {
    const count = (strength: string) =>
      labels.filter((row) => row.label === label && row.strength === strength).length;
    expect(readme).toContain(`| ${labelText(label)} | ${count("strong")} | ${count("weak")} |`);
  }
});
