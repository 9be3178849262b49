/** The runs of all lessons as Markdown tables. */
import { shown } from "../../kernel-extensions/lessons/claims-table.js";
import { count, narrowTable } from "../../kernel-extensions/lessons/markdown.js";
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

/**
 * Every claim of the solved lessons' prose and what its cells showed. A number that another processor rounds otherwise
 * is "not found": a reason to look, no failure.
 */
export function claimsReport(runs: readonly NotebookRun[]): string {
  const tables = runs
    .filter(({ claims }) => claims.length > 0)
    .map(({ name, claims }) => {
      const lacking = claims.filter(({ missing }) => missing.length > 0).length;
      const rows = claims.map((claim) => [claim.sentence, claim.measuredBy.join(", "), shown(claim)]);
      const heading = `${name}: ${count(claims.length, "claim")}, ${lacking} with a number that is not in this run`;
      return `\n${heading}\n\n${narrowTable(["claim", "measured by", "shown"], rows)}\n`;
    });
  return tables.join("");
}
