/** Figure 2: what changes, element by element, from preference-based fine-tuning of LLMs to agentic RL. */
import { rows as readRows, type ReadOptions } from "../../survey/read.js";
import type { FigureEntry } from "../../survey/rows.js";
import { escapeText, palette } from "../figure.js";
import { Canvas, chipPad, series, sheetWidth, tint, workHover } from "./canvas.js";
import { divide, surveyFigure, type SurveyFigure } from "./drawn.js";
import { isFormula, mathText, plainText } from "./math-text.js";
import { flow } from "./place.js";
import { and, linesWithin, textWidth } from "./words.js";

const sides = [
  { name: "Features for LLM RL", heading: "PBRFT", left: 96, right: 290, colour: palette.grey },
  { name: "Features for Agentic RL", heading: "Agentic RL", left: 302, right: 574, colour: palette.blue },
  {
    name: "Agentic RL Implementations",
    heading: "Agentic RL in systems",
    ...{ left: 586, right: sheetWidth, colour: palette.green },
  },
] as const;

const size = 12;
const chipHeight = 25;

/** The figure's own label, or its formula. */
const label = ({ entry }: FigureEntry) => (isFormula(entry) ? mathText(entry) : escapeText(entry));

/**
 * Figure 2 as a table of cards: a row an element of the decision process, a column a side. A pale card names no
 * work of the data: a formula, a plain word, a benchmark without a row.
 *
 * Drawn: every row of `figure_entries` that belongs to Figure 2.
 */
export async function figure2PbrftAgenticRl(options: ReadOptions = {}): Promise<SurveyFigure> {
  const all = (await readRows("figure_entries", options)).filter(({ figure }) => figure === 2);
  const { drawn, account } = divide(
    "figure_entries, figure 2",
    all,
    ({ key, entry }) => key ?? entry,
    ({ sub_branch }) =>
      sides.some(({ name }) => name === sub_branch) ? undefined : "on neither side of the figure",
  );
  const elements = [...new Set(drawn.map(({ branch }) => branch))];
  const canvas = new Canvas();
  for (const { heading, left, right, colour } of sides) {
    canvas.text((left + right) / 2, 12, heading, { size: 14, bold: true, anchor: "center" });
    canvas.line(left, 26, right, 26, { color: colour, width: 3 });
  }
  canvas.arrow(sides[0].right - 52, 12, sides[1].left + 60, 12, palette.blue);
  let top = 36;
  for (const [index, element] of elements.entries()) {
    const cells = sides.map(({ name, left, right }) =>
      flow(
        drawn
          .filter(({ branch, sub_branch }) => branch === element && sub_branch === name)
          .map((row) => {
            const lines = isFormula(row.entry)
              ? [label(row)]
              : linesWithin(row.entry, right - left - 24, size).map(escapeText);
            const width = Math.max(...lines.map((line) => textWidth(plainText(line), size))) + 2 * chipPad;
            return { row, html: lines.join("<br>"), width, height: chipHeight + 16 * (lines.length - 1) };
          }),
        { left: left + 8, width: right - left - 16 },
      ),
    );
    const height = Math.max(...cells.map((cell) => cell.height)) + 18;
    const colour = series[index % series.length]!;
    canvas.rect(0, top, 88, top + height, { fill: tint(colour, 0.45) });
    canvas.text(44, top + height / 2, escapeText(element), {
      ...{ size: 13, bold: true, anchor: "center", color: "#16191d" },
    });
    for (const [at, { left, right, colour: border }] of sides.entries()) {
      canvas.rect(left, top, right, top + height, { fill: "rgba(128,128,128,0.09)" });
      const { placed, height: own } = cells[at]!;
      for (const { item, x, y } of placed) {
        canvas.chip(x, top + (height - own) / 2 + y, item.html, {
          ...{ size, line: border, hover: workHover(item.row), name: `${element} ${item.row.entry}` },
          fill: item.row.key === null ? "#f7f7f7" : tint(border, 0.3),
        });
      }
    }
    top += height + 8;
  }

  const of = (side: string) => drawn.filter(({ sub_branch }) => sub_branch === side);
  const [before, after] = [of(sides[0].name), [...of(sides[1].name), ...of(sides[2].name)]];
  const shared = [...new Set(before.map(({ entry }) => entry))].filter((entry) =>
    after.some((row) => row.entry === entry),
  );
  const title =
    shared.length === 0
      ? `No label stands on both sides: none of PBRFT's ${String(before.length)} is among agentic RL's ${String(after.length)}`
      : `Only ${and(shared)} of PBRFT's ${String(before.length)} labels ${shared.length === 1 ? "is" : "are"} among agentic RL's ${String(after.length)}`;
  const works = drawn.filter(({ key }) => key !== null).length;
  const subtitle = [
    `${String(elements.length)} elements of the decision process, from preference-based RL fine-tuning (PBRFT) to agentic RL.`,
    `Tinted: a work of the data (${String(works)} labels); pale: a formula, a word or a benchmark (${String(drawn.length - works)}).`,
  ];
  const alt = elements
    .map((element) =>
      [
        `${element}.`,
        ...sides.map(
          ({ name }) =>
            `${name}: ${drawn
              .filter(({ branch, sub_branch }) => branch === element && sub_branch === name)
              .map((row) => plainText(label(row)))
              .join(", ")}.`,
        ),
      ].join(" "),
    )
    .join(" ");
  return surveyFigure(
    canvas.figure({ title, subtitle, alt, height: top - 8 }),
    [account],
    drawn.map(({ branch, sub_branch, position, entry, key, arxiv_id, date, year }) => ({
      ...{ element: branch, side: sub_branch, position, entry, key, arxiv_id, date, year },
    })),
  );
}
