import { describe, expect, it } from "vitest";
import { createFigure, jupyterDisplay, palette } from "../../../src/figures/figure.js";

const figure = createFigure({
  title: "GRPO < PPO & both learn",
  subtitle: ["5 seeds", "200 steps"],
  alt: "Two lines.",
  data: [{ type: "scatter", y: [1, 2] }],
  layout: { yaxis: { title: { text: "return" } }, yaxis2: { matches: "y" }, margin: { b: 90 } },
});

describe("createFigure", () => {
  it("shows as Plotly's JSON and as text with the alternative", () => {
    const bundle = figure[jupyterDisplay]();
    expect(Object.keys(bundle)).toEqual(["application/vnd.plotly.v1+json", "text/plain"]);
    expect(bundle["text/plain"]).toBe("GRPO < PPO & both learn\nTwo lines.");
    const plotly = bundle["application/vnd.plotly.v1+json"];
    expect(JSON.parse(JSON.stringify(plotly))).toEqual(plotly);
  });

  it("escapes names, so that data cannot become markup", () => {
    expect(figure.layout).toMatchObject({ title: { text: "GRPO &lt; PPO &amp; both learn" } });
    expect(figure.title).toBe("GRPO < PPO & both learn");
  });

  it("lays the base under every axis and keeps the figure's own margins", () => {
    expect(figure.layout).toMatchObject({
      yaxis: { title: { text: "return", standoff: 10 }, automargin: true },
      yaxis2: { matches: "y", automargin: true },
      margin: { b: 90, l: 70 },
    });
  });

  it("lets the page show through", () => {
    expect(figure.layout).toMatchObject({ paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" });
  });

  it("breaks long titles and makes room for them", () => {
    const margin = (title: string) =>
      (createFigure({ title, alt: "", data: [], layout: {} }).layout["margin"] as { t: number }).t;
    const long = createFigure({ title: "word ".repeat(30).trim(), alt: "", data: [], layout: {} });
    const text = (long.layout["title"] as { text: string }).text;
    expect(text.split("<br>").every((line) => line.length <= 60)).toBe(true);
    expect(text.replaceAll("<br>", " ")).toBe(long.title);
    expect(margin(long.title)).toBeGreaterThan(margin("short"));
  });

  it("uses Okabe and Ito's colours", () => {
    expect(Object.values(palette)).toHaveLength(new Set(Object.values(palette)).size);
    for (const colour of Object.values(palette)) expect(colour).toMatch(/^#[0-9A-F]{6}$/);
  });
});
