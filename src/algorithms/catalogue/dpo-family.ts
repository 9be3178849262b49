/** The survey's DPO family: preference losses on pairs of ranked rollouts. */
import { groupRelative } from "../advantages/group-relative.js";
import type { Algorithm, Objective } from "../algorithm.js";
import { dpo } from "../dpo.js";
import { betaDpoLoss, dpoLoss, ipoLoss } from "../objectives/preferences/dpo.js";
import { ktoLoss } from "../objectives/preferences/kto.js";
import { orpoLoss, simpoLoss } from "../objectives/preferences/reference-free.js";
import { bestVersusWorst } from "../pairs.js";
import { divergingTurns } from "../sampling/diverging-turns.js";
import { groupSampling } from "../sampling/groups.js";
import { creatable, onlinePairs, type AlgorithmEntry } from "./entry.js";
import { easyLengthPairs, lcpoLoss } from "./parts/length-preference.js";

const defaults = { beta: 0.1, epochs: 1, minibatches: 1 };

/** What the preference algorithms share; the advantages are for figures, the loss does not see them. */
function preference(
  objective: Objective,
  { epochs, minibatches }: { epochs: number; minibatches: number },
  changed: Partial<Algorithm> = {},
): Omit<Algorithm, "name"> {
  return {
    sampling: groupSampling(),
    advantage: groupRelative({ std: "none" }),
    objective,
    regularizers: [],
    epochs,
    minibatches,
    pairs: bestVersusWorst(),
    valueHead: false,
    ...(objective.needsReference && { reference: {} }),
    ...changed,
  };
}

