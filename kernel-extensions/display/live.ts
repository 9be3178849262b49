/** Training that draws its learning curve while it runs. */
import type { Runs, RecordedStep, XAxis } from "../../src/figures/curves.js";
import type { Reference } from "../../src/figures/learning-curve.js";
import { inKernel } from "./interaction.js";
import { display, type DisplayHandle } from "./display.js";
import { displaySymbol, isObject, type SyncDisplayable } from "./displayable.js";
import type { PlotlyFigure } from "./figure.js";
import { drawing, stillGrowing } from "./live-drawing.js";
import { progress } from "./progress.js";

/** What a training yields after each update: `TrainStep` of "agentic-rl-lab", or less. */
export type LiveStep = RecordedStep;

/** `train({ … })` of "agentic-rl-lab", or an async generator of your own that yields steps. */
export interface LiveTraining<Step extends LiveStep = LiveStep> extends AsyncIterable<Step> {
  /** How many updates there will be. */
  readonly recipe?: { readonly updates: number };
}

type Steps = readonly RecordedStep[];

/** By the name of what they show: a training, or several (one a seed), or runs that are over, as in {@link Live.runs}. */
export type LiveSources<Step extends LiveStep = LiveStep> = Readonly<
  Record<string, LiveTraining<Step> | readonly (LiveTraining<Step> | Steps)[]>
>;

export interface LiveOptions {
  /** Which metric is drawn; default `rollout/success`. With several, each has a panel. */
  metric?: string | readonly string[];
  /** What is counted from left to right; default updates. */
  x?: XAxis;
  /** Points in a moving average; default 1, none. */
  smoothing?: number;
  /** Levels to compare with, as dotted lines; where one metric is drawn. */
  references?: readonly Reference[];
  /** States the finding; by default it is written from the data, anew with every update. */
  title?: string;
  /** Another figure than a learning curve; it gets the runs that have steps. */
  draw?: (runs: Runs) => PlotlyFigure;
  /** Updates of a training that does not tell, such as a generator. */
  updates?: number;
}

/** Which training a step is of. */
export interface LiveOrigin {
  /** The name it was given. */
  readonly name: string;
  /** Its place among the runs of this name, from 0. */
  readonly index: number;
}

/** A figure that grows with its trainings. */
export interface Live<Step extends LiveStep = LiveStep> extends SyncDisplayable {
  /** What was recorded so far: for `figures.learningCurve`, `figures.metricCurves`, or another {@link live}. */
  readonly runs: Record<string, RecordedStep[][]>;
  /**
   * Trains, and draws below the running cell. Several trainings take turns, an update each, so that their curves
   * grow side by side. When the cell is stopped, the policies keep what they learned and `runs` what was
   * recorded.
   *
   * @param onStep called after every update, before the next begins.
   * @throws Error when called twice; what a training or a drawing throws.
   */
  run(onStep?: (step: Step, origin: LiveOrigin) => void | Promise<void>): Promise<void>;
}

/**
 * A learning curve that is drawn while its trainings run, with a progress bar; outside a kernel progress goes to
 * stderr, and the figure's text to stdout at the end.
 *
 * ```ts
 * const agent = train({ environment: "weather", seed: 7 });
 * const curves = live({ "with the tool": agent }, { references: [{ name: "blind guess", value: 0.04 }] });
 * await curves.run();
 * ```
 *
 * In a notebook, declare the trainings and `live` before the statement that awaits `run()`: then both are there when
 * that is stopped. Earlier runs are drawn beside new ones: `live({ ...curves.runs, "without": other })`.
 *
 * @throws RangeError where there is nothing to train; TypeError for what is neither a training nor recorded steps.
 */
export function live<Step extends LiveStep = LiveStep>(
  sources: LiveSources<Step>,
  options: LiveOptions = {},
): Live<Step> {
  return new LiveCurves(sources, options);
}

/** One training under way, and where its steps go. */
interface Track<Step extends LiveStep> extends LiveOrigin {
  readonly training: LiveTraining<Step>;
  readonly steps: RecordedStep[];
}

