/** Figure 4: the six capabilities of an agent, and the works that stand for each. */
import { labelText } from "../../survey/labels.js";
import { rows as readRows, type ReadOptions } from "../../survey/read.js";
import { capabilities, type Capability, type CapabilityMethod } from "../../survey/rows.js";
import { escapeText, palette } from "../figure.js";
import { Canvas, chipPad, darkText, sheetWidth, tint, workHover } from "./canvas.js";
import { divide, surveyFigure, type SurveyFigure } from "./drawn.js";
import { flow } from "./place.js";
import { and, capital, linesWithin, textWidth } from "./words.js";

/** Of the wheel: the hub's and the rim's radius. */
const [hub, rim] = [54, 184];
const listWidth = 252;
const centre = sheetWidth / 2;

const colours: Record<Capability, string> = {
  planning: palette.yellow,
  tool_use: palette.blue,
  memory: palette.green,
  self_improvement: palette.purple,
  reasoning: palette.orange,
  perception: palette.sky,
};

const inFigure = ({ found_in }: CapabilityMethod) => found_in.includes("Figure 4");
const nameOf = ({ method, title, key }: CapabilityMethod) => method ?? title ?? key ?? "";

/**
 * Figure 4 as a wheel: each sector is filled in proportion to the works that the capability's section names, and
 * beside it stand the labels of the survey's own wheel as cards. A pale card has no work in the data.
 *
 * Drawn: every row of `capability_methods`, the labels of Figure 4 as cards, the works named in section 3 in the
 * sectors' counts.
 */
