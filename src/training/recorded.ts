/** Runs that were measured beforehand and are kept under `bench/`: what a lesson shows instead of training for an hour. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../datasets.js";
import type { MetricsRecord } from "./metrics-file.js";

/** Success on held-out tasks with its 95 % interval (Wilson's). */
export interface RecordedSuccess {
  readonly success: number;
  readonly low: number;
  readonly high: number;
  /** Further figures of the evaluation, "rollout/…". */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** One training from warm start to the last update, with an evaluation before and after: a line of the file. */
export interface RecordedRun {
  readonly environment: string;
  /** "default", or what was different. */
  readonly variant: string;
  readonly seed: number;
  /** Of each evaluation. */
  readonly episodes: number;
  readonly algorithm: string;
  readonly before: RecordedSuccess;
  readonly after: RecordedSuccess;
  readonly updates: number;
  /** Episodes trained on, and the policy's parameters, where the file tells them. */
  readonly trajectories?: number;
  readonly parameters?: number;
  /** Of training, sampling included. */
  readonly seconds: number;
  /** Success of the rollouts of each update, and what else was kept, as learning curves take it; seconds are spread evenly. */
  readonly steps: MetricsRecord[];
  readonly engine: string;
  readonly machine: string;
  /** Makes the file anew. */
  readonly command: string;
}

export interface RecordedQuery {
  /** Which file: `bench/<name>.jsonl`; default "learning". */
  readonly name?: string;
  readonly environment?: string;
  readonly variant?: string;
}

interface Line extends Omit<RecordedRun, "steps" | "command"> {
  /** Success at each update, and further metrics by their names. */
  readonly curve: readonly number[];
  readonly curves?: Readonly<Record<string, readonly number[]>>;
  readonly command?: string;
}

/** What makes a file whose lines do not say it. */
const commands: Readonly<Record<string, string>> = { learning: "npm run learning" };

/**
 * Committed runs, in the order of the file: by default those of `bench/learning.jsonl`, every environment's default
 * recipe and its baselines over seeds.
 *
 * A lesson draws them with {@link recordedNote} beside: `figures.learningCurve({ grpo: runs.map(({ steps }) => steps) })`.
 *
 * @throws Error for a file that is not there (with those that are) or a line that is no run; RangeError when no run
 * is left of the file.
 */
export function recordedRuns({ name = "learning", environment, variant }: RecordedQuery = {}): RecordedRun[] {
  const path = join(packageRoot(), "bench", `${name}.jsonl`);
  if (!existsSync(path)) {
    throw new Error(`recordedRuns: there is no bench/${name}.jsonl; there are ${recordedNames().join(", ")}`);
  }
  const all = readFileSync(path, "utf8")
    .split("\n")
    .flatMap((text, i) => (text === "" ? [] : [parsed(text, name, i + 1)]));
  const runs = all.filter(
    (run) => run.environment === (environment ?? run.environment) && run.variant === (variant ?? run.variant),
  );
  if (runs.length > 0) return runs;
  const own = all.filter((run) => run.environment === environment);
  const had = own.length > 0 ? own.map((run) => run.variant) : all.map((run) => run.environment);
  const missing =
    own.length > 0 ? `"${environment}" with the variant "${variant}"` : `"${environment ?? variant}"`;
  throw new RangeError(
    `recordedRuns: bench/${name}.jsonl has no run of ${missing}; it has ${[...new Set(had)].join(", ")}`,
  );
}

/** Where runs come from, in a line: seeds, machine, engine, the command that makes them anew. */
export function recordedNote(runs: readonly RecordedRun[]): string {
  const all = (of: (run: RecordedRun) => string | number) => [...new Set(runs.map(of))].join(", ");
  return (
    `Recorded: ${runs.length} runs, seeds ${all((run) => run.seed)}, engine ${all((run) => run.engine)} on ` +
    `${all((run) => run.machine)}. Make them anew: ${all((run) => run.command)}`
  );
}

function recordedNames(): string[] {
  const folder = join(packageRoot(), "bench");
  if (!existsSync(folder)) return ["none"];
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(".jsonl"))
    .map((file) => file.slice(0, -".jsonl".length).replaceAll("\\", "/"))
    .sort();
}

function parsed(text: string, name: string, line: number): RecordedRun {
  const place = `bench/${name}.jsonl, line ${line}`;
  let value: Partial<Line>;
  try {
    value = JSON.parse(text) as Partial<Line>;
  } catch {
    throw new Error(`${place} is not JSON`);
  }
  const { curve, curves = {}, ...run } = value;
  if (
    run.environment === undefined ||
    run.before === undefined ||
    run.after === undefined ||
    curve === undefined
  ) {
    throw new Error(`${place} is no run: it needs environment, before, after and curve`);
  }
  const seconds = run.seconds ?? NaN;
  return {
    ...(run as Omit<Line, "curve" | "curves">),
    command: run.command ?? commands[name] ?? `npm run bench -- ${name}`,
    steps: curve.map((success, i) => ({
      update: i + 1,
      seconds: (seconds * (i + 1)) / curve.length,
      metrics: {
        "rollout/success": success,
        ...Object.fromEntries(Object.entries(curves).map(([metric, values]) => [metric, values[i]!])),
      },
    })),
  };
}
