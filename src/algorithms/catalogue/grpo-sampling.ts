/** The survey's GRPO family, second part: methods that change what is rolled out, or learn from others' rollouts. */
import { whitened } from "../advantages/batch.js";
import { groupRelative } from "../advantages/group-relative.js";
import { clippedRatio } from "../objectives/clipped-ratio.js";
import { entropyBranching, treeSampling } from "../sampling/branching.js";
import { groupSampling } from "../sampling/groups.js";
import { historyResampling } from "../sampling/history-resampling.js";
import { preRolloutFilter } from "../sampling/pre-rollout-filter.js";
import { replayBuffer } from "../sampling/replay-buffer.js";
import { creatable, type AlgorithmEntry } from "./entry.js";
import { groupBased, grpoDefaults, twoEpochs } from "./group-based.js";
import { guidedHints, withDemonstrations } from "./parts/demonstrations.js";
import { imitationMix } from "./parts/imitation-mix.js";
import { ownRollouts } from "./parts/own-rollouts.js";
import { difficultyAdaptive } from "./parts/selection.js";
import { shapedMixture } from "./parts/shaped-mixture.js";
import { treeAdvantage } from "./parts/tree-advantage.js";

const weakExpert =
  "the demonstrations are the environment's scripted policy's, which is weaker than the paper's teacher";

