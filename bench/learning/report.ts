/** The table of learning runs: bench/learning.md. */
import { environmentDefinition } from "../../src/environments/registry.js";
import { mean, meanInterval } from "../../src/statistics.js";
import { goals } from "./goals.js";
import type { LearningResult } from "./job.js";

export function report(results: readonly LearningResult[]): string {
  const runs = new Map<string, LearningResult[]>();
  for (const result of results) {
    const key = `${result.environment}\n${result.variant}`;
    runs.set(key, [...(runs.get(key) ?? []), result]);
  }
  const groups = [...runs.values()];
  const defaults = groups.filter(([first]) => first!.variant === "default");
  const baselines = groups.filter(([first]) => first!.variant !== "default");
  const { machine, node, episodes } = results[0]!;
  return [
    "# What the agents learn",
    "",
    "Every environment from its warm-start checkpoint through reinforcement learning with its default recipe, and",
    "every baseline that lacks the capability, trained the same way. Made by `npm run learning`;",
    "the runs are in `learning.jsonl`.",
    "",
    `Machine: ${machine}, Node ${node}, two runs at a time. Engine: ${enginesOf(results)}. Success is _sampled_`,
    `(temperature 1) on ${episodes} held-out tasks, as mean over the seeds with its 95 % t-interval over seeds; "warm start" with`,
    "Wilson's 95 % interval. Seconds are those of reinforcement learning, sampling included, per seed. A figure",
    "without an interval is of a single seed.",
    "",
    ...table([
      [
        "environment",
        "algorithm",
        "warm start",
        "after",
        "greedy",
        "goal",
        "updates",
        "trajectories",
        "seconds",
        "batch ≥ .9 at update",
      ],
      ...defaults.map(defaultRow),
    ]),
    "",
    "## Further figures the goals name",
    "",
    ...defaults.flatMap(goalLines),
    "",
    "## Baselines that cannot",
    "",
    ...table([
      ["environment", "what is missing", "warm start", "after", "chance", "with it"],
      ...baselines.map((group) => baselineRow(group, defaults)),
    ]),
    "",
  ].join("\n");
}

/** What most runs were made on, and which environments were not: "wasm; nim, form: native". */
function enginesOf(results: readonly LearningResult[]): string {
  const environments = new Map<string, Set<string>>();
  for (const { engine, environment } of results) {
    environments.set(engine, (environments.get(engine) ?? new Set()).add(environment));
  }
  const [[most], ...others] = [...environments].sort(([, a], [, b]) => b.size - a.size) as [
    [string, Set<string>],
    ...[string, Set<string>][],
  ];
  return [most, ...others.map(([engine, ids]) => `${[...ids].join(", ")}: ${engine}`)].join("; ");
}

function defaultRow(runs: readonly LearningResult[]): string[] {
  const [first] = runs;
  const goal = goals[first!.environment];
  const after = meanInterval(runs.map((run) => run.after.success));
  const success = goal?.success;
  const bound =
    success === undefined
      ? "see below"
      : `≥ ${percent(success)} ${after.mean >= success ? "✓" : "**not reached**"}`;
  return [
    first!.environment,
    first!.algorithm,
    before(runs),
    interval(after),
    percent(mean(runs.map((run) => run.greedyAfter))),
    bound,
    String(first!.updates),
    String(Math.round(mean(runs.map((run) => run.trajectories)))),
    runs.map((run) => run.seconds.toFixed(0)).join(", "),
    runs.map((run) => firstAbove(run.curve, 0.9)).join(", "),
  ];
}

function firstAbove(curve: readonly number[], level: number): string {
  const at = curve.findIndex((success) => success >= level);
  return at < 0 ? "–" : String(at + 1);
}

function goalLines(runs: readonly LearningResult[]): string[] {
  const { environment } = runs[0]!;
  const goal = goals[environment];
  const lines: string[] = [];
  if (goal?.exploitability !== undefined) {
    const start = mean(runs.map((run) => run.before.exploitability!));
    const end = meanInterval(runs.map((run) => run.after.exploitability!));
    const reached = end.mean <= goal.exploitability * start;
    lines.push(
      `- ${environment}: exploitability ${start.toFixed(3)} → ${end.mean.toFixed(3)} antes a game ` +
        `(by seed ${runs.map((run) => run.after.exploitability!.toFixed(3)).join(", ")}); ` +
        `goal at most ${goal.exploitability} of the start: ${reached ? "✓" : "**not reached**"}`,
    );
  }
  for (const [name, { least, most }] of Object.entries(goal?.metrics ?? {})) {
    const of = (which: "before" | "after") =>
      mean(runs.map((run) => run[which].metrics[`rollout/${name}`] ?? NaN));
    const end = of("after");
    const reached = end >= (least ?? -Infinity) && end <= (most ?? Infinity);
    const bound = least === undefined ? `at most ${most}` : `at least ${least}`;
    lines.push(
      `- ${environment}: ${name.replaceAll("_", " ")} ${of("before").toFixed(3)} → ${end.toFixed(3)}; ` +
        `goal ${bound}: ${reached ? "✓" : "**not reached**"}`,
    );
  }
  return lines;
}

function baselineRow(runs: readonly LearningResult[], defaults: readonly LearningResult[][]): string[] {
  const { environment, variant } = runs[0]!;
  const definition = environmentDefinition(environment);
  const options = definition.baselines.find(({ name }) => name === variant)?.options;
  const { chance } = definition.create({ ...definition.defaults, ...options }).spec;
  const full = defaults.find(([first]) => first!.environment === environment);
  // Self-play wins half of its games however it plays: there exploitability is compared, and less is better.
  const figure = (run: LearningResult) => run.after.exploitability ?? run.after.success;
  const unit = runs[0]!.after.exploitability === undefined ? "" : " exploitability";
  return [
    environment,
    variant,
    unit === "" ? before(runs) : `${mean(runs.map((run) => run.before.exploitability!)).toFixed(2)}${unit}`,
    `${interval(meanInterval(runs.map(figure)))}${unit}`,
    chance === undefined ? "" : percent(chance),
    full === undefined ? "" : `${percent(mean(full.map(figure)))}${unit}`,
  ];
}

/** Warm-start success; checkpoints are shared by the seeds, baselines have a warm start each. */
function before(runs: readonly LearningResult[]): string {
  const success = mean(runs.map((run) => run.before.success));
  const low = Math.min(...runs.map((run) => run.before.low));
  const high = Math.max(...runs.map((run) => run.before.high));
  return `${percent(success)} (${percent(low)}–${percent(high)})`;
}

function interval({ mean, low, high, n }: { mean: number; low: number; high: number; n: number }): string {
  return n === 1
    ? percent(mean)
    : `**${percent(mean)}** (${percent(Math.max(0, low))}–${percent(Math.min(1, high))})`;
}

export function percent(share: number): string {
  return share.toFixed(2).replace(/^0/, "");
}

/** Markdown, with columns padded as Prettier pads them. */
export function table([header, ...rows]: string[][]): string[] {
  const widths = header!.map((title, i) =>
    Math.max(3, title.length, ...rows.map((cells) => cells[i]!.length)),
  );
  const line = (cells: string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(header!), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}
