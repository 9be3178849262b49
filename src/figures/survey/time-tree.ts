/** A tree that grows to the right in time: a stem a branch, a column a month, a card a work. */
import { monthsBetween } from "../../survey/counts.js";
import { escapeText } from "../figure.js";
import { darkText, tint, type Canvas } from "./canvas.js";
import { linesWithin, monthName, textWidth } from "./words.js";

export interface TreeEntry {
  readonly branch: string;
  /** Shown as the symbol of the card; `null` where the branch is one. */
  readonly part: string | null;
  readonly label: string;
  /** `YYYY-MM`; where it is `null` the year, and where that is too, none. */
  readonly date: string | null;
  readonly year: number | null;
  /** False: the label stands for no work of the data. */
  readonly known: boolean;
  readonly hover: string;
}

export interface TreeBranch {
  readonly name: string;
  readonly colour: string;
}

/** One column: a month of the newest year, or what of that year has none, an earlier year, or what has no date. */
interface Column {
  readonly year: string;
  readonly month: string;
  holds(entry: TreeEntry): boolean;
}

const symbols = ["circle", "diamond", "square", "triangle-up"];
/** Where the stems begin, and the space after the time axis, before what has no date. */
const [stemLeft, undatedGap] = [58, 14];
const [markWidth, cardPad, cardGap, columnPad] = [13, 8, 4, 4];
const [headHeight, laneHead] = [44, 30];

const yearOf = ({ date, year }: TreeEntry) =>
  date === null ? (year === null ? undefined : String(year)) : date.slice(0, 4);

function columnsOf(entries: readonly TreeEntry[]): Column[] {
  const years = [...new Set(entries.flatMap((entry) => yearOf(entry) ?? []))].sort();
  const newest = years.at(-1);
  const months = monthsBetween(
    entries.flatMap(({ date }) => (date !== null && date.slice(0, 4) === newest ? [date] : [])),
  );
  const columns: Column[] = [
    ...years
      .slice(0, -1)
      .map((year) => ({ year, month: "", holds: (entry: TreeEntry) => yearOf(entry) === year })),
    ...(newest === undefined
      ? []
      : [
          {
            ...{ year: newest, month: "month?" },
            holds: (entry: TreeEntry) => entry.date === null && yearOf(entry) === newest,
          },
        ]),
    ...months.map((month) => ({
      ...{ year: newest!, month: monthName(month).slice(0, 3) },
      holds: (entry: TreeEntry) => entry.date === month,
    })),
    { year: "no date", month: "", holds: (entry) => yearOf(entry) === undefined },
  ];
  return columns.filter((column) => entries.some((entry) => column.holds(entry)));
}

export interface TimeTreeOptions {
  /** What stands at the root. */
  readonly root: string;
  /** Pixels of the cards' letters. */
  readonly size?: number;
  /** Parts that several branches have: each has the same symbol in all. Other branches count their own. */
  readonly parts?: readonly string[];
}

const headName = ({ year, month }: Column) => (month === "" ? year : month);
const headWidth = (column: Column) => textWidth(headName(column), 13, true);

/**
 * Draws every entry. The newest year has a column a month; months without an entry have none; earlier years have
 * one each. What has no date stands behind the end of time.
 *
 * @returns the height of the drawing
 */
