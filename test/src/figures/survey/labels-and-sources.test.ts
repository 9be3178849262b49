import { describe, expect, it } from "vitest";
import type { Figure } from "../../../../src/figures/figure.js";
import { figures } from "../../../../src/figures/survey/index.js";
import { paperLabels, papersByMonth } from "../../../../src/survey/index.js";
import { listOf, raw } from "../../survey/raw.js";

const { labelsByMonth, labelStrengths, sourcesByMonth } = figures;

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

describe("labelsByMonth", () => {
  it("draws as many papers by capability and strength as the raw table has", async () => {
    const figure = await labelsByMonth({ by: "capability" });
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
      const figure = await labelsByMonth({ by });
      const labelled = papers.filter((row) => row[by] !== "");
      const dated = labelled.filter((row) => row["date"]! >= "2024-01");
      const drawn = bars(figure)
        .flatMap((trace) => trace.y as (number | null)[])
        .reduce<number>((sum, count) => sum + (count ?? 0), 0);
      expect(drawn).toBe(dated.reduce((sum, row) => sum + listOf(row[by]).length, 0));

      const undated = labelled.filter((row) => !row["date"]).length;
      const earlier = labelled.length - dated.length - undated;
      const left = `Works not drawn: ${undated} without a month, ${earlier} dated before 2024-01.`;
      expect(figure.alt).toContain(left);
      expect(JSON.stringify(figure.layout)).toContain(left);

      const perMonth = new Map<string, number>();
      for (const row of dated) {
        perMonth.set(row["date"]!, (perMonth.get(row["date"]!) ?? 0) + listOf(row[by]).length);
      }
      const most = Math.max(...perMonth.values());
      const peaks = [...perMonth].filter(([, count]) => count === most);
      expect(peaks).toEqual([["2025-05", most]]);
      const share = Math.round((100 * most) / drawn);
      expect(figure.alt).toContain(`${drawn} labels of ${dated.length} works`);
      expect(figure.title).toBe(
        `${by === "task" ? "Task domain" : "Capability"} labels peak in May 2025: ${most} of ${drawn} drawn (${share}\u00A0%)`,
      );
    });
  }

  it("shares the peak when months tie", async () => {
    const figure = await labelsByMonth({ by: "capability", inSurvey: false, from: "2026-01" });
    const counts = new Map<string, number>();
    for (const row of papers) {
      if (row["capability"] && row["in_survey"] === "false" && row["date"]! >= "2026-01") {
        counts.set(row["date"]!, (counts.get(row["date"]!) ?? 0) + listOf(row["capability"]).length);
      }
    }
    const most = Math.max(...counts.values());
    const tied = [...counts.values()].filter((count) => count === most).length;
    expect(figure.title.includes(" each ")).toBe(tied > 1);
  });

  it("one strength: one panel, and the other is not drawn", async () => {
    const figure = await labelsByMonth({ by: "task", strength: "weak" });
    const weak = (await paperLabels()).filter(
      (row) => row.by === "task" && row.strength === "weak" && row.date !== null && row.date >= "2024-01",
    );
    const drawn = bars(figure).flatMap((trace) => trace.y as (number | null)[]);
    expect(drawn.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBe(weak.length);
    expect(new Set(bars(figure).map((trace) => trace.yaxis))).toEqual(new Set(["y"]));
  });

  it("says what is missing when nothing is left to draw", async () => {
    await expect(labelsByMonth({ by: "task", from: "2030-01" })).rejects.toThrow(
      "no labelled work is dated 2030-01 or later",
    );
  });

  it("labels the axes with their units", async () => {
    const { layout } = await labelsByMonth({ by: "task" });
    expect(layout).toMatchObject({
      yaxis: { title: { text: "labels per month" } },
      yaxis2: { title: { text: "labels per month" }, matches: "y" },
      xaxis: { title: { text: expect.stringContaining("month") as unknown } },
    });
  });
});

