/** The survey's GRPO family, first part: methods that change the advantage or the objective. */
import { whitened } from "../advantages/batch.js";
import { gae } from "../advantages/gae.js";
import { groupRelative } from "../advantages/group-relative.js";
import { turnRewards, type Episode } from "../advantages/episodes.js";
import { grpo } from "../grpo.js";
import { clippedRatio } from "../objectives/clipped-ratio.js";
import { geometricMeanRatio, sequenceRatio } from "../objectives/sequence-ratio.js";
import { withValueLoss } from "../objectives/value-loss.js";
import { regularized } from "../options.js";
import { dynamicSampling } from "../sampling/dynamic.js";
import { groupSampling } from "../sampling/groups.js";
import { creatable, type AlgorithmEntry } from "./entry.js";
import { groupBased, grpoDefaults, twoEpochs } from "./group-based.js";
import { earlyToolCalls } from "./parts/early-tool-calls.js";
import { entropyScaled } from "./parts/entropy-scaled.js";
import { keyTokens } from "./parts/key-tokens.js";
import { passAtK } from "./parts/pass-at-k.js";
import { mostUncertain } from "./parts/selection.js";

export const grpoLossEntries: readonly AlgorithmEntry[] = [
  {
    name: "grpo",
    title: "GRPO",
    family: "GRPO",
    survey: "GRPO",
    paper: {
      title: "DeepSeek-R1: Incentivizing Reasoning Capability in LLMs via Reinforcement Learning",
      arxiv: "2501.12948",
      year: 2025,
    },
    changes: "PPO whose baseline is the task's other rollouts: no value head",
    source: "TRL documentation",
    status: "faithful",
    note: "the survey cites DeepSeek-R1; the method is DeepSeekMath's (arXiv 2402.03300)",
    options: ["epochs", "minibatches", "clipLow", "clipHigh", "entropy", "kl"],
    create: grpo,
  },
  {
    name: "dapo",
    title: "DAPO",
    family: "GRPO",
    survey: "DAPO",
    paper: {
      title: "DAPO: An Open-Source LLM Reinforcement Learning System at Scale",
      arxiv: "2503.14476",
      year: 2025,
    },
    changes: "clips higher upwards, averages over tokens, and drops groups that all agree",
    source: "TRL documentation (its list of the five components, clips of 0.2 and 0.28)",
    status: "simplified",
    how:
      "kept: clip-higher, token-level loss, dynamic sampling, no KL; left out: overlong filtering and the soft " +
      "penalty on length, since episodes end at a horizon of turns",
    note: "the survey's table marks a KL term; the paper has none, and here it is an option (kl)",
    ...creatable("dapo", { ...twoEpochs, clipHigh: 0.28 }, (options) =>
      groupBased(options, { sampling: dynamicSampling() }),
    ),
  },
  {
    name: "dr-grpo",
    title: "Dr. GRPO",
    family: "GRPO",
    survey: "Dr.GRPO",
    paper: {
      title: "Understanding R1-Zero-Like Training: A Critical Perspective",
      arxiv: "2503.20783",
      year: 2025,
    },
    changes: "no division by the group's deviation nor by the answer's length: both bias the gradient",
    source: "TRL documentation",
    status: "faithful",
    ...creatable("dr-grpo", grpoDefaults, (options) =>
      groupBased(options, {
        advantage: groupRelative({ std: "none" }),
        objective: clippedRatio({
          clipLow: options.clipLow,
          clipHigh: options.clipHigh,
          aggregation: "constant",
        }),
      }),
    ),
  },
  {
    name: "gspo",
    title: "GSPO",
    family: "GRPO",
    survey: "GSPO",
    paper: { title: "Group Sequence Policy Optimization", arxiv: "2507.18071", year: 2025 },
    changes: "one ratio for the whole sequence, the geometric mean of its tokens', clipped as a whole",
    source: "TRL documentation",
    status: "faithful",
    note: "clips default to 0.03 and 0.04 for contexts of tens of tokens; the paper's are 3e-4 and 4e-4 for thousands",
    ...creatable("gspo", { ...twoEpochs, clipLow: 0.03, clipHigh: 0.04 }, (options) =>
      groupBased(options, { objective: sequenceRatio(options) }),
    ),
  },
  {
    name: "gmpo",
    title: "GMPO",
    family: "GRPO",
    survey: "GMPO",
    paper: { title: "Geometric-Mean Policy Optimization", arxiv: "2507.20673", year: 2025 },
    changes: "the geometric mean of the tokens' ratios, each clipped in log space before",
    source: "authors' code (callsys/GMPO, train_zero_math_gmpo.py)",
    status: "faithful",
    note: "the survey's table calls its signal margin-based; it is GRPO's group-relative reward",
    ...creatable("gmpo", { ...twoEpochs, clipLow: 0.4, clipHigh: 0.4 }, (options) =>
      groupBased(options, { objective: geometricMeanRatio(options) }),
    ),
  },
  {
    name: "pro-rl",
    title: "ProRL",
    family: "GRPO",
    survey: "ProRL",
    paper: {
      title: "ProRL: Prolonged Reinforcement Learning Expands Reasoning Boundaries in Large Language Models",
      arxiv: "2505.24864",
      year: 2025,
    },
    changes: "a KL term whose reference is replaced by the present policy again and again",
    source:
      "abstract and published summaries (decoupled clip and dynamic sampling from DAPO, reference reset)",
    status: "simplified",
    how:
      "the reference is replaced every 50 updates, where the paper does it when validation stagnates and starts " +
      "the optimizer anew; the clips are DAPO's and the KL weight (0.01) is this library's",
    ...creatable("pro-rl", { ...twoEpochs, clipHigh: 0.28, kl: 0.01 }, (options) =>
      groupBased(options, {
        sampling: dynamicSampling(),
        ...(options.kl !== 0 && { reference: { replaceEvery: 50 } }),
      }),
    ),
  },
  {
    name: "posterior-grpo",
    title: "Posterior-GRPO",
    family: "GRPO",
    survey: "Posterior-GRPO",
    paper: {
      title: "Posterior-GRPO: Rewarding Reasoning Processes in Code Generation",
      arxiv: "2508.05170",
      year: 2025,
    },
    changes: "rewards for the way count only where the outcome is right",
    source: "abstract; a public implementation's formula R = R_format + R_outcome + R_outcome·R_thinking",
    status: "simplified",
    how:
      "rewards of the turns before the last stand for the thinking reward, whose trained reward model is left " +
      "out: in an environment that rewards only the end this is GRPO",
    ...creatable("posterior-grpo", grpoDefaults, (options) =>
      groupBased(options, { advantage: groupRelative({ score: successGated }) }),
    ),
  },
  {
    name: "step-grpo",
    title: "StepGRPO",
    family: "GRPO",
    survey: "Step-GRPO",
    paper: {
      title:
        "R1-VL: Learning to Reason with Multimodal Large Language Models via Step-wise Group Relative Policy Optimization",
      arxiv: "2503.12937",
      year: 2025,
    },
    changes: "rewards the share of a task's key steps found in the answer, and a well-formed chain of steps",
    source: "authors' code (jingyi0000/R1-VL, src/r1-vl/src/open_r1/grpo.py)",
    status: "not possible here",
    how:
      "its two rewards compare free text with key steps that a larger model annotated for every task; an " +
      "environment would have to publish such steps, and the rest is GRPO on the sum of the rewards",
  },
  {
    name: "star-po",
    title: "StarPO-S",
    family: "GRPO",
    survey: "StarPO",
    paper: {
      title: "RAGEN: Understanding Self-Evolution in LLM Agents via Multi-Turn Reinforcement Learning",
      arxiv: "2504.20073",
      year: 2025,
    },
    changes: "optimizes whole multi-turn trajectories, and learns from the most uncertain tasks only",
    source: "authors' code (RAGEN-AI/RAGEN, ragen/trainer/agent_trainer.py and config/base.yaml)",
    status: "faithful",
    note:
      "StarPO itself is PPO or GRPO over whole trajectories, as all algorithms here are; this is its stabilised " +
      "form with a critic, clips of 0.2 and 0.28, no KL and a quarter of the groups; rewards are credited to their own " +
      "turns, where the code pays all at the end (the same where only the end is rewarded)",
    ...creatable(
      "star-po",
      { ...twoEpochs, clipHigh: 0.28, gamma: 1, lambda: 1, entropy: 0.001 },
      ({ epochs, minibatches, clipLow, clipHigh, gamma, lambda, ...terms }) => ({
        sampling: mostUncertain(groupSampling()),
        advantage: whitened(gae({ gamma, lambda })),
        objective: withValueLoss(clippedRatio({ clipLow, clipHigh })),
        ...regularized(terms),
        epochs,
        minibatches,
        valueHead: true,
      }),
    ),
  },
  {
    name: "aspo",
    title: "ASPO",
    family: "GRPO",
    survey: "ASPO",
    paper: { title: "Understanding Tool-Integrated Reasoning", arxiv: "2508.19201", year: 2025 },
    changes: "a bounded nudge on the advantage of right rollouts that call the tool early",
    source: "the paper, equation 2; δ = −2 and k = 0.7 from a public recipe for verl",
    status: "faithful",
    note: "trained on top of DAPO in the paper: clips of 0.2 and 0.28, dynamic sampling",
    ...creatable("aspo", { ...twoEpochs, clipHigh: 0.28 }, (options) =>
      groupBased(options, { sampling: dynamicSampling(), advantage: earlyToolCalls(groupRelative()) }),
    ),
  },
  {
    name: "edge-grpo",
    title: "EDGE-GRPO",
    family: "GRPO",
    survey: "EDGE-GRPO",
    paper: {
      title: "EDGE-GRPO: Entropy-Driven GRPO with Guided Error Correction for Advantage Diversity",
      arxiv: "2507.21848",
      year: 2025,
    },
    changes: "divides a rollout's advantage by its entropy: what was written with confidence counts more",
    source: "authors' code (ZhangXJ199/EDGE-GRPO, trl_edge/trainer/grpo_aha_trainer.py)",
    status: "simplified",
    how:
      "the entropy is that at sampling, and the factor stays within 0.1 and 10; guided error correction, which " +
      "rewrites wrong answers with the help of reference solutions, is left out",
    ...creatable("edge-grpo", grpoDefaults, (options) =>
      groupBased(options, { advantage: entropyScaled(groupRelative()) }),
    ),
  },
  {
    name: "pass-at-k",
    title: "Pass@k Training",
    family: "GRPO",
    survey: "Pass@k Training",
    paper: {
      title:
        "Pass@k Training for Adaptively Balancing Exploration and Exploitation of Large Reasoning Models",
      arxiv: "2508.10751",
      year: 2025,
    },
    changes: "k attempts count as one that succeeds when any of them does",
    source: "authors' README and code (RUCAIBox/Passk_Training, code/passk_adv.py)",
    status: "faithful",
    ...creatable("pass-at-k", { ...grpoDefaults, k: 4 }, ({ k, ...options }) =>
      groupBased(options, { advantage: passAtK({ k }) }),
    ),
  },
  {
    name: "ktae",
    title: "KTAE",
    family: "GRPO",
    survey: "KTAE",
    paper: {
      title: "KTAE: A Model-Free Algorithm to Key-Tokens Advantage Estimation in Mathematical Reasoning",
      arxiv: "2505.16826",
      year: 2025,
    },
    changes: "adds to a token's advantage how strongly writing it goes with being right",
    source: "abstract and a published summary (contingency table, probability of Fisher's exact test)",
    status: "simplified",
    how:
      "kept: the table of each token, Fisher's test, information gain, their sum on top of GRPO's advantage; how " +
      "they are combined is this library's, and the measure of a token's frequency is left out",
    ...creatable("ktae", grpoDefaults, (options) =>
      groupBased(options, { advantage: keyTokens(groupRelative()) }),
    ),
  },
  {
    name: "papo",
    title: "PAPO",
    family: "GRPO",
    survey: "PAPO",
    paper: {
      title: "Perception-Aware Policy Optimization for Multimodal Reasoning",
      arxiv: "2507.06448",
      year: 2025,
    },
    changes: "rewards a policy whose answer depends on the image: a KL to itself with the image masked",
    source: "abstract and TRL documentation (perception loss weight, share of the image that is masked)",
    status: "not possible here",
    how:
      "it corrupts the image of a multimodal model and compares the log-probabilities; here observations are " +
      "text: an environment would have to offer a masked observation, and the trainer a second pass with it",
  },
];

/** Outcome, and the rewards on the way where the outcome is a success. */
function successGated(episode: Episode): number {
  const outcome = turnRewards(episode).at(-1) ?? episode.return;
  return episode.success ? episode.return : outcome;
}
