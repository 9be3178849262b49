/** The survey's PPO family. */
import { groupRelative } from "../advantages/group-relative.js";
import { gae } from "../advantages/gae.js";
import { whitened } from "../advantages/batch.js";
import { vineAdvantage } from "../advantages/vine.js";
import { clippedRatio } from "../objectives/clipped-ratio.js";
import { withValueLoss } from "../objectives/value-loss.js";
import { regularized } from "../options.js";
import { ppo } from "../ppo.js";
import { groupSampling } from "../sampling/groups.js";
import { monteCarloValues } from "../sampling/monte-carlo-values.js";
import { creatable, type AlgorithmEntry } from "./entry.js";
import { lengthAdaptiveGae } from "./parts/length-adaptive-gae.js";
import { positiveExamples } from "./parts/positive-examples.js";
import { processReward } from "./parts/process-reward.js";
import { keepHalf } from "./parts/selection.js";

const defaults = {
  epochs: 2,
  minibatches: 1,
  clipLow: 0.2,
  clipHigh: 0.2,
  gamma: 1,
  lambda: 0.95,
  entropy: 0,
  kl: 0,
};

/** VAPO without the λ that it chooses itself. */
const vapoDefaults = { epochs: 2, minibatches: 1, clipLow: 0.2, clipHigh: 0.28, gamma: 1, entropy: 0, kl: 0 };

/** Without a value head: no λ. */
const vineDefaults = { epochs: 2, minibatches: 1, clipLow: 0.2, clipHigh: 0.2, gamma: 1, entropy: 0, kl: 0 };

const liteDefaults = { epochs: 1, minibatches: 1, clipLow: 0.2, clipHigh: 0.2, entropy: 0, kl: 0 };

