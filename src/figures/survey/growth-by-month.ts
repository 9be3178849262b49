/** Beyond the survey: how fast the field grew, and how sure the labels of its works are. */
import type { Month } from "../../survey/columns.js";
import { monthsBetween } from "../../survey/counts.js";
import { labelStrength } from "../../survey/labels.js";
import { rows as readRows, type ReadOptions } from "../../survey/read.js";
import type { Paper } from "../../survey/rows.js";
import { createFigure, ink, palette, type PlotlyObject } from "../figure.js";
import { divide, surveyFigure, type SurveyFigure } from "./drawn.js";
import { commonest, monthName } from "./words.js";

export interface GrowthOptions extends ReadOptions {
  /** The first month with a bar of its own; earlier works share one bar. Default 2023-01. */
  readonly from?: Month;
}

/** How well a work is labelled, the best first. */
const kinds = ["strong", "weak", "none"] as const;
type Kind = (typeof kinds)[number];

export const strengthFills: Record<Kind, { name: string; marker: PlotlyObject }> = {
  strong: { name: "strong label: a source files it", marker: { color: palette.blue } },
  weak: {
    name: "weak labels only: cited in a section",
    marker: {
      color: palette.orange,
      pattern: { shape: "/", size: 7, solidity: 0.2, fillmode: "overlay", fgcolor: "rgba(0,0,0,0.5)" },
    },
  },
  none: { name: "no label", marker: { color: palette.grey } },
};

const kindOf = (paper: Paper): Kind => labelStrength(paper) ?? "none";

/**
 * Works a month, stacked by how well they are labelled.
 *
 * Drawn: every row of `papers` with a month; those before `from` in one bar.
 */
export async function growthByMonth({
  from = "2023-01",
  ...read
}: GrowthOptions = {}): Promise<SurveyFigure> {
  const { drawn, account } = divide(
    "papers",
    await readRows("papers", read),
    ({ key }) => key,
    ({ date }) => (date === null ? "no month" : undefined),
  );
  const dateOf = ({ date }: Paper) => date!;
  const before = `before ${from}`;
  const places = [before, ...monthsBetween([from, ...drawn.map(dateOf).filter((date) => date > from)])];
  const placeOf = (paper: Paper) => (dateOf(paper) < from ? before : dateOf(paper));
  const counts = places.map((place) => {
    const own = drawn.filter((paper) => placeOf(paper) === place);
    const of = (kind: Kind) => own.filter((paper) => kindOf(paper) === kind).length;
    return { place, strong: of("strong"), weak: of("weak"), none: of("none"), works: own.length };
  });

  const inTime = drawn.filter((paper) => placeOf(paper) !== before);
  const peak = commonest(inTime.map(dateOf));
  const [best = ""] = peak.values;
  const yearBefore = `${String(Number(best.slice(0, 4)) - 1)}${best.slice(4)}`;
  const then = inTime.filter((paper) => dateOf(paper) === yearBefore).length;
  const title = `How fast did the field grow? From ${String(then)} works in ${monthName(yearBefore)} to ${String(peak.count)} a year later`;
  const weak = drawn.filter((paper) => kindOf(paper) === "weak").length;
  const last = sourcesEnd(drawn);
  const subtitle = [
    `${String(drawn.length)} works with a month; ${String(account.rows - drawn.length)} have none. ${String(weak)} are labelled by a citation only.`,
    `The fall is the lists' as much as the field's: ${last}.`,
  ];
  const alt = [
    `Stacked bars of works per month by the strength of their labels.`,
    ...counts
      .filter(({ works }) => works > 0)
      .map(
        ({ place, strong, weak: only, none }) =>
          `${place}: ${String(strong)} strong, ${String(only)} weak, ${String(none)} without.`,
      ),
    ...subtitle,
  ].join(" ");
  const figure = createFigure({
    ...{ title, subtitle, alt },
    data: kinds.map((kind) => ({
      type: "bar",
      name: strengthFills[kind].name,
      x: places,
      // null, not 0: a bar of no height would still draw its outline.
      y: counts.map((count) => (count[kind] === 0 ? null : count[kind])),
      marker: { ...strengthFills[kind].marker, line: { color: ink, width: 0.5 } },
      hovertemplate: `%{x}: %{y}, ${strengthFills[kind].name}<extra></extra>`,
    })),
    layout: {
      ...{ height: 540, barmode: "stack", bargap: 0.15 },
      margin: { b: 125 },
      xaxis: {
        ...{ type: "category", categoryorder: "array", categoryarray: places, showgrid: false },
        range: [-0.6, places.length - 0.4],
        ...quarterTicks(places, from),
        title: { text: "month (of the arXiv id, else the source's date)" },
      },
      yaxis: { title: { text: "works" }, rangemode: "tozero" },
      legend: {
        ...{ orientation: "h", traceorder: "normal", font: { size: 13, color: ink } },
        ...{ x: 0, y: 0.01, yref: "container", yanchor: "bottom" },
      },
    },
  });
  return surveyFigure(
    figure,
    [account],
    counts.map(({ place, strong, weak: only, none, works }) => ({
      month: place,
      ...{ strong_label: strong, weak_labels_only: only, no_label: none, works },
    })),
  );
}

/** A tick a quarter, the year under its January; the first place is what came before. */
function quarterTicks(places: readonly string[], from: Month): PlotlyObject {
  // The second place is too near the first one's label.
  const ticks = places.filter((place, i) => i === 0 || (i > 1 && Number(place.slice(5)) % 3 === 1));
  const text = (month: Month) => {
    const name = monthName(month).slice(0, 3);
    return name === "Jan" ? `Jan<br>${month.slice(0, 4)}` : name;
  };
  return {
    tickvals: ticks,
    ticktext: ticks.map((place, i) => (i === 0 ? `before<br>${from}` : text(place))),
    tickangle: 0,
  };
}

/** Which sources the last half year stands on: "of the 82 works from … on, 81 are in source B alone". */
function sourcesEnd(papers: readonly Paper[]): string {
  const last = papers.reduce((latest, { date }) => (date! > latest ? date! : latest), "");
  const halfYear = monthsBetween(["2000-01", last]).at(-6)!;
  const late = papers.filter(({ date }) => date! >= halfYear);
  const letters = commonest(late.flatMap(({ sources }) => sources)).values;
  const alone = late.filter(({ sources }) => sources.every((source) => letters.includes(source))).length;
  return `of the ${String(late.length)} works from ${monthName(halfYear)} on, ${String(alone)} are in source ${letters.join(", ")} alone`;
}