export const dpoEntries: readonly AlgorithmEntry[] = [
  {
    name: "dpo",
    title: "DPO",
    family: "DPO",
    survey: "DPO",
    paper: {
      title: "Direct Preference Optimization: Your Language Model is Secretly a Reward Model",
      arxiv: "2305.18290",
      year: 2023,
    },
    changes: "no reward in the loss: which of two was better, by log-ratios to a reference policy",
    source:
      "TRL's code (trl/trainer/dpo_trainer.py) and that of β-DPO's authors (junkangwu/beta-DPO, trainers.py)",
    status: "simplified",
    how: `the paper's loss; ${onlinePairs}`,
    options: ["beta", "epochs", "minibatches"],
    create: dpo,
  },
  {
    name: "beta-dpo",
    title: "β-DPO",
    family: "DPO",
    survey: "β-DPO",
    paper: {
      title: "β-DPO: Direct Preference Optimization with Dynamic β",
      arxiv: "2407.08639",
      year: 2024,
    },
    changes: "β grows with the margin between the two",
    source: "authors' code (junkangwu/beta-DPO, trainers.py)",
    status: "simplified",
    how:
      "one β a pair from its own margin, where the authors take the batch's mean margin against its moving " +
      `average; their filter of outlying pairs is left out; ${onlinePairs}`,
    ...creatable("beta-dpo", defaults, ({ beta, ...steps }) => preference(betaDpoLoss({ beta }), steps)),
  },
  {
    name: "simpo",
    title: "SimPO",
    family: "DPO",
    survey: "SimPO",
    paper: {
      title: "SimPO: Simple Preference Optimization with a Reference-Free Reward",
      arxiv: "2405.14734",
      year: 2024,
    },
    changes: "mean log-probabilities and a target margin instead of a reference policy",
    source: "TRL's code (trl/experimental/cpo/cpo_trainer.py, loss type simpo)",
    status: "simplified",
    how: `the paper's loss with a margin of 1; ${onlinePairs}`,
    note: "the survey's table says scaled KL; without a reference there is no KL, the log-probabilities are scaled",
    ...creatable("simpo", { ...defaults, beta: 2 }, ({ beta, ...steps }) =>
      preference(simpoLoss({ beta }), steps),
    ),
  },
  {
    name: "ipo",
    title: "IPO",
    family: "DPO",
    survey: "IPO",
    paper: {
      title: "A General Theoretical Paradigm to Understand Learning from Human Preferences",
      arxiv: "2310.12036",
      year: 2024,
    },
    changes: "the margin of log-ratios is regressed on 1/(2β) instead of being pushed up without end",
    source: "TRL's code (trl/trainer/dpo_trainer.py, loss type ipo)",
    status: "simplified",
    how: `the paper's loss; ${onlinePairs}`,
    note: "the survey's table says no KL; the paper's objective is preference less τ times a KL, and its loss has a reference policy",
    ...creatable("ipo", defaults, ({ beta, ...steps }) => preference(ipoLoss({ beta }), steps)),
  },
  {
    name: "kto",
    title: "KTO",
    family: "DPO",
    survey: "KTO",
    paper: {
      title: "KTO: Model Alignment as Prospect Theoretic Optimization",
      arxiv: "2402.01306",
      year: 2024,
    },
    changes: "each answer is good or bad by itself: the value function of prospect theory, no pairs",
    source: "TRL's code (trl/trainer/kto_trainer.py)",
    status: "simplified",
    how:
      "the reference point z₀ is 0, where the paper estimates a KL in each batch; the good and the bad come in " +
      `equal numbers, as the two halves of pairs; ${onlinePairs}`,
    note: "the survey's table reads KTO as knowledge transfer from a teacher; it is Kahneman–Tversky optimisation",
    ...creatable("kto", defaults, ({ beta, ...steps }) => preference(ktoLoss({ beta }), steps)),
  },
  {
    name: "orpo",
    title: "ORPO",
    family: "DPO",
    survey: "ORPO",
    paper: {
      title: "ORPO: Monolithic Preference Optimization without Reference Model",
      arxiv: "2403.07691",
      year: 2024,
    },
    changes: "imitates the better answer and lowers the odds of the worse one; no reference policy",
    source: "TRL's code (trl/experimental/orpo/orpo_trainer.py)",
    status: "simplified",
    how: `the paper's loss, with beta as its λ; ${onlinePairs}`,
    note: "the survey's table reads ORPO as online regularised; it is odds-ratio preference optimisation, without a KL term",
    ...creatable("orpo", defaults, ({ beta, ...steps }) => preference(orpoLoss({ lambda: beta }), steps)),
  },
  {
    name: "step-dpo",
    title: "Step-DPO",
    family: "DPO",
    survey: "Step-DPO",
    paper: {
      title: "Step-DPO: Step-wise Preference Optimization for Long-chain Reasoning of LLMs",
      arxiv: "2406.18629",
      year: 2024,
    },
    changes: "the pair is two next steps after the same beginning, not two whole answers",
    source: "abstract and the authors' repository (dvlab-research/Step-DPO)",
    status: "simplified",
    how:
      "the step (a turn) is drawn at random and judged by how the episode ended, where the paper locates the " +
      `first wrong step; ${onlinePairs}`,
    ...creatable("step-dpo", defaults, ({ beta, ...steps }) =>
      preference(dpoLoss({ beta }), steps, { sampling: divergingTurns() }),
    ),
  },
  {
    name: "lcpo",
    title: "LCPO",
    family: "DPO",
    survey: "LCPO",
    paper: {
      title:
        "Pruning Long Chain-of-Thought of Large Reasoning Models via Small-Scale Preference Optimization",
      arxiv: "2508.10164",
      year: 2025,
    },
    changes: "of the answers to an easy task the shortest is preferred to the longest",
    source: "a published note on the paper (loss and choice of pairs)",
    status: "simplified",
    how:
      "the paper's loss and pairs, but collected afresh in every update instead of once; it learns to be brief, " +
      "not to be right: start it from a policy that already succeeds",
    note: "the survey's table marks reward and KL; by the note the loss has neither. L1's LCPO (arXiv 2503.04697) is another method",
    ...creatable("lcpo", { epochs: 1, minibatches: 1 }, (steps) =>
      preference(lcpoLoss(), steps, { pairs: easyLengthPairs() }),
    ),
  },
];