describe("the month figures and the counts beside them", () => {
  for (const by of ["capability", "task"] as const) {
    for (const strength of ["any", "strong", "weak"] as const) {
      it(`by ${by}, ${strength}: a month's bars are the labels that papersByMonth counts`, async () => {
        const figure = await labelsByMonth({ by, strength });
        const counted = await papersByMonth({ by, strength, from: "2024-01" });
        const drawn = new Map(counted.perMonth.map(({ month }) => [month, 0]));
        for (const trace of bars(figure)) {
          for (const [index, month] of (trace.x as string[]).entries()) {
            drawn.set(month, drawn.get(month)! + ((trace.y[index] as number | null) ?? 0));
          }
        }
        expect([...drawn]).toEqual(counted.perMonth.map(({ month, labels }) => [month, labels]));
        expect(figure.alt).toContain(`${counted.labels} labels of ${counted.papers} works`);
      });
    }
  }

  it.each(["2024-01", "2025-09"])("from %s: no text stands in another's row", async (from) => {
    const figure = await labelsByMonth({ by: "task", from });
    const texts = figure.layout["annotations"] as { text: string; y: number; yanchor: string }[];
    expect(texts.map(({ yanchor }) => yanchor)).toEqual(["bottom", "bottom", "bottom"]);
    expect(texts.at(-1)).toMatchObject({ text: "dotted line: survey posted", y: 1 });
    // A row of the drawing (about 430 pixels high) holds a line of 13 pixels.
    for (const { y } of texts.slice(0, -1)) expect(430 * (1 - y)).toBeGreaterThan(20);
  });

  it("titles break into lines of at most 60 characters", async () => {
    for (const figure of [
      await labelsByMonth({ by: "task" }),
      await labelStrengths({ by: "task" }),
      await sourcesByMonth(),
    ]) {
      const { text } = figure.layout["title"] as { text: string };
      for (const line of text.split("<br>")) expect(line.length).toBeLessThanOrEqual(60);
    }
  });
});

describe("sourcesByMonth", () => {
  it("draws every dated work of every source, or names it as not drawn", async () => {
    const figure = await sourcesByMonth({ from: "2025-01" });
    expect(bars(figure).map(({ name }) => name)).toEqual(["A", "B", "C", "D", "E"]);
    for (const { name, x, y } of bars(figure)) {
      const listed = papers.filter((row) => listOf(row["sources"]).includes(name));
      for (const [index, month] of x.entries()) {
        expect(y[index] ?? 0, `${name} ${month}`).toBe(listed.filter((row) => row["date"] === month).length);
      }
      const [undated, earlier] = /without a month: (.*)\. Not drawn, before 2025-01: (.*)\.$/
        .exec(figure.alt)!
        .slice(1);
      expect(undated).toContain(`${name} ${listed.filter((row) => !row["date"]).length}`);
      const before = listed.filter((row) => row["date"] && row["date"] < "2025-01").length;
      expect(earlier).toContain(`${name} ${before}`);
    }
    expect(figure.title).toBe("Every source lists most works for May 2025");
  });

  it("names the peaks when they differ", async () => {
    expect((await sourcesByMonth({ from: "2025-06" })).title).toMatch(
      /^The sources list most works for .* and /,
    );
  });

  it("says what is missing when nothing is left to draw", async () => {
    await expect(sourcesByMonth({ from: "2030-01" })).rejects.toThrow("no work is dated 2030-01 or later");
  });
});

describe("labelStrengths", () => {
  it.each(["capability", "task"] as const)("by %s: every label of every paper, dated or not", async (by) => {
    const figure = await labelStrengths({ by });
    const [strong, weak] = bars(figure) as [Bar, Bar];
    for (const [index, name] of (strong.y as string[]).entries()) {
      const expected = papers.filter((row) => listOf(row[by]).map(words).includes(name)).length;
      expect((strong.x[index] as number) + (weak.x[index] as number), name).toBe(expected);
    }
    const total = papers.reduce((sum, row) => sum + listOf(row[by]).length, 0);
    const share = (weak.x as number[]).reduce((a, b) => a + b) / total;
    expect(figure.title).toContain(`${Math.round(100 * share)}\u00A0% of labels are weak`);
  });

  it("names the labels that are only weak", async () => {
    expect((await labelStrengths({ by: "capability" })).alt).toContain("Only weak labels: planning.");
    expect((await labelStrengths({ by: "task" })).alt).not.toContain("Only weak labels");
  });
});
