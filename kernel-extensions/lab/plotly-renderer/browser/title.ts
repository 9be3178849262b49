/** Titles that fit the place, measured as the browser draws them. */
import { fitTitle } from "../../../plots/title.js";

let pen: CanvasRenderingContext2D | null | undefined;

/** Pixels; the canvas is made once. */
function textWidth(text: string, font: string): number {
  pen ??= document.createElement("canvas").getContext("2d");
  if (!pen) return 0;
  pen.font = font;
  return pen.measureText(text).width;
}

/** The layout whose title fits a place of that width (pixels), or its own width where it has one. */
export function titleFitted(layout: Readonly<Record<string, unknown>>, width: number) {
  const own = layout["width"];
  return fitTitle(layout, typeof own === "number" ? own : width, textWidth);
}
