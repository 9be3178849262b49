/** Figure 5: from prompted tool calls to reinforcement learning with tools, on a time axis. */
import { rows as readRows, type ReadOptions } from "../../survey/read.js";
import type { ToolUseEntry } from "../../survey/rows.js";
import { monthsBetween } from "../../survey/counts.js";
import { escapeText, grid, palette } from "../figure.js";
import { plural } from "../curves.js";
import { Canvas, chipPad, sheetWidth, tint, workHover } from "./canvas.js";
import { divide, surveyFigure, type SurveyFigure } from "./drawn.js";
import { flow, packRows, type Place } from "./place.js";
import { commonest, linesWithin, monthName, textWidth } from "./words.js";

const colours = [palette.orange, palette.blue, palette.green, palette.purple];
const [size, rowHeight] = [12, 28];
/** The time axis ends here; beyond it stands what has no date. */
const axisEnd = 776;
const gutter = [790, sheetWidth] as const;

/**
 * Figure 5 as a lane a stage over one time axis. A dot is a work's month; a bar spans the year where only the year
 * is known; works without a date stand beside the axis, not on it.
 *
 * Drawn: every row of `tool_use_evolution`.
 */
export async function figure5ToolUseStages(options: ReadOptions = {}): Promise<SurveyFigure> {
  const { drawn, account } = divide(
    "tool_use_evolution",
    await readRows("tool_use_evolution", options),
    ({ key, entry }) => key ?? entry,
  );
  const known = drawn.flatMap(({ date, year }) =>
    date !== null ? [date] : year === null ? [] : [`${String(year)}-01`, `${String(year)}-12`],
  );
  const months = monthsBetween(known);
  const axis = timeAxis(months, drawn);
  const stages = [...new Map(drawn.map((row) => [row.stage_no, row.stage]))].sort(([a], [b]) => a - b);

  const canvas = new Canvas();
  let top = 0;
  for (const [index, [number, stage]] of stages.entries()) {
    const colour = colours[index % colours.length]!;
    const own = drawn.filter(({ stage_no }) => stage_no === number);
    const timed = own
      .filter(({ date, year }) => date !== null || year !== null)
      .sort((a, b) => timeOf(a).localeCompare(timeOf(b)))
      .map((row) => ({ row, width: textWidth(row.entry, size) + 2 * chipPad }));
    const placed = packRows(timed, ({ row, width }) => placesOf(row, width, axis));
    const undated = own
      .filter(({ date, year }) => date === null && year === null)
      .map((row) => {
        const lines = linesWithin(row.entry, gutter[1] - gutter[0] - 30, size);
        const width = Math.max(...lines.map((line) => textWidth(line, size))) + 2 * chipPad;
        return { row, lines, width, height: 24 + 16 * (lines.length - 1) };
      });
    const beside = flow(undated, { left: gutter[0] + 8, width: gutter[1] - gutter[0] - 16 });
    const rows = Math.max(0, ...placed.map(({ row }) => row + 1));
    const height = 38 + Math.max(rows * rowHeight, beside.height) + 8;

    canvas.rect(0, top, axisEnd, top + height, { fill: "rgba(128,128,128,0.09)" });
    canvas.rect(gutter[0], top, gutter[1], top + height, { fill: "rgba(128,128,128,0.09)" });
    canvas.rect(0, top, 5, top + height, { fill: colour });
    canvas.text(14, top + 17, `${String(number)}  ${escapeText(stage)}: ${spanOf(own)}`, {
      size: 14,
      bold: true,
    });
    for (const month of months.filter((one) => one.endsWith("-01"))) {
      const [from] = axis.month(month);
      if (from > 0) canvas.line(from, top + 34, from, top + height, { color: grid });
    }
    const y = (row: number) => top + 38 + (row + 0.5) * rowHeight;
    for (const { item, row, x } of placed) {
      const { date, year, entry } = item.row;
      if (date === null) {
        const [from, to] = axis.year(year!);
        canvas.line(from + 6, y(row), to - 3, y(row), { color: colour, width: 4 });
      }
      canvas.chip(x, y(row), escapeText(entry), {
        ...{ size, fill: tint(colour, 0.28), line: colour, hover: workHover(item.row) },
        name: `${String(number)} ${entry}`,
      });
    }
    canvas.marks(
      placed.flatMap(({ item, row }) =>
        item.row.date === null
          ? []
          : [{ x: axis.middle(item.row.date), y: y(row), hover: workHover(item.row) }],
      ),
      { symbol: "circle", color: colour, size: 10 },
    );
    for (const { item, x, y: at } of beside.placed) {
      canvas.chip(x, top + 38 + at, item.lines.map(escapeText).join("<br>"), {
        ...{ size, fill: "#f7f7f7", line: colour, hover: workHover(item.row) },
        name: `${String(number)} ${item.row.entry}`,
      });
    }
    top += height + 8;
  }
  for (const month of months) {
    const [from, to] = axis.month(month);
    const january = month.endsWith("-01");
    canvas.line(from, top, from, top + (january ? 10 : 5));
    if (january) {
      const year = month.slice(0, 4);
      const middle = (from + axis.year(Number(year))[1]) / 2;
      canvas.text(middle, top + 33, year, { size: 13, bold: true, anchor: "center" });
    }
    const name = monthName(month).slice(0, 3);
    if (to - from > textWidth(name, 12)) {
      canvas.text((from + to) / 2, top + 14, name, { size: 12, anchor: "center" });
    }
  }
  canvas.line(0, top, axisEnd, top);
  canvas.text((gutter[0] + gutter[1]) / 2, top + 16, "no date in the data", { size: 12, anchor: "center" });

  const title = findingOf(drawn, stages);
  const without = drawn.filter(({ date, year }) => date === null && year === null).length;
  const yearly = drawn.filter(({ date, year }) => date === null && year !== null).length;
  const subtitle = [
    `All ${String(drawn.length)} labels of the survey's figure at their month (dot: of the arXiv id, else the source's date).`,
    `Bars: only the year is known (${String(yearly)}). Beside the axis: no date (${String(without)}). A month of ${axis.wideYear} is drawn ${String(axis.stretch)} times as wide.`,
  ];
  const alt = stages
    .map(
      ([number, stage]) =>
        `Stage ${String(number)}, ${stage}: ${drawn
          .filter(({ stage_no }) => stage_no === number)
          .map((row) => `${row.entry} (${timeOf(row) || "no date"})`)
          .join(", ")}.`,
    )
    .join(" ");
  return surveyFigure(
    canvas.figure({ title, subtitle, alt, height: top + 44 }),
    [account],
    drawn.map(({ stage_no, stage, position, entry, key, arxiv_id, date, year }) => ({
      ...{ stage_no, stage, position, entry, key, arxiv_id, date, year },
    })),
  );
}