export function drawTimeTree(
  canvas: Canvas,
  entries: readonly TreeEntry[],
  branches: readonly TreeBranch[],
  { root, size = 12, parts: order = [] }: TimeTreeOptions,
): number {
  const columns = columnsOf(entries);
  const lineHeight = Math.round(size * 1.3);
  const isUndated = ({ year }: Column) => year === "no date";
  const gapBefore = (column: Column) => (isUndated(column) ? undatedGap : 0);
  const available = canvas.width - stemLeft - columns.reduce((sum, column) => sum + gapBefore(column), 0);

  // Labels are broken where the columns would otherwise be too wide together: the widest column's first.
  const cardOf = (entry: TreeEntry, limit: number) => {
    const lines = linesWithin(entry.label, limit, size);
    const width = Math.max(...lines.map((line) => textWidth(line, size)));
    return { entry, lines, width, height: lineHeight * lines.length + cardPad };
  };
  const filled = columns.map((column) => {
    const own = entries.filter((entry) => column.holds(entry));
    const cards = own
      .sort((a, b) => (a.date ?? "").localeCompare(b.date ?? ""))
      .map((entry) => cardOf(entry, Infinity));
    return { column, cards, breakable: true };
  });
  const widest = ({ cards }: (typeof filled)[number]) => Math.max(...cards.map(({ width }) => width));
  const needed = (one: (typeof filled)[number]) =>
    Math.max(headWidth(one.column), widest(one) + markWidth + cardPad) + 2 * columnPad;
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  for (;;) {
    const candidates = filled.filter(({ breakable }) => breakable);
    if (candidates.length === 0 || sum(filled.map(needed)) <= available) break;
    const one = candidates.reduce((a, b) => (widest(b) > widest(a) ? b : a));
    const before = widest(one);
    const narrower = one.cards.map(({ entry, lines, width, height }) =>
      width < before ? { entry, lines, width, height } : cardOf(entry, before - 1),
    );
    one.breakable = narrower.every(({ width }) => width < before);
    if (one.breakable) one.cards = narrower;
  }
  const widths = filled.map(needed);
  const spare = (available - sum(widths)) / columns.length;
  const cards = filled.flatMap((one) => one.cards);
  let x = stemLeft;
  const placed = columns.map((column, index) => {
    x += gapBefore(column);
    const left = x;
    x += widths[index]! + spare;
    return { column, left, right: x };
  });

  // Lanes: as high as their fullest column.
  let top = headHeight;
  const lanes = branches.map((branch) => {
    const own = cards.filter(({ entry }) => entry.branch === branch.name);
    const parts = [
      ...new Set(entries.filter((entry) => entry.branch === branch.name).map(({ part }) => part)),
    ].filter((part) => part !== null);
    const cells = placed.map((place) => ({
      ...place,
      cards: own.filter(({ entry }) => place.column.holds(entry)),
    }));
    const height =
      laneHead +
      8 +
      Math.max(0, ...cells.map((cell) => sum(cell.cards.map((card) => card.height + cardGap)))) +
      4;
    const common = parts.every((part) => order.includes(part));
    const symbolOf = (part: string) => symbols[(common ? order : parts).indexOf(part) % symbols.length]!;
    const lane = { branch, own, parts, symbolOf, cells, top, stem: top + laneHead };
    top += height + 6;
    return lane;
  });
  const bottom = top - 6;

  for (const [index, { column, left, right }] of placed.entries()) {
    const fill = index % 2 === 0 ? "rgba(128,128,128,0.13)" : "rgba(128,128,128,0.06)";
    canvas.rect(left + 1, headHeight - 20, right - 1, bottom, { fill });
    const count = entries.filter((entry) => column.holds(entry)).length;
    canvas.text((left + right) / 2, headHeight - 10, `<b>${headName(column)}</b>`, {
      size: 13,
      anchor: "center",
    });
    canvas.text((left + right) / 2, bottom + 12, String(count), { size: 12, anchor: "center" });
  }
  canvas.text(stemLeft - 6, bottom + 12, "labels", { size: 12, anchor: "right" });
  const monthly = placed.filter(({ column }) => column.month !== "");
  if (monthly.length > 0) {
    const [from, to] = [monthly[0]!.left, monthly.at(-1)!.right];
    canvas.text((from + to) / 2, 10, `<b>${monthly[0]!.column.year}</b>`, { size: 13, anchor: "center" });
    canvas.line(from + 4, 20, to - 4, 20);
  }

  const rootY = headHeight + (bottom - headHeight) / 2;
  for (const { branch, own, parts, symbolOf, cells, top: laneTop, stem } of lanes) {
    const tip = cells.filter(({ column, cards: some }) => some.length > 0 && !isUndated(column)).at(-1);
    const end = tip === undefined ? stemLeft + 8 : tip.right - 6;
    canvas.path(
      `M14,${String(rootY)} C44,${String(rootY)} 14,${String(stem)} ${String(stemLeft)},${String(stem)} L${String(end)},${String(stem)}`,
      { line: branch.colour, width: 4 },
    );
    const title = `${branch.name} · ${String(own.length)}`;
    const titleWidth = textWidth(title, 14, true) + 16;
    canvas.rect(stemLeft, laneTop + 3, stemLeft + titleWidth, stem - 2, { fill: tint(branch.colour, 0.5) });
    canvas.text(stemLeft + 8, laneTop + 15.5, escapeText(title), { size: 14, bold: true, color: darkText });
    let at = stemLeft + titleWidth + 18;
    for (const part of parts) {
      canvas.marks([{ x: at, y: laneTop + 15.5, hover: escapeText(part) }], {
        ...{ symbol: symbolOf(part), color: branch.colour },
      });
      canvas.text(at + 9, laneTop + 15.5, escapeText(part), { size: 12 });
      at += textWidth(part, 12) + 32;
    }
    for (const { left, cards: some } of cells) {
      let y = stem + 8;
      for (const { entry, lines, height } of some) {
        const middle = y + height / 2;
        canvas.marks([{ x: left + columnPad + 5, y: middle, hover: entry.hover }], {
          symbol: entry.part === null ? symbols[0]! : symbolOf(entry.part),
          color: branch.colour,
        });
        canvas.chip(left + columnPad + markWidth, middle, lines.map(escapeText).join("<br>"), {
          ...{ size, line: branch.colour, hover: entry.hover, name: `${branch.name} ${entry.label}` },
          fill: entry.known ? tint(branch.colour, 0.24) : "#f7f7f7",
        });
        y += height + cardGap;
      }
    }
  }
  canvas.chip(14, rootY, escapeText(root), {
    ...{ size: 13, bold: true, anchor: "center", fill: "#ffffff", line: "#767676", angle: -90 },
  });
  return bottom + 24;
}
