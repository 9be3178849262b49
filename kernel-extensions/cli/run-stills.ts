/** Pictures beside the Plotly figures of a notebook, for where nothing draws them: code hosts, mail, print. */
import { isCodeCell, type DisplayOutput, type Notebook } from "../client/notebook.js";
import { plotlyType } from "../display/figure.js";
import { makeStills, type StillFigure } from "../stills/index.js";

const picture = "image/png";
/** Pixels of a picture for each of the figure's: the first that makes it small enough, else the last. */
const scales = [2, 1.5, 1];
/** A notebook with two dozen figures stays at about 2.5 MB. */
const smallEnough = 80_000;

/** How many pictures were made, or why none were, in a line. */
export type StillsMade =
  | { readonly made: number; readonly problem?: undefined }
  | { readonly made: undefined; readonly problem: string; readonly failed: boolean };

/**
 * Adds an `image/png` to every Plotly output that has none, light, as wide as Plotly or the figure says. Where no browser is installed nothing is added; `failed` says that one is there and
 * did not do its work.
 *
 * @throws the signal's reason when it was aborted.
 */
export async function addStills(notebook: Notebook, signal: AbortSignal): Promise<StillsMade> {
  const outputs = notebook.cells.filter(isCodeCell).flatMap(({ outputs }) => outputs.filter(isBare));
  try {
    let left = outputs;
    for (const scale of scales) {
      const figures = left.map(({ data }) => data[plotlyType] as StillFigure);
      const { stills, reason } = await makeStills(figures, { formats: ["png"], scale, signal });
      if (stills === undefined) return { made: undefined, problem: reason, failed: false };
      const large: DisplayOutput[] = [];
      for (const [index, { png, width, height }] of stills.entries()) {
        const output = left[index]!;
        if (png!.length > smallEnough) large.push(output);
        setPicture(output, Buffer.from(png!).toString("base64"), { width, height });
      }
      left = large;
    }
    return { made: outputs.length };
  } catch (error) {
    signal.throwIfAborted();
    return { made: undefined, problem: (error as Error).message, failed: true };
  }
}

type ShownOutput = DisplayOutput & { data: Record<string, unknown> };

function isBare(output: { output_type: string }): output is ShownOutput {
  if (output.output_type !== "display_data" && output.output_type !== "execute_result") return false;
  const { data } = output as DisplayOutput;
  return data[plotlyType] !== undefined && data[picture] === undefined;
}

/** Types in nbformat's order; shown in the figure's size, whatever its own. */
function setPicture(output: DisplayOutput, base64: string, size: { width: number; height: number }): void {
  const entries = Object.entries({ ...output.data, [picture]: base64 });
  output.data = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  output.metadata = { ...output.metadata, [picture]: size };
}
