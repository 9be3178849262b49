/** What `arl train` says at the end. */
import type { Engine } from "../../../src/engine/engine.js";
import type { EnvironmentSpec, OptionValue } from "../../../src/environments/environment.js";
import type { Evaluation } from "../../../src/training/evaluate.js";
import { duration } from "./stage-line.js";
import { intervalText, shareText, textTable } from "./table.js";

/** An evaluation; of a policy for Kuhn poker also its exploitability, in antes a game. */
export type Measured = Evaluation & { exploitability?: number };

export interface TrainingResult {
  spec: EnvironmentSpec;
  environmentOptions: Readonly<Record<string, OptionValue>>;
  algorithm: string;
  algorithmOptions: object;
  seed: number;
  before: Measured;
  after: Measured;
  greedy: Measured;
  /** Updates done before this run. */
  from: number;
  updates: number;
  /** Rolled out in this run. */
  trajectories: number;
  /** Of training, sampling included. */
  seconds: number;
  engine: Engine;
  interrupted: boolean;
}

/** One line of JSON. */
export function resultLine(result: TrainingResult): string {
  const { spec, before, after, greedy, engine } = result;
  const bounds = ({ interval }: Evaluation) => [interval.low, interval.high];
  return `${JSON.stringify({
    environment: spec.id,
    environment_options: result.environmentOptions,
    algorithm: result.algorithm,
    algorithm_options: result.algorithmOptions,
    seed: result.seed,
    ...{ success_before: before.success, success_before_interval: bounds(before) },
    ...{ success_after: after.success, success_after_interval: bounds(after) },
    ...{ greedy_after: greedy.success, greedy_after_interval: bounds(greedy) },
    ...(before.exploitability === undefined
      ? {}
      : { exploitability_before: before.exploitability, exploitability_after: after.exploitability }),
    ...{ episodes_before: before.episodes, episodes_after: after.episodes },
    ...{ updates: result.updates, resumed_at: result.from, trajectories: result.trajectories },
    ...{ seconds: result.seconds, engine: engine.name, device: engine.device },
    interrupted: result.interrupted,
  })}\n`;
}

/** A small table for people. */
export function resultTable(result: TrainingResult): string {
  const { spec, before, after, greedy } = result;
  const row = (name: string, { success, interval, episodes }: Evaluation) => [
    ...[name, shareText(success), intervalText(interval), String(episodes)],
  ];
  const known = (["optimum", "chance"] as const).flatMap((name) => {
    const value = spec[name];
    return value === undefined ? [] : [[name, shareText(value)]];
  });
  return `${headline(result)}\n\n${textTable([
    ["", "success", "95 % interval", "episodes"],
    row("before (sampled)", before),
    row("after (sampled)", after),
    row("after (greedy)", greedy),
    ...known,
  ])}${exploited(before, after)}`;
}

/** Self-play wins half of its games however it plays: another figure tells what was learned. */
function exploited(before: Measured, after: Measured): string {
  if (before.exploitability === undefined || after.exploitability === undefined) return "";
  return (
    `\nexploitability ${before.exploitability.toFixed(3)} → ${after.exploitability.toFixed(3)} antes a game ` +
    "(0 in equilibrium; success is always about one half in self-play)\n"
  );
}

/** "weather by grpo, seed 7: 80 updates, 10240 trajectories, 35 s on wasm (1 CPU thread with SIMD)" */
export function headline(result: TrainingResult): string {
  const { spec, algorithm, seed, updates, from, trajectories, seconds, engine } = result;
  const resumed = from === 0 ? "" : ` (${from} of them before)`;
  return (
    `${spec.id} by ${algorithm}, seed ${seed}: ${updates} update${updates === 1 ? "" : "s"}${resumed}, ` +
    `${trajectories} trajectories, ${duration(seconds)} on ${engine.name} (${engine.device})` +
    (result.interrupted ? ", stopped early" : "")
  );
}
