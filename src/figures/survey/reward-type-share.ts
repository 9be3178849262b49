/** Beyond the survey: outcome rewards, process rewards, or both. */
import { rows as readRows, type ReadOptions } from "../../survey/read.js";
import { createFigure, ink, palette } from "../figure.js";
import { plural } from "../curves.js";
import { darkText, tint } from "./canvas.js";
import { divide, surveyFigure, type SurveyFigure } from "./drawn.js";
import { capital, percent } from "./words.js";

const types = ["outcome", "mixed", "process"] as const;
const colours = { outcome: palette.blue, mixed: palette.sky, process: palette.orange };
/** A share of fewer works than this says little: it is drawn paler and not used in the title. */
const few = 10;

/**
 * The share of each reward type by year, of the works whose type a source says.
 *
 * Drawn: the rows of `papers` with a reward type and a year.
 */
export async function rewardTypeShare(options: ReadOptions = {}): Promise<SurveyFigure> {
  const { drawn, account } = divide(
    "papers",
    await readRows("papers", options),
    ({ key }) => key,
    ({ reward_type, year }) =>
      reward_type === null ? "no source says the reward type" : year === null ? "no year" : undefined,
  );
  const years = [...new Set(drawn.map(({ year }) => year!))].sort((a, b) => a - b);
  const counts = years.map((year) => {
    const own = drawn.filter((paper) => paper.year === year);
    const of = (type: string) => own.filter(({ reward_type }) => reward_type === type).length;
    return { year, outcome: of("outcome"), mixed: of("mixed"), process: of("process"), works: own.length };
  });
  const [first, last] = [
    counts.find(({ works }) => works >= few),
    counts.findLast(({ works }) => works >= few),
  ];
  const inYear = (count: (typeof counts)[number]) =>
    `${percent(count.outcome, count.works)} in ${String(count.year)}`;
  const title =
    first === undefined || last === undefined
      ? `Which reward trains agents? ${String(drawn.length)} works say so, too few a year to compare`
      : first === last
        ? `Which reward trains agents? Outcome alone: ${inYear(first)}`
        : `Is the outcome still the only reward? ${inYear(first)} reward it alone, ${inYear(last)}`;
  const subtitle = [
    `${String(drawn.length)} of ${String(account.rows)} works: those whose reward type a source says. Paler: fewer than ${String(few)} works.`,
    `Mixed: outcome and process rewards together.`,
  ];
  const alt = [
    "Stacked bars of the share of reward types by year.",
    ...counts.map(
      (count) =>
        `${String(count.year)}: ${types.map((type) => `${type} ${String(count[type])}`).join(", ")} of ${plural(count.works, "work")}.`,
    ),
  ].join(" ");
  const placeOf = ({ year, works }: (typeof counts)[number]) => `${String(year)} (${plural(works, "work")})`;
  const bars = types.map((type) => ({
    ...{ type: "bar", orientation: "h", name: capital(type), showlegend: false },
    y: counts.map(placeOf),
    x: counts.map((count) => (100 * count[type]) / count.works),
    marker: {
      // A tint, not an opacity: through that a dark page would make it darker, and its number unreadable.
      color: counts.map(({ works }) => (works < few ? tint(colours[type], 0.3) : colours[type])),
      line: { color: ink, width: 0.5 },
    },
    text: counts.map((count) => (count[type] === 0 ? "" : String(count[type]))),
    ...{ textposition: "inside", insidetextanchor: "middle", textangle: 0, constraintext: "none" },
    insidetextfont: {
      size: 13,
      color: counts.map(({ works }) => (type === "outcome" && works >= few ? "#ffffff" : darkText)),
    },
    hovertemplate: `%{y}: %{text} ${type}, %{x:.0f} %<extra></extra>`,
  }));
  // The legend takes the colour of a trace's first bar, which may be a pale one: it has traces of its own.
  const keys = types.map((type) => ({
    ...{ type: "bar", orientation: "h", name: capital(type), hoverinfo: "skip" },
    ...{ x: [null], y: counts.slice(-1).map(placeOf), marker: { color: colours[type] } },
  }));
  const figure = createFigure({
    ...{ title, subtitle, alt },
    data: [...bars, ...keys],
    layout: {
      ...{ height: 190 + 54 * years.length, barmode: "stack", bargap: 0.3 },
      margin: { b: 100 },
      xaxis: { title: { text: "share of the year's works (%), numbers: works" }, range: [0, 100] },
      yaxis: { type: "category", autorange: "reversed", showgrid: false, ticklabelstandoff: 6 },
      legend: {
        ...{ orientation: "h", traceorder: "normal", font: { size: 13, color: ink } },
        ...{ x: 0, y: 0.01, yref: "container", yanchor: "bottom" },
      },
    },
  });
  return surveyFigure(figure, [account], counts);
}
