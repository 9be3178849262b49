import { join } from "node:path";
import type { EnvironmentDefinition } from "../../src/environments/environment.js";
import { parse, UsageError, type Command } from "./command.js";
import { asFailure } from "./learning/errors.js";
import { requireWritable, seedNumber, wholeNumber } from "./learning/flags.js";
import { interruptedExitCode, interruptible } from "./learning/interrupt.js";
import { environmentNamed } from "./learning/names.js";
import { duration, StageLine } from "./learning/stage-line.js";
import { shareText } from "./learning/table.js";

const help = `Usage: arl warm-start ENV… [options]
       arl warm-start --all [options]

Makes the policies that training starts from: a fresh one imitates each environment's weak scripted policy
by the environment's recipe, and is measured. How it was made stands in the file's header.

  --all         every environment
  --seed N      determines everything random (default: 0)
  --episodes N  held-out episodes to measure it on, sampled (default: 512)
  --out DIR     where to write ENV.safetensors (default: where arl train looks for them)

Prints the path of every file it wrote.
`;

export const warmStart: Command = {
  help,
  async run(args) {
    const { values, positionals } = parse(args, {
      all: { type: "boolean", default: false },
      ...{ seed: { type: "string" }, episodes: { type: "string" }, out: { type: "string" } },
    });
    const seed = seedNumber("--seed", values.seed) ?? 0;
    const episodes = wholeNumber("--episodes", values.episodes, 1) ?? 512;
    if (values.all && positionals.length > 0) {
      throw new UsageError(`--all is every environment: leave ${positionals[0]!} away, or --all`);
    }
    if (!values.all && positionals.length === 0) {
      throw new UsageError("name an environment, or say --all; arl environments lists them");
    }
    if (values.out === "") throw new UsageError("--out needs the name of a folder");
    const { environments } = await import("../../src/environments/registry.js");
    const chosen = values.all
      ? environments()
      : await Promise.all([...new Set(positionals)].map(environmentNamed));
    const { checkpointPath } = await import("../../src/training/checkpoints.js");
    const files = chosen.map(({ id }) =>
      values.out === undefined ? checkpointPath(id) : join(values.out, `${id}.safetensors`),
    );
    for (const file of files) requireWritable({ "--out": file });

    return await interruptible(async (signal) => {
      const line = new StageLine();
      try {
        for (const [i, definition] of chosen.entries()) {
          await asFailure(async () => {
            await make(definition, files[i]!, { seed, episodes, signal, line });
          });
        }
        return 0;
      } catch (error) {
        if (!signal.aborted) throw error;
        line.tell("stopped");
        return interruptedExitCode;
      } finally {
        line.end();
      }
    });
  },
};

async function make(
  { id, recipe }: EnvironmentDefinition,
  path: string,
  options: { seed: number; episodes: number; signal: AbortSignal; line: StageLine },
): Promise<void> {
  const { seed, episodes, signal, line } = options;
  const { makeEnvironment } = await import("../../src/environments/registry.js");
  const { evaluate } = await import("../../src/training/evaluate.js");
  const { warmStart: imitate } = await import("../../src/training/warm-start.js");
  const { currentEngine } = await import("../../src/engine/engine.js");
  const environment = () => makeEnvironment(id);
  const start = performance.now();
  line.show(id, 0, "demonstrations");
  let finalLoss = NaN;
  const policy = await imitate({
    ...{ environment, recipe, seed, signal },
    onStep({ step, steps, loss }) {
      finalLoss = loss;
      line.show(id, step / steps, `step ${step}/${steps}  loss ${loss.toFixed(3)}`);
    },
  });
  try {
    const seconds = (performance.now() - start) / 1000;
    const { success, interval } = await evaluate({ environment, policy, episodes, seed, signal });
    const { demonstrations, steps, learningRate } = recipe.warmStart;
    await policy.save(path, {
      environment: id,
      seed: String(seed),
      demonstrations: String(demonstrations),
      steps: String(steps),
      learningRate: String(learningRate),
      finalLoss: finalLoss.toFixed(4),
      seconds: seconds.toFixed(1),
      success: success.toFixed(4),
      episodes: String(interval.n),
      engine: currentEngine()?.name ?? "",
      command: `arl warm-start ${id} --seed ${seed}`,
    });
    line.tell(`${id}: loss ${finalLoss.toFixed(3)}, success ${shareText(success)}, ${duration(seconds)}`);
    process.stdout.write(`${path}\n`);
  } finally {
    policy.dispose();
  }
}