const timeOf = ({ date, year }: ToolUseEntry) => date ?? (year === null ? "" : String(year));

interface TimeAxis {
  /** How many times a wide month is as wide as the others. */
  readonly stretch: number;
  readonly wideYear: string;
  /** Left and right edge. */
  month(month: string): readonly [number, number];
  year(year: number): readonly [number, number];
  middle(month: string): number;
}

/** The year with most dated works gets wider months: there the labels are. */
function timeAxis(months: readonly string[], rows: readonly ToolUseEntry[]): TimeAxis {
  const stretch = 5;
  const years = rows.flatMap(({ date }) => (date === null ? [] : [date.slice(0, 4)]));
  const wideYear = commonest(years).values[0] ?? "";
  const weights = months.map((month) => (month.slice(0, 4) === wideYear ? stretch : 1));
  const unit = axisEnd / weights.reduce((sum, weight) => sum + weight, 0);
  const edges = new Map<string, readonly [number, number]>();
  let x = 0;
  for (const [index, month] of months.entries()) {
    edges.set(month, [x, x + weights[index]! * unit]);
    x += weights[index]! * unit;
  }
  const month = (name: string) => edges.get(name)!;
  const year = (number: number) => {
    const own = months.filter((name) => name.startsWith(String(number)));
    return [month(own[0]!)[0], month(own.at(-1)!)[1]] as const;
  };
  return { stretch, wideYear, month, year, middle: (name) => (month(name)[0] + month(name)[1]) / 2 };
}

/** Right of its dot or else left of it; along the bar of its year. At the axis' ends as near as it can be. */
function placesOf({ date, year }: ToolUseEntry, width: number, axis: TimeAxis): Place[] {
  const inside = (x: number) => Math.max(8, Math.min(axisEnd - width, x));
  if (date === null) {
    const [from, to] = axis.year(year!);
    const x = inside((from + to - width) / 2);
    return [{ from: Math.min(from, x), to: Math.max(to, x + width), x }];
  }
  const at = axis.middle(date);
  const sides = [
    { from: at - 8, to: at + 14 + width, x: at + 8 },
    { from: at - 14 - width, to: at + 8, x: at - 8 - width },
  ].filter(({ x }) => x >= 8 && x + width <= axisEnd);
  if (sides.length > 0) return sides;
  const x = inside(at + 8);
  return [{ from: Math.min(at - 8, x), to: Math.max(at + 8, x + width + 6), x }];
}

function spanOf(rows: readonly ToolUseEntry[]): string {
  const dates = rows.flatMap(({ date }) => (date === null ? [] : [date])).sort();
  if (dates.length === 0) return plural(rows.length, "work");
  const [first, last] = [monthName(dates[0]!), monthName(dates.at(-1)!)];
  const span = first === last ? first : `${first} to ${last}`;
  return `${plural(rows.length, "work")}, ${dates.length < rows.length ? `${String(dates.length)} dated: ` : ""}${span}`;
}

/** The largest stage, and when its dated works are from. */
function findingOf(rows: readonly ToolUseEntry[], stages: readonly (readonly [number, string])[]): string {
  const sizes = stages.map(([number, stage]) => ({
    stage,
    own: rows.filter((row) => row.stage_no === number),
  }));
  const largest = sizes.reduce((a, b) => (b.own.length > a.own.length ? b : a));
  const dates = largest.own.flatMap(({ date }) => (date === null ? [] : [date])).sort();
  const size = `${String(largest.own.length)} of ${String(rows.length)} labels`;
  if (dates.length === 0) return `${largest.stage} is the largest stage of tool use: ${size}`;
  const months = monthsBetween([dates[0]!, dates.at(-1)!]).length;
  return `${largest.stage} has ${size}; its ${String(dates.length)} dated works fall into ${plural(months, "month")}, from ${monthName(dates[0]!)} on`;
}
