/** The learning curve of `arl train --figure`: plain Plotly as JSON, or a page that opens without a network. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { jupyterDisplay, type Figure } from "../../../src/figures/figure.js";
import { learningCurve } from "../../../src/figures/learning-curve.js";
import { trajectoryView } from "../../../src/figures/trajectory-view.js";
import type { Cell } from "../../client/notebook.js";
import { renderPage } from "../html/page.js";
import type { Recording } from "./recording.js";
import { intervalText, shareText } from "./table.js";
import { headline, type TrainingResult } from "./training-result.js";

/** Updates over which a long curve is averaged: a batch of one seed wobbles. */
const [long, smoothing] = [20, 5];

export async function writeTrainingFigure(
  path: string,
  result: TrainingResult,
  { steps, snapshots }: Recording,
  vocabulary: readonly string[],
): Promise<void> {
  const { spec, algorithm, before } = result;
  const curve = learningCurve(
    { [`${spec.id}, ${algorithm}`]: [steps] },
    {
      smoothing: steps.length >= long ? smoothing : 1,
      references: [
        { name: "warm start", value: before.success },
        ...(spec.optimum === undefined ? [] : [{ name: "optimum", value: spec.optimum }]),
      ],
    },
  );
  mkdirSync(dirname(path), { recursive: true });
  if (path.endsWith(".json")) {
    writeFileSync(path, `${JSON.stringify({ data: curve.data, layout: curve.layout })}\n`);
    return;
  }
  const view = snapshots.length === 0 ? [] : [shown(trajectoryView(snapshots, vocabulary))];
  const notebook = {
    ...{ nbformat: 4, nbformat_minor: 5, metadata: {} },
    cells: [markdown(words(result)), shown(curve), ...view],
  };
  writeFileSync(path, await renderPage(notebook, { name: spec.id, folder: dirname(path) }));
}

function words(result: TrainingResult): string {
  const { spec, before, after, greedy } = result;
  const rows = Object.entries({
    "before (sampled)": before,
    "after (sampled)": after,
    "after (greedy)": greedy,
  }).map(
    ([name, { success, interval, episodes }]) =>
      `| ${name} | ${shareText(success)} | ${intervalText(interval)} | ${episodes} |`,
  );
  return [
    `# ${spec.id}: ${spec.title}`,
    "",
    `${headline(result)}.`,
    "",
    "| | success | 95 % interval | episodes |",
    "|---|---|---|---|",
    ...rows,
  ].join("\n");
}

const markdown = (source: string): Cell => ({ cell_type: "markdown", source, metadata: {} });

const shown = (figure: Figure): Cell => ({
  ...{ cell_type: "code", source: "", metadata: {}, execution_count: null },
  outputs: [{ output_type: "display_data", data: figure[jupyterDisplay](), metadata: {} }],
});
