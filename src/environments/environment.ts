/**
 * The contract of an environment: text in, text out, in Gymnasium's words.
 *
 * An environment is a partially observable Markov decision process whose observations and actions are texts
 * over a declared vocabulary. One instance plays one episode at a time; it is deterministic given its seed;
 * a bad action gets an observation that says so and the specified reward, never an exception.
 */
import type { Random } from "../random.js";

export type Capability =
  "planning" | "tool use" | "memory" | "reasoning" | "self-improvement" | "perception" | "interaction";

export type TaskDomain =
  "general" | "search" | "code" | "math" | "gui" | "vision" | "embodied" | "multi-agent";

/** Words every vocabulary begins with, in this order: their ids are 0 … 7 in every policy. */
export const specialTokens = [
  "<pad>",
  "<bos>",
  "<eos>",
  "<call>",
  "</call>",
  "<obs>",
  "</obs>",
  "<ans>",
] as const;

export type Info = Readonly<Record<string, number | string | boolean>>;

export interface ResetOptions {
  /** Whole number in [0, 2³¹). */
  seed: number;
  /**
   * Which instances are drawn. Environments that hold instances out draw them only under "test"; where
   * {@link EnvironmentSpec.heldOut} says that only seeds are held out, both are the same distribution.
   */
  split?: "train" | "test";
}

export interface Observed {
  /**
   * The text appended to the acting agent's context: words of the vocabulary with one space between two.
   * Tool output stands between `<obs>` and `</obs>`. `<bos>` is not part of it: whoever keeps the context
   * begins it with one.
   */
  observation: string;
  /** Numbers and flags about the episode so far; numbers and booleans are averaged over episodes by the trainer. */
  info: Info;
  /** Which agent acts next and is shown this observation: 0 … agents − 1. Absent: agent 0. */
  agent?: number;
}

export interface StepResult extends Observed {
  /** What the agent that acted receives for this step. */
  reward: number;
  /** With several agents: what each receives for this step; `reward` is then the acting agent's entry. */
  rewards?: readonly number[];
  /** The episode ended by the task's own rules. `info.success` then tells whether it was solved. */
  terminated: boolean;
  /** The episode was cut off (horizon): the value of the last state is not zero. */
  truncated: boolean;
}

/** An environment in play. Both methods may return promises. */
export interface Environment {
  readonly spec: EnvironmentSpec;
  reset(options: ResetOptions): Observed | Promise<Observed>;
  /** @param action words the agent wrote in its turn, one space between two, without a closing `<eos>`. */
  step(action: string): StepResult | Promise<StepResult>;
  /**
   * The weak scripted policy: what it does now, in the current state (the agent's whole turn, without a
   * closing `<eos>`). Its demonstrations teach the format, not the skill; the warm start imitates them.
   */
  demonstrate(random: Random): string;
  /** Frees what the episode holds (a sandbox, a process); the instance can be reset again. */
  close?(): void;
}

export interface EnvironmentSpec {
  /** Kebab case, e.g. "t-maze". */
  id: string;
  /** One line: what the agent does. */
  title: string;
  capability: Capability;
  domain: TaskDomain;
  /** Names of the tools the agent may call; empty when there are none. */
  tools: readonly string[];
  /** Most turns an agent takes in an episode. */
  horizon: number;
  /** Words beyond {@link specialTokens}, each without white space. */
  vocabulary: readonly string[];
  /** Tokens, `<bos>` included, of the longest context an agent can reach. */
  contextLength: number;
  /** Tokens after which a turn ends; an action of exactly one token ends by `maxActionTokens: 1` and needs none. */
  stopTokens: readonly string[];
  /** Most tokens of one turn; a turn that reaches it ends there. */
  maxActionTokens: number;
  /**
   * True: every turn starts from an empty context that holds only the new observation, so that only what
   * the agent wrote into its notepad is remembered.
   */
  freshContext: boolean;
  /** How many agents act in an episode. */
  agents: number;
  /** Smallest and largest return of an episode. */
  returnRange: readonly [number, number];
  /** Success of the best policy, where known, and of the best policy that lacks the capability. */
  optimum?: number;
  chance?: number;
  /** What the evaluation has never been trained on: "seeds" or the instances, in words. */
  heldOut: string;
  /** Options this instance was made with. */
  options: Readonly<Record<string, OptionValue>>;
}

export type OptionValue = number | string | boolean;

/** How the environment's default agent is brought up. Measured; see `bench/learning.md`. */
export interface Recipe {
  warmStart: {
    /** Episodes of the weak policy that are imitated. */
    demonstrations: number;
    /** Optimizer steps of 64 contexts each. */
    steps: number;
    learningRate: number;
  };
  /** Name in the algorithm catalogue, e.g. "grpo". */
  algorithm: string;
  learningRate: number;
  updates: number;
  /** Tasks drawn for an update, and rollouts of each. */
  prompts: number;
  groupSize: number;
  /** Coefficient of the entropy bonus; 0 by default. */
  entropy?: number;
  /** Passes over the rollouts of an update; 1 by default. */
  epochs?: number;
  /** Coefficient of the KL term to the algorithm's reference; its default otherwise. */
  kl?: number;
  /** Transformer sizes that differ from the default (width 64, 2 layers, 4 heads). */
  model?: { width?: number; layers?: number; heads?: number };
}

/** What the registry knows of an environment: one of these is exported by each environment's file. */
export interface EnvironmentDefinition<Options extends object = object> {
  id: string;
  title: string;
  capability: Capability;
  domain: TaskDomain;
  /** Every option with its default; other names are refused. */
  defaults: Options;
  /** What each option does, in a line. */
  optionDocs: { readonly [Name in keyof Options]: string };
  /**
   * Options that change neither what is seen nor what the weak policy does, only what is paid or which tasks are
   * trained on: with any value of them training starts from the shipped warm-start checkpoint.
   */
  sameStart?: { readonly [Name in keyof Options]?: true };
  recipe: Recipe;
  /**
   * Settings in which the capability cannot be used (no tool, no notepad …), trained the same way and expected
   * to stay at chance. Each is a set of options and a one-line name.
   */
  baselines: readonly { name: string; options: Partial<Options>; recipe?: Partial<Recipe> }[];
  create(options: Options): Environment;
}
