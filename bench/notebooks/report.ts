/** The runs of all lessons as a Markdown table. */
import { markdownTable } from "../statistics.js";
import type { NotebookRun } from "./run.js";

/** Cells that are named: the slowest of those that take longer than this. */
const worthNaming = 5;
const named = 5;

export function report(runs: readonly NotebookRun[]): string {
  const rows = runs.map(({ name, seconds, cells, verdict }) => [
    name,
    (seconds / 60).toFixed(1),
    cells
      .filter((cell) => cell.seconds > worthNaming)
      .sort((a, b) => b.seconds - a.seconds)
      .slice(0, named)
      .map((cell) => `${cell.id} ${cell.seconds.toFixed(0)}`)
      .join(", "),
    verdict,
  ]);
  return `${markdownTable(["lesson", "minutes", `slowest cells, seconds (over ${worthNaming})`, "outcome"], rows)}\n`;
}
