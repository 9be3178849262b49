/**
 * What an algorithm is: sampling strategy → advantage estimator → objective + regularizers.
 *
 * The parts are pure functions on plain records (trajectories, arrays) and on tensors, so that each can be
 * tested, printed and swapped without a model. What must be remembered from one update to the next (a moving
 * average, a task's history) is kept in an {@link AlgorithmState} the trainer owns and saves.
 */
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import type { Random } from "../random.js";
import type { RolloutRequest } from "../rollout/rollout.js";
import type { Trajectory } from "../rollout/trajectory.js";

/** What an algorithm remembers between updates: any JSON, under names of its parts' own. */
export type AlgorithmState = Record<string, unknown>;

/** Chooses what is rolled out for an update, and which of the trajectories are learned from. */
export interface SamplingStrategy {
  readonly name: string;
  sample(context: SamplingContext): Promise<Trajectory[]>;
}

export interface SamplingContext {
  /** Tasks an update asks for, and rollouts of each. */
  readonly prompts: number;
  readonly groupSize: number;
  /** Draws task seeds from the training stream. */
  readonly random: Random;
  /** A task seed that training may use. */
  nextSeed(): number;
  /** Plays episodes with the current policy. `group` of the trajectories is the request's own. */
  rollout(requests: readonly RolloutRequest[]): Promise<Trajectory[]>;
  /**
   * Plays episodes with the environment's scripted policy instead, for methods that learn from demonstrations
   * too. Its trajectories have `demonstrated` set and log-probabilities of 0 (it is taken to be certain).
   * Absent where the environment has no such policy.
   */
  demonstrations?(requests: readonly RolloutRequest[]): Promise<Trajectory[]>;
  readonly state: AlgorithmState;
  /** Number of the update, from 0. */
  readonly update: number;
}

/** Turns rewards into one advantage per token. */
export interface AdvantageEstimator {
  readonly name: string;
  /** True when trajectories must carry the value head's estimates. */
  readonly needsValues?: boolean;
  /**
   * @returns for each trajectory an array of its T tokens: the advantage of the written ones, 0 elsewhere.
   * Trajectories of one episode and agent share the episode's return.
   */
  estimate(trajectories: readonly Trajectory[], state: AlgorithmState): Float32Array[];
  /**
   * What a value head is regressed on ({@link LossInputs.returns}), laid out like the advantages. Estimators
   * with {@link needsValues} have it: advantages may have been normalised, so it cannot be read off them.
   */
  returns?(trajectories: readonly Trajectory[]): Float32Array[];
}

/**
 * What objectives and regularizers see: B contexts of T tokens as predictions, so that column t of every
 * [B, T − 1] tensor belongs to token t + 1.
 *
 * Large batches are worked on in slices of rows whose gradients are added up. So a loss divides by the
 * {@link LossInputs.counts} of the whole batch, never by the number of rows it happens to see.
 */
export interface LossInputs {
  /** Natural log-probabilities of the tokens under the policy in training; gradients flow through. */
  readonly logProbs: Tensor2D;
  /** Entropy in nats of each prediction; gradients flow through. */
  readonly entropy: Tensor2D;
  /** 1 where the policy wrote the token, else 0. */
  readonly mask: Tensor2D;
  /** Log-probabilities under the policy that sampled. */
  readonly oldLogProbs: Tensor2D;
  readonly advantages: Tensor2D;
  /** Log-probabilities under the frozen reference policy, when the algorithm asks for one. */
  readonly referenceLogProbs?: Tensor2D;
  /** Value head: its present estimate (gradients flow through), the one at sampling, and its target. */
  readonly values?: Tensor2D;
  readonly oldValues?: Tensor2D;
  readonly returns?: Tensor2D;
  /** For preference objectives: row numbers (in this slice) of the better and the worse context of each pair. */
  readonly pairs?: { readonly chosen: readonly number[]; readonly rejected: readonly number[] };
  /**
   * [B, 1]: 1 for contexts written by the scripted policy ({@link SamplingContext.demonstrations}); absent when
   * the batch has none. Such rows have a gradient even where their advantage is 0.
   */
  readonly demonstrated?: Tensor2D;
  readonly counts: BatchCounts;
}

