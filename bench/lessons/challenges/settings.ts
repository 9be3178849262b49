/** What lesson 6 reads instead of training it: each experiment's settings, trained over seeds by `challenges.ts`. */
import type { OptionValue } from "../../../src/environments/environment.js";
import type { RewardedStep } from "../../../src/environments/with-reward.js";
import type { TrainOptions } from "../../../src/training/index.js";

type Options = Readonly<Record<string, OptionValue>>;

/** One training of a setting; where there are several they follow each other with the same policy. */
export type Stage = Pick<
  TrainOptions,
  | "algorithm"
  | "algorithmOptions"
  | "learningRate"
  | "updates"
  | "prompts"
  | "groupSize"
  | "environmentOptions"
>;

export interface Setting {
  environment: string;
  variant: string;
  stages: readonly Stage[];
  /** What the evaluations are on; by default as the environment stands. */
  evaluation?: Options;
  /** What training pays instead of the environment's own reward. */
  reward?: (step: RewardedStep) => number;
  /** Further options that are evaluated: their figures are kept as NAME/…. */
  further?: Readonly<Record<string, Options>>;
  /** Estimates pass@k, too, from this many attempts at each of 48 tasks. */
  attempts?: number;
  /** Gives the policy a value head, for PPO. */
  valueHead?: boolean;
  /** Width of the transformer, where it is not that of the checkpoint. */
  width?: number;
}

const stage = (environmentOptions: Options, more: Stage = {}): Stage => ({ environmentOptions, ...more });

/** What the proxy pays and whether the task is done: a leaky verifier, a mended one, and one mended too late. */
const verifiers: Setting[] = [
  {
    variant: "only the shown tests are run",
    stages: [stage({ hiddenTests: false })],
    evaluation: { hiddenTests: false },
  },
  { variant: "hidden tests too", stages: [stage({})] },
  { variant: "mended after 60 updates", stages: [stage({ hiddenTests: false }, { updates: 60 }), stage({})] },
].map((setting) => ({ environment: "leaky-tests", ...setting }));

const injections: Setting[] = [
  { variant: "ordinary training", stages: [stage({ adversarial: false })] },
  { variant: "orders on pages in training", stages: [stage({})] },
].map((setting) => ({ environment: "untrusted-page", further: { forged: { forged: true } }, ...setting }));

const callCosts: Setting[] = [0, 0.2, 0.5, 0.9].map((callCost) => ({
  environment: "calculator",
  variant: `a call costs ${callCost}`,
  stages: [stage({ callCost })],
  evaluation: { callCost },
}));

const small = { prompts: 8, groupSize: 8 };
const curricula: Setting[] = [
  { variant: "20 rooms from the start", stages: [stage({ delay: 20 }, { updates: 60, ...small })] },
  {
    variant: "2, 6, then 20 rooms",
    stages: [
      stage({ delay: 2 }, { updates: 20, ...small }),
      stage({ delay: 6 }, { updates: 10, ...small }),
      stage({ delay: 20 }, { updates: 10, ...small }),
    ],
  },
].map((setting) => ({ environment: "t-maze", evaluation: { delay: 20 }, ...setting }));

const entropies: Setting[] = (
  [
    ["GRPO", {}],
    ["entropy bonus .1", { entropy: 0.1 }],
    ["4 epochs, clip .2", { epochs: 4 }],
    ["4 epochs, clip-higher 1", { epochs: 4, clipHigh: 1 }],
  ] as const
).map(([variant, algorithmOptions]) => ({
  environment: "leaky-tests",
  variant,
  stages: [{ algorithm: "grpo", algorithmOptions, learningRate: 2e-3, updates: 80 }],
  attempts: 64,
}));

const beforeAndAfter: Setting[] = ["leaky-tests", "countdown", "digit-sum"].map((environment) => ({
  environment,
  variant: "default",
  stages: [{}],
  attempts: 256,
}));

const widths = [16, 32, 64, 128].map((width) => ({ variant: `width ${width}`, width, stages: [{}] }));
const batches = [8, 16, 64].map((prompts) => ({
  variant: `${prompts} tasks an update`,
  stages: [{ prompts }],
}));
const sizes: Setting[] = [
  ...[...widths, ...batches].map((setting) => ({ environment: "leaky-tests", ...setting })),
  ...widths.map((setting) => ({ environment: "digit-sum", ...setting })),
];

/** Settings by experiment: `bench/lessons/challenges/NAME.jsonl` has their runs. */
export const experiments: Readonly<Record<string, readonly Setting[]>> = {
  "reward-hacking": verifiers,
  "prompt-injection": injections,
  "over-use": callCosts,
  curriculum: curricula,
  "pass-at-k": beforeAndAfter,
  entropy: entropies,
  scaling: sizes,
};
