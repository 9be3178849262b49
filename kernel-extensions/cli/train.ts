import type { TrainOptions } from "../../src/training/train.js";
import { parse, UsageError, type Command } from "./command.js";
import { asUsage } from "./learning/errors.js";
import { positiveNumber, requireWritable, seedNumber, wholeNumber } from "./learning/flags.js";
import { interruptible } from "./learning/interrupt.js";
import { oneEnvironment } from "./learning/names.js";
import { parseSettings } from "./learning/settings.js";
import type { TrainingPlan } from "./learning/training-run.js";

const help = `Usage: arl train ENV [options]

Takes the environment's warm-start policy, measures it on held-out episodes, trains it by reinforcement
learning, and measures it again, sampled and greedy. arl environments lists the environments.

  --algorithm NAME       how to learn: arl algorithms lists them (default: the environment's own recipe)
  --seed N               determines everything random (default: 0)
  --updates N, --steps N how many updates (default: the recipe's)
  --prompts N            tasks drawn for an update (default: the recipe's)
  --group-size N         rollouts of each task (default: the recipe's)
  --learning-rate X      (default: the recipe's)
  --set KEY=VALUE        an option of the environment (tool=false) or of the algorithm (clipHigh=0.28);
                         may be repeated; arl environments ENV and arl algorithms NAME tell which there are
  --episodes N           episodes of each evaluation (default: 512)

  --out FILE             write the trained policy, a safetensors file that arl play --policy takes
  --state FILE           write all that is needed to go on training
  --resume FILE          go on from such a state; --metrics then adds to its file
  --metrics FILE.jsonl   write one line of metrics for each update
  --figure FILE          write the learning curve: .html (a page, with what the agent wrote) or .json (Plotly)
  --trajectories FILE.jsonl
                         write the episodes of the last evaluation (sampled)
  --json                 end with one line of JSON instead of a table

Progress goes to stderr. Ctrl-C stops training and keeps what was learned: it is measured on a few episodes
and the files are written; the exit code is then 130. A second Ctrl-C ends at once.
`;

export const train: Command = {
  help,
  async run(args) {
    const plan = await planOf(args);
    const { runTraining } = await import("./learning/training-run.js");
    return await interruptible(async (signal) => await runTraining(plan, signal));
  },
};

/** Everything that can be refused is refused here, before anything slow starts. */
async function planOf(args: string[]): Promise<TrainingPlan> {
  const { values, positionals } = parse(args, {
    ...{ algorithm: { type: "string" }, seed: { type: "string" }, episodes: { type: "string" } },
    ...{ updates: { type: "string" }, steps: { type: "string" }, prompts: { type: "string" } },
    ...{ "group-size": { type: "string" }, "learning-rate": { type: "string" } },
    set: { type: "string", multiple: true, default: [] as string[] },
    ...{ out: { type: "string" }, state: { type: "string" }, resume: { type: "string" } },
    ...{ metrics: { type: "string" }, figure: { type: "string" }, trajectories: { type: "string" } },
    json: { type: "boolean", default: false },
  });
  if (values.updates !== undefined && values.steps !== undefined) {
    throw new UsageError("--updates and --steps are the same: leave one of them away");
  }
  const sizes = {
    updates: wholeNumber("--updates", values.updates, 1) ?? wholeNumber("--steps", values.steps, 1),
    prompts: wholeNumber("--prompts", values.prompts, 1),
    groupSize: wholeNumber("--group-size", values["group-size"], 1),
    learningRate: positiveNumber("--learning-rate", values["learning-rate"]),
  };
  const episodes = wholeNumber("--episodes", values.episodes, 1) ?? 512;
  const seed = seedNumber("--seed", values.seed);
  const { out, state, metrics, figure, trajectories, resume } = values;
  if (figure !== undefined && !/\.(html|json)$/.test(figure)) {
    throw new UsageError(`--figure is a file that ends in .html or .json, not ${figure || "empty"}`);
  }
  const definition = await oneEnvironment(positionals);
  const resumed = resume === undefined ? undefined : await resumedFrom(resume);
  if (resumed !== undefined && resumed.environment.id !== definition.id) {
    throw new UsageError(
      `--resume ${resume!} was trained on ${resumed.environment.id}, not ${definition.id}`,
    );
  }
  for (const [flag, given, was] of [
    ["--algorithm", values.algorithm, resumed?.algorithm],
    ["--seed", seed, resumed?.seed],
  ] as const) {
    if (given !== undefined && was !== undefined && given !== was) {
      throw new UsageError(
        `${flag} ${given}: ${resume!} was trained with ${was}; leave ${flag} away to go on`,
      );
    }
  }
  const algorithm = values.algorithm ?? resumed?.algorithm ?? definition.recipe.algorithm;
  const { knownAlgorithm } = await import("./learning/algorithm-names.js");
  const entry = knownAlgorithm("--algorithm", algorithm);
  const settings = parseSettings(values.set, definition, entry);
  const { environment, algorithm: algorithmOptions } =
    resumed === undefined ? settings : goingOn(resumed, settings);
  const options: TrainOptions = {
    environment: definition.id,
    environmentOptions: environment,
    algorithm,
    algorithmOptions,
    seed: seed ?? resumed?.seed ?? 0,
    ...(resumed === undefined ? {} : savedSizes(resumed)),
    ...(resume === undefined ? {} : { resume }),
    ...Object.fromEntries(Object.entries(sizes).filter(([, value]) => value !== undefined)),
  };
  const { makeEnvironment } = await import("../../src/environments/registry.js");
  asUsage("--set", () => makeEnvironment(definition.id, environment).close?.());
  const { train: training } = await import("../../src/training/train.js");
  const { recipe } = asUsage("", () => training(options));
  if (resumed !== undefined && resumed.update >= recipe.updates) {
    throw new UsageError(
      `--resume ${resume!}: its ${resumed.update} updates are done; ask for more than that with --updates`,
    );
  }
  requireWritable({
    ...{ "--out": out, "--state": state, "--metrics": metrics },
    ...{ "--figure": figure, "--trajectories": trajectories },
  });
  const files = { out, state, metrics, figure, trajectories };
  return { definition, options, algorithm, episodes, files, json: values.json, from: resumed?.update ?? 0 };
}

type Resumed = Awaited<ReturnType<typeof resumedFrom>>;

/** Options that are not given again are those of the saved training; others are refused when it opens. */
function goingOn({ environment, settings }: Resumed, given: ReturnType<typeof parseSettings>): typeof given {
  return {
    environment: { ...environment.options, ...given.environment },
    algorithm: {
      ...(JSON.parse(String(settings["algorithmOptions"] ?? "{}")) as typeof given.algorithm),
      ...given.algorithm,
    },
  };
}

function savedSizes({ settings }: Resumed): Partial<TrainOptions> {
  const names = ["learningRate", "prompts", "groupSize"];
  return Object.fromEntries(Object.entries(settings).filter(([name]) => names.includes(name)));
}

async function resumedFrom(path: string) {
  const { trainingStateSummary } = await import("../../src/training/state.js");
  return asUsage("--resume", () => trainingStateSummary(path));
}
