/** What a code cell shows: the numbers of its outputs, and those of its code. */
import { isRecord } from "./record.js";
import { joinLines, type CodeCell, type MultilineString, type Output } from "../client/notebook.js";
import { equals, literalsIn, plain, quantitiesIn, rounds, type Quantity } from "./quantities.js";

export const plotlyType = "application/vnd.plotly.v1+json";

export interface Finding {
  claimed: string;
  /** As the cell has it. */
  seen: string;
  where: "output" | "figure's data" | "code";
  cell: string;
}

/** Numbers of one kind, and when one of them is what was claimed. */
interface Evidence {
  where: Finding["where"];
  numbers: Quantity[];
  shows: (seen: Quantity, claimed: Quantity) => boolean;
}

/** The first place in the cells where a claimed number is found: what is printed before what is drawn or written. */
export function find(claimed: Quantity, cells: readonly CodeCell[]): Finding | undefined {
  const all = cells.flatMap((cell) => evidenceOf(cell).map((evidence) => ({ ...evidence, cell: cell.id! })));
  for (const place of ["output", "figure's data", "code"] as const) {
    for (const { where, numbers, shows, cell } of all) {
      if (where !== place) continue;
      const seen = numbers.find((one) => equals(one, claimed)) ?? numbers.find((one) => shows(one, claimed));
      if (seen) return { claimed: claimed.text, seen: seen.text, where, cell };
    }
  }
  return undefined;
}

export function evidenceOf(cell: CodeCell): Evidence[] {
  const figures = cell.outputs.flatMap(figuresOf);
  const texts = [...cell.outputs.flatMap(textsOf), ...figures.flatMap(stringsIn)];
  return [
    { where: "output", numbers: texts.flatMap(quantitiesIn), shows: rounds },
    {
      where: "figure's data",
      numbers: figures.flatMap(drawnNumbers).map((value) => plain(value)),
      // Among hundreds of points some always round to a given whole number.
      shows: (seen, claimed) => (claimed.isMeasure ? rounds : equals)(seen, claimed),
    },
    { where: "code", numbers: literalsIn(joinLines(cell.source)), shows: equals },
  ];
}

/** What a reader sees of an output as words. */
function textsOf(output: Output): string[] {
  if (output.output_type === "stream") return [joinLines(output.text)];
  if (output.output_type === "error") return [output.evalue];
  return ["text/plain", "text/markdown", "text/html"].flatMap((type) => {
    const content = output.data[type] as MultilineString | undefined;
    if (content === undefined) return [];
    return [type === "text/html" ? wordsOf(joinLines(content)) : joinLines(content)];
  });
}

function wordsOf(html: string): string {
  return html
    .replaceAll(/<(style|script)\b[^]*?<\/\1>/g, " ")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll(/&nbsp;/g, " ");
}

export function figuresOf(output: Output): Record<string, unknown>[] {
  const figure = "data" in output ? output.data[plotlyType] : undefined;
  return isRecord(figure) ? [figure] : [];
}

/** Titles, labels, annotations: every text in a figure. */
function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value.replaceAll(/<[^>]*>/g, " ")];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

/** Attributes of traces and shapes that hold what is drawn, not how. */
const drawn = new Set(
  "x y z r theta values customdata array arrayminus base open close x0 x1 y0 y1".split(" "),
);

function drawnNumbers({ data, layout }: Record<string, unknown>): number[] {
  const shapes = isRecord(layout) ? layout["shapes"] : undefined;
  return [data, shapes].flatMap((part) => numbersUnder(part, false));
}

function numbersUnder(value: unknown, isDrawn: boolean): number[] {
  if (typeof value === "number") return isDrawn ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((inner) => numbersUnder(inner, isDrawn));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => numbersUnder(inner, isDrawn || drawn.has(key)));
}
