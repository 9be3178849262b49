/** The work of `arl train`: measure, train, measure again, write what was asked for. */
import { currentEngine } from "../../../src/engine/engine.js";
import type { EnvironmentDefinition } from "../../../src/environments/environment.js";
import { exploitability } from "../../../src/environments/kuhn-poker-tree.js";
import { makeEnvironment } from "../../../src/environments/registry.js";
import type { TransformerPolicy } from "../../../src/policy/transformer-policy.js";
import { writeTrajectories } from "../../../src/rollout/trajectory-file.js";
import { warmStartPolicy } from "../../../src/training/checkpoints.js";
import { evaluate } from "../../../src/training/evaluate.js";
import { kuhnStrategy } from "../../../src/training/kuhn-strategy.js";
import { appendMetrics, beginMetrics } from "../../../src/training/metrics-file.js";
import { train, type Training, type TrainOptions } from "../../../src/training/train.js";
import { CommandError } from "../command.js";
import { asFailure, messageOf } from "./errors.js";
import { Recording } from "./recording.js";
import { interruptedExitCode } from "./interrupt.js";
import { duration, StageLine } from "./stage-line.js";
import { shareText } from "./table.js";
import { resultLine, resultTable, type Measured, type TrainingResult } from "./training-result.js";

export interface TrainingPlan {
  definition: EnvironmentDefinition;
  options: TrainOptions;
  algorithm: string;
  /** Of each evaluation. */
  episodes: number;
  files: Partial<Record<"out" | "state" | "metrics" | "figure" | "trajectories", string | undefined>>;
  json: boolean;
  /** Updates that were done before, when training is resumed. */
  from: number;
}

/** Enough to tell how far an interrupted training got, in a second or two. */
const briefEpisodes = 64;

/** @returns the exit code */
export async function runTraining(plan: TrainingPlan, signal: AbortSignal): Promise<number> {
  const line = new StageLine();
  try {
    return await asFailure(async () => await new TrainingRun(plan, signal, line).run());
  } catch (error) {
    if (!signal.aborted) throw error;
    line.tell("stopped");
    return interruptedExitCode;
  } finally {
    line.end();
  }
}

class TrainingRun {
  private readonly recording: Recording;

  constructor(
    private readonly plan: TrainingPlan,
    private readonly signal: AbortSignal,
    private readonly line: StageLine,
  ) {
    this.recording = new Recording(plan.files.figure?.endsWith(".html") === true);
  }

  async run(): Promise<number> {
    const { plan, signal, line } = this;
    // Made for what it knows already: whether the policy needs a value head.
    const { algorithm } = train(plan.options);
    line.show("loading the policy");
    const policy = await warmStartPolicy(plan.definition.id, {
      ...{ environmentOptions: plan.options.environmentOptions ?? {}, seed: plan.options.seed ?? 0, signal },
      valueHead: algorithm.valueHead,
      onStep: ({ step, steps, loss }) => {
        line.show("warm start", step / steps, `step ${step}/${steps}  loss ${loss.toFixed(2)}`);
      },
    });
    try {
      const before = await this.measure("evaluating the warm start", policy, { signal });
      const training = train({ ...plan.options, policy, signal });
      await this.train(training, before.success);
      const { steps } = this.recording;
      if (steps.length === 0) {
        line.tell("stopped before the first update: nothing was written");
        return interruptedExitCode;
      }
      await this.keep(training);
      // A training that was stopped is still measured, so this does not look at the signal.
      const way = signal.aborted ? { episodes: Math.min(plan.episodes, briefEpisodes) } : { signal };
      const after = await this.measure("evaluating", policy, way);
      const greedy = await this.measure("evaluating greedily", policy, { ...way, greedy: true });
      await this.report({ before, after, greedy }, policy);
      return signal.aborted ? interruptedExitCode : 0;
    } finally {
      policy.dispose();
    }
  }

