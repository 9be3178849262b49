/** The catalogue's policy gradients without a ratio, and the one for self-play: taught by the course, not in the survey's Table 2. */
import { magnet } from "../magnet.js";
import { reinforce } from "../reinforce.js";
import { rloo } from "../rloo.js";
import type { AlgorithmEntry } from "./entry.js";

export const policyGradientEntries: readonly AlgorithmEntry[] = [
  {
    name: "reinforce",
    title: "REINFORCE",
    family: "policy gradient",
    paper: {
      title: "Simple statistical gradient-following algorithms for connectionist reinforcement learning",
      year: 1992,
    },
    changes: "log-probabilities are raised by how much better than usual the return was",
    source: "the textbook form (Sutton & Barto), with a moving average as baseline",
    status: "faithful",
    options: ["gamma", "entropy", "kl"],
    create: reinforce,
  },
  {
    name: "rloo",
    title: "RLOO",
    family: "policy gradient",
    paper: {
      title:
        "Back to Basics: Revisiting REINFORCE Style Optimization for Learning from Human Feedback in LLMs",
      arxiv: "2402.14740",
      year: 2024,
    },
    changes: "the baseline of a rollout is the mean return of the task's other rollouts",
    source: "TRL's code (trl/trainer/rloo_trainer.py)",
    status: "faithful",
    note: "an optional KL term is in the loss, where the paper subtracts it from the reward",
    options: ["entropy", "kl"],
    create: rloo,
  },
  {
    name: "magnet",
    title: "Magnetic policy gradient",
    family: "policy gradient",
    paper: {
      title:
        "A Unified Approach to Reinforcement Learning, Quantal Response Equilibria, and Two-Player Zero-Sum Games",
      arxiv: "2206.05825",
      year: 2023,
    },
    changes: "entropy and a pull to a moving average of the policy keep self-play from going in circles",
    source: "this library's, after the idea of magnetic mirror descent",
    status: "simplified",
    how: "a clipped ratio stands for the KL to the previous policy; no proof of convergence carries over",
    options: ["epochs", "minibatches", "clipLow", "clipHigh", "entropy", "kl"],
    create: magnet,
  },
];
