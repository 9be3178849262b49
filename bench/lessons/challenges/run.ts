/** One run of a setting: start → evaluation → its stages → evaluation, as a line that `recordedRuns` reads. */
import { cpus } from "node:os";
import { currentEngine } from "../../../src/engine/index.js";
import { environmentDefinition, makeEnvironment } from "../../../src/environments/registry.js";
import { withReward } from "../../../src/environments/with-reward.js";
import type { TransformerPolicy } from "../../../src/policy/index.js";
import {
  evaluate,
  evaluatePassAtK,
  train,
  warmStart,
  warmStartPolicy,
  type TrainOptions,
  type TrainStep,
} from "../../../src/training/index.js";
import type { Setting } from "./settings.js";

const episodes = 512;

/** Which metrics are kept of every update. */
const kept = ["rollout/return", "policy/entropy"];

export async function run(setting: Setting, seed: number, command: string) {
  const { environment, variant, stages } = setting;
  const policy = await start(setting, seed);
  try {
    const before = await measure(setting, policy);
    const curve: number[] = [];
    const curves = Object.fromEntries([...kept, "compute/tokens"].map((name) => [name, [] as number[]]));
    let algorithm = "";
    let tokens = 0;
    let [trajectories, seconds] = [0, 0];
    for (const stage of stages) {
      const training = train({ ...task(setting), policy, seed, ...stage });
      algorithm = training.algorithm.name;
      let last: TrainStep | undefined;
      for await (const step of training) {
        last = step;
        trajectories += step.metrics["rollout/trajectories"]!;
        tokens += step.trajectories.reduce((sum, { tokens: { length } }) => sum + length, 0);
        curve.push(round(step.metrics["rollout/success"]!));
        for (const name of kept) curves[name]!.push(round(step.metrics[name]!));
        curves["compute/tokens"]!.push(tokens);
      }
      seconds += last?.seconds ?? 0;
    }
    return {
      ...{ environment, variant, seed, episodes, algorithm, before, after: await measure(setting, policy) },
      ...{ updates: curve.length, trajectories, parameters: policy.size, seconds: round(seconds) },
      ...{ curve, curves, engine: currentEngine()!.name },
      machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}`,
      ...{ node: process.version, command },
    };
  } finally {
    policy.dispose();
  }
}

/** What is trained on: the environment with its recipe, or the same with another reward. */
function task({ environment, reward }: Setting): Pick<TrainOptions, "environment"> {
  if (reward === undefined) return { environment };
  const { updates, prompts, groupSize, learningRate } = environmentDefinition(environment).recipe;
  const recipe = { updates, prompts, groupSize, learningRate };
  return { environment: () => withReward(makeEnvironment(environment), reward), ...recipe };
}

/** The checkpoint, or a warm start of its own for a model of another size. */
async function start(
  { environment, width, valueHead = false }: Setting,
  seed: number,
): Promise<TransformerPolicy> {
  if (width === undefined) return await warmStartPolicy(environment, { valueHead, seed });
  const { recipe } = environmentDefinition(environment);
  return await warmStart({
    ...{ environment: () => makeEnvironment(environment), seed },
    recipe: { ...recipe, model: { width } },
  });
}

async function measure(
  { environment: id, evaluation = {}, further = {}, attempts }: Setting,
  policy: TransformerPolicy,
) {
  const environment = () => makeEnvironment(id, evaluation);
  const { success, interval, metrics } = await evaluate({ environment, policy, episodes });
  const figures = Object.entries(metrics);
  for (const [name, options] of Object.entries(further)) {
    const more = await evaluate({ environment: () => makeEnvironment(id, options), policy, episodes });
    for (const [metric, value] of Object.entries(more.metrics)) figures.push([`${name}/${metric}`, value]);
  }
  if (attempts !== undefined) {
    const { curve } = await evaluatePassAtK({ environment, policy, tasks: 48, attempts });
    for (const { k, pass } of curve) figures.push([`pass@${k}`, pass.mean]);
  }
  return {
    ...{ success: round(success), low: round(interval.low), high: round(interval.high) },
    metrics: Object.fromEntries(figures.map(([name, value]) => [name, round(value)])),
  };
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
