/** Figure 1: how the survey is built, and how much it cites where. */
import { rows as readRows, type ReadOptions } from "../../survey/read.js";
import type { OutlineSection } from "../../survey/rows.js";
import { escapeText } from "../figure.js";
import { Canvas, darkText, series, sheetWidth, tint } from "./canvas.js";
import { divide, surveyFigure, type SurveyFigure } from "./drawn.js";
import { linesWithin, percent } from "./words.js";

const rowHeight = 18;
/** Left and right edge of each level's column. */
const columns = [
  [0, 200],
  [206, 540],
  [546, sheetWidth],
] as const;

/**
 * Figure 1 as a tree of boxes, a column a level: each section with the number of distinct references it cites,
 * its subsections' included, as a number and as a bar; all bars have one scale.
 *
 * Drawn: every row of `survey_outline`; every row of `survey_citations` is counted.
 */
export async function figure1Outline(options: ReadOptions = {}): Promise<SurveyFigure> {
  const [outline, citations] = [
    await readRows("survey_outline", options),
    await readRows("survey_citations", options),
  ];
  const known = new Set(outline.map(({ section }) => section));
  const cited = divide(
    "survey_citations",
    citations,
    ({ key }) => key,
    ({ section }) => (known.has(section) ? undefined : `cited in a section the outline lacks`),
  );
  const references = (section: string) =>
    new Set(
      cited.drawn
        .filter((citation) => citation.section === section || citation.section.startsWith(`${section}.`))
        .map(({ survey_ref }) => survey_ref),
    ).size;
  const counted = outline.map((row) => ({ ...row, references: references(row.section) }));
  const all = new Set(cited.drawn.map(({ survey_ref }) => survey_ref)).size;
  const chapters = counted.filter(({ level }) => level === 1);
  const most = chapters.reduce((a, b) => (b.references > a.references ? b : a));
  const scale = (columns[0][1] - columns[0][0]) / Math.max(1, most.references);

  const canvas = new Canvas();
  const leavesOf = (section: string): number => {
    const children = counted.filter(({ parent }) => parent === section);
    return children.length === 0 ? 1 : children.reduce((sum, child) => sum + leavesOf(child.section), 0);
  };
  const draw = (row: (typeof counted)[number], top: number, colour: string): void => {
    const [left, right] = columns[row.level - 1]!;
    const height = leavesOf(row.section) * rowHeight;
    const [y0, y1] = [top + 1, top + height - 1];
    canvas.rect(left, y0, right, y1, {
      fill: row.in_figure_1 ? tint(colour, 0.2) : "#ffffff",
      line: colour,
    });
    canvas.rect(left, y0, left + Math.max(1, row.references * scale), y1, { fill: tint(colour, 0.55) });
    const style = { size: 12, color: darkText, bold: row.level === 1 };
    const lines = linesWithin(`${row.section} ${row.title}`, right - left - 48, 12, style.bold);
    canvas.text(left + 6, (y0 + y1) / 2, lines.map(escapeText).join("<br>"), style);
    canvas.text(right - 6, (y0 + y1) / 2, String(row.references), {
      ...{ size: 12, color: darkText, bold: true, anchor: "right" },
    });
    let below = top;
    for (const child of counted.filter(({ parent }) => parent === row.section)) {
      draw(child, below, colour);
      below += leavesOf(child.section) * rowHeight;
    }
  };
  let top = 0;
  for (const [index, chapter] of chapters.entries()) {
    draw(chapter, top, series[index % series.length]!);
    top += leavesOf(chapter.section) * rowHeight;
  }

  const beyond = counted.filter(({ in_figure_1: drawn, level }) => !drawn && level > 1).length;
  const title = `${sectionName(most)} cites most: ${String(most.references)} of the survey's ${String(all)} references (${percent(most.references, all)})`;
  const subtitle = [
    `Boxes: ${String(outline.length)} sections; number and bar: distinct references cited there, subsections included.`,
    `White: in the survey's text, not in its own Figure 1 (${String(beyond)} subsections and the chapters around).`,
  ];
  const alt = `The survey's outline as a tree. ${counted
    .map((row) => `${row.section} ${row.title}: ${String(row.references)}.`)
    .join(" ")}`;
  return surveyFigure(
    canvas.figure({ title, subtitle, alt, height: top }),
    [divide("survey_outline", outline, ({ section }) => section).account, cited.account],
    counted.map(({ section, title, level, parent, references, in_figure_1 }) => ({
      ...{ section, title, level, parent, references, in_figure_1 },
    })),
  );
}

const sectionName = ({ section, title }: OutlineSection) => `Section ${section}, ${title},`;