export const grpoSamplingEntries: readonly AlgorithmEntry[] = [
  {
    name: "luffy",
    title: "LUFFY",
    family: "GRPO",
    survey: "LUFFY",
    paper: { title: "Learning to Reason under Off-Policy Guidance", arxiv: "2504.14945", year: 2025 },
    changes: "a demonstration joins every group; its unlikely tokens are learned from most",
    source:
      "authors' code (ElliottYan/LUFFY, mix_core_alg.py); advantage over the mixed group after a summary",
    status: "simplified",
    how: `the paper's objective; ${weakExpert}`,
    ...creatable("luffy", grpoDefaults, (options) =>
      groupBased(options, {
        sampling: withDemonstrations({ inGroup: true }),
        objective: shapedMixture(options),
      }),
    ),
  },
  {
    name: "chord",
    title: "CHORD",
    family: "GRPO",
    survey: "CHORD",
    paper: {
      title:
        "On-Policy RL Meets Off-Policy Experts: Harmonizing Supervised Fine-Tuning and Reinforcement Learning via Dynamic Weighting",
      arxiv: "2508.11408",
      year: 2025,
    },
    changes: "adds imitation of demonstrations, weighted by how undecided the policy is about each token",
    source: "authors' code (modelscope/Trinity-RFT, chord_policy_loss.py)",
    status: "simplified",
    how: `the variant CHORD-φ with a constant μ of 0.1, the code's default, instead of a schedule; ${weakExpert}`,
    ...creatable("chord", grpoDefaults, (options) =>
      groupBased(options, {
        sampling: withDemonstrations({ inGroup: false }),
        advantage: ownRollouts(groupRelative()),
        objective: imitationMix(options),
      }),
    ),
  },
  {
    name: "ghpo",
    title: "GHPO",
    family: "GRPO",
    survey: "GHPO",
    paper: {
      title: "GHPO: Adaptive Guidance for Stable and Efficient LLM Reinforcement Learning",
      arxiv: "2507.10628",
      year: 2025,
    },
    changes: "a task that nothing solved is tried again with the beginning of a solution given",
    source: "authors' code (hkgc-1/GHPO, src/ghpo/ghpo_trainer.py)",
    status: "simplified",
    how:
      "the hint is a demonstration's first actions, replayed, where the paper writes a solution's beginning into " +
      "the prompt; single-turn environments have no such hint",
    ...creatable("ghpo", grpoDefaults, (options) => groupBased(options, { sampling: guidedHints() })),
  },
  {
    name: "srpo",
    title: "SRPO",
    family: "GRPO",
    survey: "SRPO",
    paper: {
      title: "SRPO: A Cross-Domain Implementation of Large-Scale Reinforcement Learning on LLM",
      arxiv: "2504.14286",
      year: 2025,
    },
    changes: "goes through its tasks epoch by epoch and drops those that were always solved",
    source: "abstract and published summaries (history resampling, token-level loss, no KL)",
    status: "simplified",
    how: "history resampling alone: its two stages, first mathematics, then code, are left out",
    note: "the survey's table marks a KL term; the summaries say it was removed, and here it is an option (kl)",
    ...creatable("srpo", grpoDefaults, (options) => groupBased(options, { sampling: historyResampling() })),
  },
  {
    name: "greso",
    title: "GRESO",
    family: "GRPO",
    survey: "GRESO",
    paper: {
      title:
        "Act Only When It Pays: Efficient Reinforcement Learning for LLM Reasoning via Selective Rollouts",
      arxiv: "2506.02177",
      year: 2025,
    },
    changes: "skips tasks before rolling them out when their last groups all agreed",
    source: "authors' code (Infini-AI-Lab/GRESO) and abstract",
    status: "simplified",
    how:
      "the probabilistic filter with its adaptive rates; left out are the adaptive size of the batch and the " +
      "dynamic sampling that drops groups which agree all the same",
    note: "the survey's table marks a KL term; the authors' runs have none, and here it is an option (kl)",
    ...creatable("greso", grpoDefaults, (options) => groupBased(options, { sampling: preRolloutFilter() })),
  },
  {
    name: "skywork-r1v2",
    title: "Skywork R1V2",
    family: "GRPO",
    survey: "Skywork R1V2",
    paper: {
      title: "Skywork R1V2: Multimodal Hybrid Reinforcement Learning for Reasoning",
      arxiv: "2504.16656",
      year: 2025,
    },
    changes: "groups that all agree are replaced by informative ones of earlier updates",
    source: "abstract",
    status: "simplified",
    how:
      "the selective sample buffer alone, drawn from uniformly where the paper prefers large advantages, and " +
      "a dual clip that is this library's; mixed preference optimisation, the reward model and images are left out",
    ...creatable("skywork-r1v2", twoEpochs, (options) =>
      groupBased(options, {
        sampling: replayBuffer(groupSampling(), { capacity: 8 }),
        // A replayed token whose probability has grown since would be pushed down without bound.
        objective: clippedRatio({ clipLow: options.clipLow, clipHigh: options.clipHigh, dualClip: 2 }),
      }),
    ),
  },
  {
    name: "tree-po",
    title: "TreePO",
    family: "GRPO",
    survey: "TreePo",
    paper: {
      title:
        "TreePO: Bridging the Gap of Policy Optimization and Efficacy and Inference Efficiency with Heuristic Tree-based Modeling",
      arxiv: "2508.17445",
      year: 2025,
    },
    changes: "rollouts branch off each other, and are compared within every subtree they share",
    source: "authors' code (multimodal-art-projection/TreePO, verl/trainer/ppo/core_algos.py)",
    status: "simplified",
    how:
      "the advantage is the code's, on a tree of turns instead of token segments; branches are drawn at random, " +
      "without its heuristics, early stopping and fallback, and a replayed beginning is learned from once",
    ...creatable("tree-po", grpoDefaults, (options) =>
      groupBased(options, { sampling: treeSampling(), advantage: whitened(treeAdvantage()) }),
    ),
  },
  {
    name: "arpo",
    title: "ARPO",
    family: "GRPO",
    survey: "ARPO",
    paper: { title: "Agentic Reinforced Policy Optimization", arxiv: "2507.19849", year: 2025 },
    changes: "new rollouts branch off where the policy is uncertain after a tool has answered",
    source: "authors' code (RUC-NLPIR/ARPO, vllm_rollout_with_tools.py) and abstract",
    status: "simplified",
    how:
      "uncertainty is the mean entropy of a turn, where the code measures that of the first tokens after each " +
      "tool call while sampling; shared tokens keep the advantage of the rollout that first wrote them, not the branches' mean",
    ...creatable("arpo", twoEpochs, (options) => groupBased(options, { sampling: entropyBranching() })),
  },
  {
    name: "dars",
    title: "DARS",
    family: "GRPO",
    survey: "DARS",
    paper: {
      title: "Depth-Breadth Synergy in RLVR: Unlocking LLM Reasoning Gains with Adaptive Exploration",
      arxiv: "2508.13755",
      year: 2025,
    },
    changes: "hard tasks get more rollouts, so that they weigh as much as those of medium difficulty",
    source: "authors' code (yangzhch6/DARS, ray_dars_trainer.py: equal-treatment schedule)",
    status: "faithful",
    note: "as in the authors' runs, advantages are not divided by the deviation and there is no KL term",
    ...creatable("dars", twoEpochs, (options) =>
      groupBased(options, { sampling: difficultyAdaptive(), advantage: groupRelative({ std: "none" }) }),
    ),
  },
];
