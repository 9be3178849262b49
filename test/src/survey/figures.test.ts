import { describe, expect, it } from "vitest";
import type { Figure } from "../../../src/figures/figure.js";
import { labelsFigure, paperLabels, papersByMonthFigure } from "../../../src/survey/index.js";
import { listOf, raw } from "./raw.js";

interface Bar {
  name: string;
  x: (string | number)[];
  y: (string | number | null)[];
  yaxis: string;
}

const bars = (figure: Figure) => figure.data as unknown as Bar[];
const papers = raw("papers");
const prose: Record<string, string> = {
  tool_use: "tool use",
  self_improvement: "self-improvement",
  multi_agent: "multi-agent",
  gui: "GUI",
};
const words = (label: string) => prose[label] ?? label;

/** Labels only cited, by the raw evidence: no other source gives the label. From the raw text alone. */
const citedOnly: Record<string, RegExp> = {
  planning: /^(?!)/,
  tool_use: /^(E:Figure 5|B:tool_use)$/,
  memory: /^(E:Table 3|B:memory)$/,
  self_improvement: /^B:self_evolution$/,
  reasoning: /^B:reasoning$/,
  perception: /^(?!)/,
};
const figure4 = new Set(
  raw("figure_entries")
    .filter((row) => row["figure"] === "4")
    .map((row) => `${row["key"]!} ${row["branch"]!}`),
);
const isStrong = (row: Record<string, string>, label: string) =>
  listOf(row["labels_from"]).some((item) => citedOnly[label]!.test(item)) ||
  figure4.has(`${row["key"]!} ${label}`);

describe("papersByMonthFigure", () => {
  it("draws as many papers by capability and strength as the raw table has", async () => {
    const figure = await papersByMonthFigure({ by: "capability" });
    for (const trace of bars(figure)) {
      const label = Object.keys(citedOnly).find((label) => words(label) === trace.name)!;
      for (const [index, month] of trace.x.entries()) {
        const expected = papers.filter(
          (row) =>
            row["date"] === month &&
            listOf(row["capability"]).includes(label) &&
            isStrong(row, label) === (trace.yaxis === "y"),
        );
        expect(trace.y[index] ?? 0, `${month} ${label} ${trace.yaxis}`).toBe(expected.length);
      }
    }
    expect(bars(figure)).toHaveLength(12);
  });

  for (const by of ["capability", "task"] as const) {
    it(`by ${by}: the drawn and the named leftovers are all labels; the title is true`, async () => {
      const figure = await papersByMonthFigure({ by });
      const labelled = papers.filter((row) => row[by] !== "");
      const dated = labelled.filter((row) => row["date"]! >= "2024-01");
      const drawn = bars(figure)
        .flatMap((trace) => trace.y as (number | null)[])
        .reduce<number>((sum, count) => sum + (count ?? 0), 0);
      expect(drawn).toBe(dated.reduce((sum, row) => sum + listOf(row[by]).length, 0));

      const undated = labelled.filter((row) => !row["date"]).length;
      const earlier = labelled.length - dated.length - undated;
      const left = `Not drawn: ${undated} labelled without a month, ${earlier} before 2024-01.`;
      expect(figure.alt).toContain(left);
      expect(JSON.stringify(figure.layout)).toContain(left);

      const perMonth = new Map<string, number>();
      for (const row of dated) perMonth.set(row["date"]!, (perMonth.get(row["date"]!) ?? 0) + 1);
      const most = Math.max(...perMonth.values());
      const peaks = [...perMonth].filter(([, count]) => count === most);
      expect(peaks).toEqual([["2025-05", most]]);
      const share = Math.round((100 * most) / dated.length);
      expect(figure.title).toBe(
        `Papers by ${by === "task" ? "task domain" : by} peak in May 2025: ${most} of the ${dated.length} drawn (${share} %)`,
      );
    });
  }

  it("shares the peak when months tie", async () => {
    const figure = await papersByMonthFigure({ by: "capability", inSurvey: false, from: "2026-01" });
    const counts = new Map<string, number>();
    for (const row of papers) {
      if (row["capability"] && row["in_survey"] === "false" && row["date"]! >= "2026-01") {
        counts.set(row["date"]!, (counts.get(row["date"]!) ?? 0) + 1);
      }
    }
    const most = Math.max(...counts.values());
    const tied = [...counts.values()].filter((count) => count === most).length;
    expect(figure.title.includes(" each ")).toBe(tied > 1);
  });

  it("one strength: one panel, and the other is not drawn", async () => {
    const figure = await papersByMonthFigure({ by: "task", strength: "weak" });
    const weak = (await paperLabels()).filter(
      (row) => row.by === "task" && row.strength === "weak" && row.date !== null && row.date >= "2024-01",
    );
    const drawn = bars(figure).flatMap((trace) => trace.y as (number | null)[]);
    expect(drawn.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBe(weak.length);
    expect(new Set(bars(figure).map((trace) => trace.yaxis))).toEqual(new Set(["y"]));
  });

  it("says what is missing when nothing is left to draw", async () => {
    await expect(papersByMonthFigure({ by: "task", from: "2030-01" })).rejects.toThrow(
      "no labelled work is dated 2030-01 or later",
    );
  });

  it("labels the axes with their units", async () => {
    const { layout } = await papersByMonthFigure({ by: "task" });
    expect(layout).toMatchObject({
      yaxis: { title: { text: "papers per month" } },
      yaxis2: { title: { text: "papers per month" }, matches: "y" },
      xaxis: { title: { text: expect.stringContaining("month") as unknown } },
    });
  });
});

describe("labelsFigure", () => {
  it.each(["capability", "task"] as const)("by %s: every label of every paper, dated or not", async (by) => {
    const figure = await labelsFigure({ by });
    const [strong, weak] = bars(figure) as [Bar, Bar];
    for (const [index, name] of (strong.y as string[]).entries()) {
      const expected = papers.filter((row) => listOf(row[by]).map(words).includes(name)).length;
      expect((strong.x[index] as number) + (weak.x[index] as number), name).toBe(expected);
    }
    const total = papers.reduce((sum, row) => sum + listOf(row[by]).length, 0);
    const share = (weak.x as number[]).reduce((a, b) => a + b) / total;
    expect(figure.title).toContain(`${Math.round(100 * share)} % of labels are weak`);
  });

  it("names the labels that are only weak", async () => {
    expect((await labelsFigure({ by: "capability" })).alt).toContain("Only weak labels: planning.");
    expect((await labelsFigure({ by: "task" })).alt).not.toContain("Only weak labels");
  });
});
