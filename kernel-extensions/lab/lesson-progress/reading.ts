/** Where a lesson stands, read from its notebook: cells and outputs alone, live ones and those that were stored. */

/** The output of an exercise's cell that says what came of it. */
const progressType = "application/vnd.agentic-rl.progress+json";

/** A cell as far as it matters here. */
export interface CellView {
  readonly type: string;
  readonly source: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly running: boolean;
  readonly outputs: readonly OutputView[];
}

export interface OutputView {
  readonly type: string;
  /** By MIME type. */
  readonly data: Readonly<Record<string, unknown>>;
}

export type State =
  "passed" | "partly" | "failed" | "not yet" | "interrupted" | "error" | "running" | "not run";

export interface Standing {
  id: string;
  /** Empty where the notebook does not say it. */
  title: string;
  points: number;
  outOf: number;
  state: State;
  /** The index of the cell where the exercise begins. */
  cell: number;
}

/** Calls of `exercise`; a cell that tests an exercise has one. */
const call = /\bexercise\(\s*["'`]([\w.-]+)["'`]/;
/** "### Exercise 1.1 · The best guess without a tool (10 points)" */
const heading = /^#{1,6}\s+Exercise\s+([\w.-]*\w)\s*[·:]?\s*(.*?)(?:\s*\(\d+ points?\))?\s*$/m;

/**
 * The exercises of a notebook, in order.
 *
 * @param before what this returned last: a cell that runs again has no output, and is worth what it was until it ends
 */
export function standings(cells: readonly CellView[], before: readonly Standing[] = []): Standing[] {
  const found: Standing[] = [];
  let begun: { id: string; title: string; cell: number } | undefined;
  for (const [index, cell] of cells.entries()) {
    if (cell.type === "markdown") {
      const [, id, title] = heading.exec(cell.source) ?? [];
      if (id !== undefined) begun = { id, title: title!, cell: index };
    }
    const id = cell.type === "code" ? call.exec(cell.source)?.[1] : undefined;
    if (id === undefined) continue;
    const { title, cell: first } = begun?.id === id ? begun : { title: "", cell: index };
    const result = outcome(id, cell);
    const last = before.find((standing) => standing.id === id);
    found.push({
      ...{ id, title, cell: first },
      ...{ points: 0, outOf: last?.outOf ?? gradedPoints(cell), state: "not run" },
      ...(cell.running && { points: last?.points ?? 0, state: "running" }),
      ...result,
    });
  }
  return found;
}

/** What the cell's outputs say; `undefined` when they say nothing. */
function outcome(id: string, cell: CellView): Partial<Standing> | undefined {
  for (const { type, data } of cell.outputs) {
    if (type === "error") return { points: 0, state: "error" };
    if (type !== "execute_result") continue;
    const standing = entry(id, data[progressType]);
    if (standing) return standing;
  }
  return undefined;
}

const ended = ["passed", "partly", "failed", "not yet", "interrupted"] as const;

/** The exercise's own entry in its output. A notebook's JSON can hold anything. */
function entry(id: string, json: unknown): Partial<Standing> | undefined {
  const progress = json as { exercise?: unknown; exercises?: unknown } | null | undefined;
  if (progress?.exercise !== id || !Array.isArray(progress.exercises)) return undefined;
  const own = (progress.exercises as (Record<string, unknown> | null)[]).find((one) => one?.["id"] === id);
  const { title, points, outOf } = own ?? {};
  const state = ended.find((status) => status === own?.["status"]);
  if (typeof title !== "string" || !isCount(points) || !isCount(outOf) || !state) return undefined;
  return { title, points, outOf, state };
}

const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;

/** What the exercise is worth, by nbgrader's metadata. */
function gradedPoints({ metadata }: CellView): number {
  const { points } = (metadata["nbgrader"] ?? {}) as { points?: unknown };
  return isCount(points) ? points : 0;
}

/** "35 of 100 points" */
export function pointsText(points: number, outOf: number): string {
  return `${numberText(points)} of ${numberText(outOf)} point${outOf === 1 ? "" : "s"}`;
}

/** Shares of points are rounded, whole points written as such. */
export function numberText(value: number): string {
  return String(Math.round(value * 100) / 100);
}

export function total(all: readonly Standing[]): { points: number; outOf: number } {
  const sum = (field: "points" | "outOf") => all.reduce((so, standing) => so + standing[field], 0);
  return { points: sum("points"), outOf: sum("outOf") };
}
