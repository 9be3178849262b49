/** How many works each capability or task domain has, and how many of their labels are strong. */
import { requireFlag, requireOneOf, requireOptions } from "../../survey/arguments.js";
import { labelKinds, labelsBy, labelText, paperLabels, type Strength } from "../../survey/labels.js";
import type { ReadOptions } from "../../survey/read.js";
import type { Label } from "../../survey/rows.js";
import { plural } from "../curves.js";
import { createFigure, ink, palette, type Figure } from "../figure.js";
import { kindText, scopeText, strengths, strengthText } from "./months.js";
import { and, capital, percent } from "./words.js";

export interface LabelStrengthsOptions extends ReadOptions {
  by: "capability" | "task";
  inSurvey?: boolean;
}

/**
 * One bar a label, its strong part and its weak part side by side in one stack. Works without a month are
 * counted here: nothing is left out.
 *
 * @throws RangeError when an option is unknown.
 */
export async function labelStrengths(options: LabelStrengthsOptions): Promise<Figure> {
  requireOptions("figures.labelStrengths()", options, '{ by: "capability" }');
  const { by, inSurvey } = options;
  requireOneOf("figures.labelStrengths()", "by", by, labelKinds);
  requireFlag("figures.labelStrengths()", "inSurvey", inSurvey);
  const all = (await paperLabels(options)).filter(
    (row) => row.by === by && (inSurvey === undefined || row.in_survey === inSurvey),
  );
  if (all.length === 0) throw new RangeError("no work with such a label");
  const count = (label: Label, strength: Strength) =>
    all.filter((row) => row.label === label && row.strength === strength).length;
  const bars = labelsBy(by)
    .map((label) => ({ label, strong: count(label, "strong"), weak: count(label, "weak") }))
    .sort((a, b) => a.strong + a.weak - (b.strong + b.weak));
  const kind = kindText[by];
  const works = new Set(all.map((row) => row.key)).size;
  const weak = all.filter((row) => row.strength === "weak").length;
  const sizes = bars.map((bar) => bar.strong + bar.weak);
  const of = (size: number) =>
    bars.filter((bar) => bar.strong + bar.weak === size).map((bar) => labelText(bar.label));
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const leaders = of(most);
  const title = `${capital(and(leaders))} ${leaders.length === 1 ? "has" : "have"} most labels (${String(most)}), ${and(of(least))} fewest (${String(least)}); ${percent(weak, all.length)} of labels are weak`;
  const onlyWeak = bars.filter((bar) => bar.strong === 0 && bar.weak > 0).map((bar) => labelText(bar.label));
  const subtitle = [
    `${capital(scopeText(inSurvey ?? null))}: ${plural(works, "work")} with a ${kind} label, ${String(all.length)} labels in all.`,
    ...(onlyWeak.length > 0 ? [`Only weak labels: ${onlyWeak.join(", ")}.`] : []),
  ];
  const alt = `Horizontal bars, one a ${kind}. ${bars
    .toReversed()
    .map((bar) => `${capital(labelText(bar.label))}: ${String(bar.strong)} strong, ${String(bar.weak)} weak.`)
    .join(" ")} ${subtitle.join(" ")}`;
  const fills = { strong: palette.blue, weak: palette.orange };
  return createFigure({
    title,
    subtitle,
    alt,
    data: strengths.map((strength) => ({
      type: "bar",
      orientation: "h",
      name: strengthText[strength],
      x: bars.map((bar) => bar[strength]),
      y: bars.map((bar) => labelText(bar.label)),
      marker: {
        color: fills[strength],
        line: { color: ink, width: 0.5 },
        ...(strength === "weak" && {
          pattern: { shape: "/", size: 8, solidity: 0.2, fillmode: "overlay", fgcolor: "rgba(0,0,0,0.45)" },
        }),
      },
      text: bars.map((bar) => (bar[strength] === 0 ? "" : String(bar[strength]))),
      textposition: "auto",
      insidetextfont: { color: strength === "strong" ? "#ffffff" : "#111111" },
      textangle: 0,
      hovertemplate: `%{y}: %{x} ${strength}<extra></extra>`,
    })),
    layout: {
      barmode: "stack",
      height: 190 + 38 * bars.length,
      margin: { b: 100 },
      xaxis: { title: { text: "works with the label" }, rangemode: "tozero" },
      yaxis: { ticklabelstandoff: 6 },
      legend: {
        ...{ orientation: "h", traceorder: "normal", font: { size: 13 } },
        ...{ x: 0, y: 0.01, yref: "container", yanchor: "bottom" },
      },
    },
  });
}