export const ppoEntries: readonly AlgorithmEntry[] = [
  {
    name: "ppo",
    title: "PPO",
    family: "PPO",
    survey: "PPO",
    paper: { title: "Proximal Policy Optimization Algorithms", arxiv: "1707.06347", year: 2017 },
    changes: "clips the ratio to the sampling policy; a value head gives credit inside an episode",
    source: "TRL documentation and The 37 implementation details of PPO",
    status: "faithful",
    note: "the paper's clipped form has no KL term, as the survey's table says; here it is an option (kl)",
    options: ["epochs", "minibatches", "clipLow", "clipHigh", "gamma", "lambda", "entropy", "kl"],
    create: ppo,
  },
  {
    name: "vapo",
    title: "VAPO",
    family: "PPO",
    survey: "VAPO",
    paper: {
      title: "VAPO: Efficient and Reliable Reinforcement Learning for Advanced Reasoning Tasks",
      arxiv: "2504.05118",
      year: 2025,
    },
    changes:
      "λ of the advantages grows with length, that of the value targets is 1; successes are also imitated",
    source:
      "published summaries of the paper (length-adaptive λ, clips of 0.2 and 0.28, NLL on right answers)",
    status: "simplified",
    how:
      "kept: decoupled, length-adaptive GAE, token-level loss, clip-higher, group sampling, positive examples; " +
      "left out: pre-training of the value model; α is 1 for short episodes (0.05 in the paper, for thousands of tokens)",
    note: "the survey's table says adaptive KL; the summaries know no KL term, it is the λ that adapts",
    ...creatable("vapo", vapoDefaults, ({ epochs, minibatches, clipLow, clipHigh, gamma, ...terms }) => {
      const { regularizers, ...reference } = regularized(terms);
      return {
        sampling: groupSampling(),
        advantage: whitened(lengthAdaptiveGae({ gamma })),
        objective: withValueLoss(clippedRatio({ clipLow, clipHigh }), { clip: 0.2 }),
        regularizers: [...regularizers, positiveExamples(0.1)],
        ...reference,
        epochs,
        minibatches,
        valueHead: true,
      };
    }),
  },
  {
    name: "pf-ppo",
    title: "PF-PPO",
    family: "PPO",
    survey: "PF-PPO",
    paper: {
      title: "Policy Filtration for RLHF to Mitigate Noise in Reward Models",
      arxiv: "2409.06957",
      year: 2024,
    },
    changes: "learns from some of a task's rollouts only, chosen by the rank of their reward",
    source: "abstract; authors' code (DtYXs/verl, compute_pf_ppo_reweight_data: its max_random)",
    status: "simplified",
    how:
      "keeps the better quarter of each group and a random quarter; the authors draw with weights 0.4 and 0.1, " +
      "and the noise they filter is a reward model's: rewards here are exact",
    ...creatable(
      "pf-ppo",
      defaults,
      ({ epochs, minibatches, clipLow, clipHigh, gamma, lambda, ...terms }) => ({
        sampling: keepHalf(groupSampling(), "best-random"),
        advantage: whitened(gae({ gamma, lambda })),
        objective: withValueLoss(clippedRatio({ clipLow, clipHigh }), { clip: 0.2 }),
        ...regularized(terms),
        epochs,
        minibatches,
        valueHead: true,
      }),
    ),
  },
  {
    name: "vine-ppo",
    title: "VinePPO",
    family: "PPO",
    survey: "VinePPO",
    paper: {
      title: "VinePPO: Unlocking RL Potential For LLM Reasoning Through Refined Credit Assignment",
      arxiv: "2410.01679",
      year: 2024,
    },
    changes: "values are the mean return of extra rollouts from each state, not a value head's guess",
    source: "authors' code (McGill-NLP/VinePPO, mc_advantage_distribution_analyzer.py: r + V(s') − V(s))",
    status: "simplified",
    how: "a step is a turn of the episode, where the paper values every reasoning step of one answer",
    ...creatable("vine-ppo", vineDefaults, ({ epochs, minibatches, clipLow, clipHigh, gamma, ...terms }) => ({
      sampling: monteCarloValues(groupSampling(), { gamma }),
      advantage: whitened(vineAdvantage({ gamma })),
      objective: clippedRatio({ clipLow, clipHigh }),
      ...regularized(terms),
      epochs,
      minibatches,
      valueHead: false,
    })),
  },
  {
    name: "psgpo",
    title: "PSGPO",
    family: "PPO",
    survey: "PSGPO",
    paper: {
      title: "Process Supervision-Guided Policy Optimization for Code Generation",
      arxiv: "2410.17621",
      year: 2024,
    },
    changes: "a reward for every step: whether the task can still be solved after it",
    source: "abstract and a published review (labels: can any of several completions of the prefix pass?)",
    status: "simplified",
    how:
      "no process reward model is trained: the rollouts that would label its data give the reward themselves, " +
      "per turn instead of per line, and the value head is not initialised from it",
    ...creatable(
      "psgpo",
      defaults,
      ({ epochs, minibatches, clipLow, clipHigh, gamma, lambda, ...terms }) => ({
        sampling: monteCarloValues(groupSampling(), { gamma }),
        advantage: whitened(processReward(gae({ gamma, lambda }))),
        objective: withValueLoss(clippedRatio({ clipLow, clipHigh }), { clip: 0.2 }),
        ...regularized(terms),
        epochs,
        minibatches,
        valueHead: true,
      }),
    ),
  },
  {
    name: "lite-ppo",
    title: "LitePPO",
    family: "PPO",
    survey: "LitePPO",
    paper: {
      title: "Part I: Tricks or Traps? A Deep Dive into RL for LLM Reasoning",
      arxiv: "2508.08221",
      year: 2025,
    },
    changes: "critic-free PPO: the group's mean, the batch's standard deviation, a mean over tokens",
    source: "TRL documentation and ROLL documentation",
    status: "faithful",
    note: "the survey's table marks a KL term; TRL reproduces the paper without one, and here it is an option (kl)",
    ...creatable("lite-ppo", liteDefaults, ({ epochs, minibatches, clipLow, clipHigh, ...terms }) => ({
      sampling: groupSampling(),
      advantage: groupRelative({ std: "batch" }),
      objective: clippedRatio({ clipLow, clipHigh }),
      ...regularized(terms),
      epochs,
      minibatches,
      valueHead: false,
    })),
  },
];
