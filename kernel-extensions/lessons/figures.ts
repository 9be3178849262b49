/** The figures in a lesson's outputs. */
import type { CodeCell } from "../client/notebook.js";
import { figuresOf } from "./evidence.js";
import { isRecord } from "./record.js";

export interface LessonFigure {
  cell: string;
  /** The heading above, as text. */
  heading: string;
  /** Empty where it has none. */
  title: string;
  /** What it shows, for who cannot see it. Empty where it does not say. */
  alt: string;
}

export function figuresIn(cell: CodeCell, heading: string): LessonFigure[] {
  return cell.outputs.flatMap(figuresOf).map(({ layout }) => ({
    ...{ cell: cell.id ?? "", heading, title: titleOf(layout) },
    alt: isRecord(layout) && isRecord(layout["meta"]) ? text(layout["meta"]["alt"]) : "",
  }));
}

/** Plotly's title is a text, or holds one; its lines are broken for the drawing. */
function titleOf(layout: unknown): string {
  const title = isRecord(layout) ? layout["title"] : undefined;
  return text(isRecord(title) ? title["text"] : title);
}

function text(value: unknown): string {
  if (typeof value !== "string") return "";
  return value
    .replaceAll(/<br ?\/?>/g, " ")
    .replaceAll(/<\/?(?:b|i|sub|sup|span|em|strong)\b[^>]*>/g, "")
    .trim();
}