export async function figure4CapabilityWheel(options: ReadOptions = {}): Promise<SurveyFigure> {
  const { drawn, account } = divide(
    "capability_methods",
    await readRows("capability_methods", options),
    (row) => row.key ?? nameOf(row),
    ({ capability }) => (capabilities.includes(capability) ? undefined : "none of the six capabilities"),
  );
  const parts = capabilities.map((capability) => {
    const own = drawn.filter((row) => row.capability === capability);
    return { capability, cards: own.filter(inFigure), named: own.filter((row) => !inFigure(row)) };
  });
  const most = Math.max(...parts.map(({ named }) => named.length));
  const canvas = new Canvas();

  // Lists first: they say how high the sheet is. Clockwise from the top: three on the right, three on the left.
  const blocks = parts.map((part, index) => {
    const onRight = index < parts.length / 2;
    const left = onRight ? sheetWidth - listWidth : 0;
    const groups = [...new Set(part.cards.map(({ subgroup }) => subgroup ?? ""))].map((name) => {
      const cards = part.cards
        .filter(({ subgroup }) => (subgroup ?? "") === name)
        .map((row) => ({ row, width: textWidth(nameOf(row), 12) + 2 * chipPad, height: 24 }));
      return { name, ...flow(cards, { left, width: listWidth, gap: 5 }) };
    });
    const height = 30 + groups.reduce((sum, group) => sum + 20 + group.height + 8, 0);
    return { ...part, index, left, groups, height, onRight };
  });
  const columnHeight = (onRight: boolean) =>
    blocks.filter((block) => block.onRight === onRight).reduce((sum, block) => sum + block.height + 12, -12);
  const height = Math.max(columnHeight(true), columnHeight(false), 2 * rim + 8);
  const middle = height / 2;
  const tops = new Map<Capability, number>();
  for (const onRight of [true, false]) {
    const column = blocks.filter((block) => block.onRight === onRight);
    const gap = (height - column.reduce((sum, block) => sum + block.height, 0)) / (column.length - 1 || 1);
    let top = 0;
    // On the left, clockwise runs upwards.
    for (const block of onRight ? column : column.toReversed()) {
      tops.set(block.capability, top);
      top += block.height + gap;
    }
  }

  for (const block of blocks) {
    const { capability, index, named, left, groups, onRight } = block;
    const colour = colours[capability];
    const [from, to] = [(index * 2 * Math.PI) / 6, ((index + 1) * 2 * Math.PI) / 6];
    // Areas, not radii, compare counts.
    const filled = Math.sqrt(hub ** 2 + ((rim ** 2 - hub ** 2) * named.length) / Math.max(1, most));
    canvas.path(sector(from, to, hub, rim, middle), { fill: tint(colour, 0.14), line: "#ffffff", width: 3 });
    canvas.path(sector(from, to, hub, filled, middle), {
      fill: tint(colour, 0.62),
      line: "#ffffff",
      width: 3,
    });
    const angle = (from + to) / 2;
    const [x, y] = at(angle, (hub + rim) / 2 + 12, middle);
    const name = linesWithin(capital(labelText(capability)), 112, 13, true)
      .map(escapeText)
      .join("<br>");
    canvas.text(x, y, `<b>${name}</b><br>${String(named.length)} named`, {
      ...{ size: 13, anchor: "center", color: darkText },
    });
    const top = tops.get(capability)!;
    const [rimX, rimY] = at(angle, rim, middle);
    // A bracket along the list, and from its nearest point a line to the sector.
    const edge = onRight ? left - 8 : left + listWidth + 8;
    const nearest = Math.min(block.height + top, Math.max(top, rimY));
    canvas.line(edge, top, edge, top + block.height, { color: colour, width: 3 });
    canvas.line(edge, nearest, rimX, rimY, { color: colour, width: 2 });
    canvas.rect(left, top, left + listWidth, top + 24, { fill: tint(colour, 0.62) });
    canvas.text(left + 8, top + 12, escapeText(capital(labelText(capability))), {
      ...{ size: 14, bold: true, color: darkText },
    });
    let below = top + 30;
    for (const group of groups) {
      canvas.text(left, below + 10, escapeText(group.name), { size: 12 });
      for (const { item, x: cardX, y: cardY } of group.placed) {
        canvas.chip(cardX, below + 20 + cardY, escapeText(nameOf(item.row)), {
          ...{ size: 12, line: colour, name: `${capability} ${nameOf(item.row)}` },
          fill: item.row.key === null ? "#f7f7f7" : tint(colour, 0.3),
          hover: workHover({ ...item.row, entry: nameOf(item.row) }),
        });
      }
      below += 20 + group.height + 8;
    }
  }
  canvas.text(centre, middle, `<b>Agentic<br>LLM</b>`, { size: 15, anchor: "center" });

  const largest = parts.filter(({ named }) => named.length === most);
  const smallest = parts.reduce((a, b) => (b.named.length < a.named.length ? b : a));
  const unknown = parts.flatMap(({ cards }) => cards.filter(({ key }) => key === null));
  const cards = parts.flatMap((part) => part.cards);
  const title = `The survey names ${String(most)} works for ${and(largest.map(({ capability }) => labelText(capability)))}, ${String(smallest.named.length)} for ${labelText(smallest.capability)}`;
  const subtitle = [
    `Filled area: the ${String(drawn.length - cards.length)} works that sections 3.1–3.6 name (a citation, so a weak label).`,
    `Cards: the ${String(cards.length)} labels of the survey's own wheel. Tinted: a work of the data, so a strong label; pale: none (${String(unknown.length)}).`,
  ];
  const alt = parts
    .map(
      (part) =>
        `${capital(labelText(part.capability))}: ${String(part.named.length)} works named; in the wheel ${part.cards.map(nameOf).join(", ")}.`,
    )
    .join(" ");
  return surveyFigure(
    canvas.figure({ title, subtitle, alt, height }),
    [account],
    drawn.map((row) => ({
      capability: row.capability,
      drawn_as: inFigure(row) ? "card" : "count",
      ...{ subgroup: row.subgroup, method: row.method, title: row.title, key: row.key },
      ...{ arxiv_id: row.arxiv_id, date: row.date, year: row.year, found_in: row.found_in },
    })),
  );
}

/** A point of the wheel: the angle runs clockwise from the top. */
const at = (angle: number, radius: number, middle: number) =>
  [centre + radius * Math.sin(angle), middle - radius * Math.cos(angle)] as const;

const point = (x: number, y: number) => `${x.toFixed(1)},${y.toFixed(1)}`;

/** A ring's piece as a polygon: Plotly's paths know no arcs. */
function sector(from: number, to: number, inner: number, outer: number, middle: number): string {
  const angles = Array.from({ length: 25 }, (_, i) => from + ((to - from) * i) / 24);
  const points = [
    ...angles.map((angle) => at(angle, outer, middle)),
    ...angles.toReversed().map((angle) => at(angle, inner, middle)),
  ];
  return `M${points.map(([x, y]) => point(x, y)).join(" L")} Z`;
}
