/** The library a lesson imports as "agentic-rl-lab". What is slow to load (danfo, tfjs) loads on first use. */
export type { Figure } from "./figures/figure.js";
export * as survey from "./survey/index.js";