/** A metric may be missing in the first updates; one that is still missing after so many is a mistake. */
const patience = 3;

class LiveCurves<Step extends LiveStep> implements Live<Step> {
  readonly runs: Record<string, RecordedStep[][]> = {};
  readonly #tracks: Track<Step>[] = [];
  readonly #options: LiveOptions;
  #started = false;
  #handle: DisplayHandle | undefined;

  constructor(sources: LiveSources<Step>, options: LiveOptions) {
    this.#options = options;
    for (const [name, source] of Object.entries(sources)) {
      this.runs[name] = (Array.isArray(source) ? source : [source]).map((run: unknown, index) => {
        if (Array.isArray(run)) return [...(run as Steps)];
        if (!isTraining<Step>(run)) {
          throw new TypeError(
            `live(): "${name}" must be a training, such as train({ … }), or an array of trainings or recorded runs`,
          );
        }
        const steps: RecordedStep[] = [];
        this.#tracks.push({ name, index, training: run, steps });
        return steps;
      });
    }
    if (this.#tracks.length === 0) {
      throw new RangeError("live(): there is no training; pass { name: train({ … }) }");
    }
  }

  async run(onStep?: (step: Step, origin: LiveOrigin) => void | Promise<void>): Promise<void> {
    if (this.#started) throw new Error("live(): these trainings have run; make new ones for another run");
    this.#started = true;
    const bar = progress(this.#total(), { label: "training", unit: "updates" });
    const going = this.#tracks.map((track) => ({
      ...track,
      iterator: track.training[Symbol.asyncIterator](),
    }));
    let complete = false;
    try {
      for (let left = going; left.length > 0;) {
        const more: typeof going = [];
        for (const track of left) {
          const { done, value } = await track.iterator.next();
          if (done === true) continue;
          more.push(track);
          const { update, seconds, metrics } = value;
          track.steps.push({ update, seconds, metrics });
          bar.tick();
          if (inKernel()) this.#draw(false);
          await onStep?.(value, { name: track.name, index: track.index });
        }
        left = more;
      }
      complete = true;
    } finally {
      bar.done();
      await Promise.allSettled(going.map(({ iterator }) => iterator.return?.()));
      await this.#end(complete);
    }
  }

  /** Everything there is to see is shown already; before that, what to do. */
  [displaySymbol](): Record<string, string> {
    return this.#started ? {} : { "text/plain": "Nothing has been trained yet: await its run()" };
  }

  /** The last drawing. After a failure its own is not the one to be reported. */
  async #end(complete: boolean): Promise<void> {
    try {
      this.#draw(true);
      await this.#handle?.close();
    } catch (error) {
      if (complete) throw error;
    }
  }

  /** Updates of all trainings together, where all tell. */
  #total(): number | undefined {
    const totals = this.#tracks.map(({ training }) => training.recipe?.updates ?? this.#options.updates);
    return totals.reduce<number | undefined>(
      (sum, updates) => (sum === undefined || updates === undefined ? undefined : sum + updates),
      0,
    );
  }

  /** Shows the runs that have steps: those of a name when each of its seeds has one. */
  #draw(last: boolean): void {
    const drawable = Object.entries(this.runs).filter(([, runs]) => runs.every((steps) => steps.length > 0));
    if (drawable.length === 0) return;
    const updates = this.#tracks.map(
      ({ training }) => training.recipe?.updates ?? this.#options.updates ?? 0,
    );
    let drawn: PlotlyFigure;
    try {
      const figure = drawing(Object.fromEntries(drawable), this.#options);
      drawn = last ? figure : stillGrowing(figure, this.#options, Math.max(...updates));
    } catch (error) {
      if (!last && this.#tracks.every(({ steps }) => steps.length < patience)) return;
      throw error;
    }
    if (this.#handle === undefined) this.#handle = display(drawn);
    else this.#handle.update(drawn);
  }
}

const isTraining = <Step extends LiveStep>(value: unknown): value is LiveTraining<Step> =>
  isObject(value) && typeof value[Symbol.asyncIterator] === "function";