  private async measure(
    stage: string,
    policy: TransformerPolicy,
    way: { signal?: AbortSignal; episodes?: number; greedy?: boolean },
  ): Promise<Measured> {
    const { definition, options, episodes } = this.plan;
    this.line.show(stage);
    const evaluation = await evaluate({
      environment: () => makeEnvironment(definition.id, options.environmentOptions),
      ...{ policy, episodes, seed: options.seed ?? 0 },
      ...way,
    });
    if (definition.id !== "kuhn-poker") return evaluation;
    // One of its two players wins, so success says nothing; how much the strategy can be exploited does.
    const strategy = await kuhnStrategy(policy, options.environmentOptions?.["cards"] !== false);
    return { ...evaluation, exploitability: exploitability(strategy) };
  }

  /** Runs until all updates are done or the signal comes. */
  private async train(training: Training, start: number): Promise<void> {
    const { plan, signal, recording } = this;
    const began = performance.now();
    const { metrics: file } = plan.files;
    if (file !== undefined) beginMetrics(file, { append: plan.options.resume !== undefined });
    this.show(plan.from, training.recipe.updates, start, 0);
    try {
      for await (const step of training) {
        recording.add(step);
        if (file !== undefined) appendMetrics(file, step);
        const success = step.metrics["rollout/success"] ?? 0;
        this.show(step.update, step.updates, success, (performance.now() - began) / 1000);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (recording.steps.length === 0) throw error;
      await this.keep(training);
      const { out, state } = plan.files;
      const kept = [out, state].filter((file) => file !== undefined).join(" and ");
      throw new CommandError(
        `${messageOf(error)} (after update ${recording.steps.at(-1)!.update}` +
          `${kept === "" ? "" : `; what was learned until then is in ${kept}`})`,
        { cause: error },
      );
    }
  }

  private show(update: number, updates: number, success: number, seconds: number): void {
    const { definition, algorithm, from } = this.plan;
    const left = update > from ? (seconds / (update - from)) * (updates - update) : undefined;
    this.line.show(
      `${definition.id}, ${algorithm}`,
      (update - from) / (updates - from),
      [
        `update ${update}/${updates}`,
        `success ${shareText(success)}`,
        duration(seconds),
        ...(left === undefined || update === updates ? [] : [`about ${duration(left)} left`]),
      ].join("  "),
    );
  }

  /** What was learned is written first: no failure of an evaluation can lose it. */
  private async keep(training: Training): Promise<void> {
    const { files, definition, algorithm, options } = this.plan;
    const { steps } = this.recording;
    if (files.state !== undefined) training.save(files.state);
    if (files.out !== undefined) {
      await training.policy.save(files.out, {
        environment: definition.id,
        environmentOptions: JSON.stringify(options.environmentOptions ?? {}),
        algorithm,
        seed: String(options.seed ?? 0),
        updates: String(steps.at(-1)!.update),
      });
    }
  }

  private async report(
    measured: Pick<TrainingResult, "before" | "after" | "greedy">,
    policy: TransformerPolicy,
  ): Promise<void> {
    const { plan, recording, line, signal } = this;
    const { files, definition, options } = plan;
    const environment = makeEnvironment(definition.id, options.environmentOptions);
    const last = recording.steps.at(-1)!;
    const result: TrainingResult = {
      ...measured,
      spec: environment.spec,
      environmentOptions: options.environmentOptions ?? {},
      algorithm: plan.algorithm,
      algorithmOptions: options.algorithmOptions ?? {},
      seed: options.seed ?? 0,
      ...{ from: plan.from, updates: last.update, trajectories: recording.trajectories },
      seconds: rounded(last.seconds),
      engine: currentEngine()!,
      interrupted: signal.aborted,
    };
    environment.close?.();
    if (files.trajectories !== undefined) {
      await writeTrajectories(files.trajectories, measured.after.trajectories);
    }
    if (files.figure !== undefined) {
      const { writeTrainingFigure } = await import("./training-figure.js");
      await writeTrainingFigure(files.figure, result, recording, policy.vocabulary.words);
    }
    const written = Object.values(files).filter((file) => file !== undefined);
    if (written.length > 0) line.tell(`wrote ${written.join(", ")}`);
    line.end();
    process.stdout.write(plan.json ? resultLine(result) : resultTable(result));
  }
}

const rounded = (seconds: number) => Math.round(seconds * 1000) / 1000;