/** Sizes of the whole update's batch, of which a slice may be worked on. Rows without a gradient may have been left out of the tensors; they are counted here. */
export interface BatchCounts {
  /** Contexts. */
  readonly rows: number;
  /** Tokens the policy wrote. */
  readonly tokens: number;
  /** Of these, tokens of demonstrations; absent when there are none. */
  readonly demonstratedTokens?: number;
  /** Preference pairs. */
  readonly pairs: number;
  /** Longest context a policy could have written, in tokens: Dr. GRPO's constant divisor. */
  readonly maxTokens: number;
}

/** What of {@link LossInputs} a closed form works on, as plain numbers: [B, T − 1] each, row by row. */
export interface LossNumbers {
  readonly logProbs: Float32Array;
  readonly mask: Float32Array;
  readonly oldLogProbs: Float32Array;
  readonly advantages: Float32Array;
  readonly entropy: Float32Array;
  readonly referenceLogProbs?: Float32Array;
  readonly values?: Float32Array;
  readonly oldValues?: Float32Array;
  readonly returns?: Float32Array;
  /** T − 1. */
  readonly columns: number;
  readonly counts: BatchCounts;
}

/** A loss in closed form. */
export interface LossFigures {
  readonly loss: number;
  /** The loss's gradients with respect to the policy's scores, laid out like them; none where it does not depend on them. */
  readonly slopes: Readonly<Partial<Record<"logProbs" | "entropy" | "values", Float32Array>>>;
  /** Those of {@link Objective.metrics}. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** A loss to be minimised. */
export interface Objective {
  readonly name: string;
  /** "policy": learns from advantages. "preference": learns from pairs of contexts. */
  readonly kind: "policy" | "preference";
  readonly needsReference?: boolean;
  readonly needsValues?: boolean;
  /** Scalar, additive over rows. */
  loss(inputs: LossInputs): Scalar;
  /** Further figures by their full metric name, e.g. "policy/clip_fraction"; additive over rows like the loss. */
  metrics?(inputs: LossInputs): Record<string, Scalar>;
  /**
   * The same loss, metrics and gradient without tensors. On the small batches of a CPU the many operations of a loss
   * and of its way back take longer than what they compute: the trainer takes this shortcut where all of an
   * algorithm's terms have one.
   */
  closedForm?(numbers: LossNumbers): LossFigures;
}

/** A term added to the objective, times a coefficient. */
export interface Regularizer {
  readonly name: string;
  /** Coefficient at the first update; negative rewards the term (entropy bonus). */
  readonly coefficient: number;
  readonly needsReference?: boolean;
  loss(inputs: LossInputs): Scalar;
  /** See {@link Objective.closedForm}. */
  closedForm?(numbers: LossNumbers): LossFigures;
  /** Metric under which the term's value is reported, e.g. "loss/kl". */
  readonly metric: string;
  /** Next update's coefficient from this one's and the term's measured value (adaptive KL). */
  adapt?(coefficient: number, measured: number): number;
}

/** Picks preference pairs out of an update's trajectories, as row numbers. */
export type PairSelector = (trajectories: readonly Trajectory[]) => { chosen: number; rejected: number }[];

/** A complete algorithm: what the trainer runs. */
export interface Algorithm {
  readonly name: string;
  readonly sampling: SamplingStrategy;
  readonly advantage: AdvantageEstimator;
  readonly objective: Objective;
  readonly regularizers: readonly Regularizer[];
  /** Passes over an update's batch; the ratio to the sampling policy leaves 1 after the first optimizer step. */
  readonly epochs: number;
  /** Optimizer steps in a pass. */
  readonly minibatches: number;
  /** Only for preference objectives. */
  readonly pairs?: PairSelector;
  /** Needs a value head; its squared error is part of the objective. */
  readonly valueHead: boolean;
  /**
   * The policy that KL terms and preference losses compare with: the initial one, frozen; or replaced by the
   * present one every n updates; or following it as a moving average of the parameters with this decay.
   */
  readonly reference?: { readonly replaceEvery?: number; readonly averageDecay?: number };
}

/** What a user may set on a named algorithm; each named algorithm documents which apply to it. */
export interface AlgorithmOptions {
  epochs?: number;
  minibatches?: number;
  clipLow?: number;
  clipHigh?: number;
  /** Coefficient of the entropy bonus. */
  entropy?: number;
  /** Coefficient of the KL term to the reference policy. */
  kl?: number;
  /** Discount per turn, and GAE's λ. */
  gamma?: number;
  lambda?: number;
  /** Preference losses' inverse temperature. */
  beta?: number;
  /** Attempts that Pass@k training counts as one. */
  k?: number;
}
