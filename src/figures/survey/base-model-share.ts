/** Beyond the survey: which models agents are trained from. */
import { baseModelFamiliesOf } from "../../survey/families.js";
import { rows as readRows, type ReadOptions } from "../../survey/read.js";
import { createFigure, ink, palette } from "../figure.js";
import { divide, surveyFigure, type SurveyFigure } from "./drawn.js";
import { and, percent } from "./words.js";

/**
 * Works by the family of their base models, and of how many the family is the only one. A work with several
 * families counts in each.
 *
 * Drawn: the rows of `papers` with a base model.
 */
export async function baseModelShare(options: ReadOptions = {}): Promise<SurveyFigure> {
  const { drawn, account } = divide(
    "papers",
    await readRows("papers", options),
    ({ key }) => key,
    ({ base_model }) => (base_model === null ? "no source says the base model" : undefined),
  );
  const works = drawn.map(({ base_model }) => baseModelFamiliesOf(base_model!));
  const families = [...new Set(works.flat())]
    .map((family) => {
      const own = works.filter((names) => names.includes(family));
      const alone = own.filter((names) => names.length === 1).length;
      return { family, alone, with_others: own.length - alone, works: own.length };
    })
    .sort((a, b) => b.works - a.works || a.family.localeCompare(b.family));
  const [first, second] = families;
  const next = families.filter(({ works: size }) => size === second?.works).map(({ family }) => family);
  const title =
    first === undefined
      ? "Whose models become agents? No source says"
      : `Whose models become agents? ${first.family}'s: ${String(first.works)} of ${String(drawn.length)} works (${percent(first.works, drawn.length)})${second === undefined ? "" : `, ${and(next.map((family) => `${family}'s`))}: ${String(second.works)}`}`;
  const several = works.filter((names) => names.length > 1).length;
  const subtitle = [
    `The ${String(drawn.length)} works whose base model a source says; ${String(several)} name several families and count in each.`,
    `A model distilled into another counts as the one whose weights it has.`,
  ];
  const alt = `Horizontal bars of works by family of base model. ${families
    .map(({ family, works: size, alone }) => `${family}: ${String(size)}, ${String(alone)} with it alone.`)
    .join(" ")}`;
  const bars = [
    { field: "alone", name: "its only family", color: palette.blue },
    { field: "with_others", name: "beside other families", color: palette.sky },
  ] as const;
  const figure = createFigure({
    ...{ title, subtitle, alt },
    data: bars.map(({ field, name, color }) => ({
      type: "bar",
      orientation: "h",
      name,
      y: families.map(({ family }) => family),
      x: families.map((one) => one[field]),
      marker: { color, line: { color: ink, width: 0.5 } },
      text: families.map((one) => (one[field] === 0 ? "" : String(one[field]))),
      ...{ textposition: "inside", insidetextanchor: "middle", textangle: 0, constraintext: "none" },
      insidetextfont: { size: 13, color: field === "alone" ? "#ffffff" : "#16191d" },
      hovertemplate: `%{y}: %{x} ${name}<extra></extra>`,
    })),
    layout: {
      ...{ height: 200 + 27 * families.length, barmode: "stack", bargap: 0.25 },
      margin: { b: 100 },
      xaxis: { title: { text: "works" }, rangemode: "tozero" },
      yaxis: { type: "category", autorange: "reversed", showgrid: false, ticklabelstandoff: 6 },
      legend: {
        ...{ orientation: "h", traceorder: "normal", font: { size: 13, color: ink } },
        ...{ x: 0, y: 0.01, yref: "container", yanchor: "bottom" },
      },
    },
  });
  return surveyFigure(figure, [account], families);
}
