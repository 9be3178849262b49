/**
 * The same runs before there were fused kernels: tfjs's WASM backend with our overrides, two runs at a time, on
 * 2 × AMD EPYC with Node 20.20.2. Kept here because these programs can no longer be run.
 */
export interface Before {
  /** Of reinforcement learning, sampling included: the median of three seeds. */
  seconds: number;
  /** Sampled success after it: mean over three seeds and the bounds of its 95 % t-interval. */
  success: readonly [mean: number, low: number, high: number];
}

export const before: Readonly<Record<string, Before>> = {
  weather: { seconds: 11, success: [0.97, 0.97, 0.97] },
  calculator: { seconds: 14, success: [0.96, 0.91, 1] },
  "number-line": { seconds: 32, success: [0.98, 0.95, 1] },
  "t-maze": { seconds: 15, success: [1, 1, 1] },
  "digit-sum": { seconds: 6, success: [0.98, 0.96, 1] },
  "higher-lower": { seconds: 30, success: [0.87, 0.68, 1] },
  reticle: { seconds: 57, success: [0.98, 0.93, 1] },
  "two-hop": { seconds: 13, success: [0.97, 0.96, 0.98] },
  program: { seconds: 52, success: [0.94, 0.88, 0.99] },
  countdown: { seconds: 60, success: [0.89, 0.85, 0.93] },
  proof: { seconds: 48, success: [0.84, 0.83, 0.85] },
  form: { seconds: 21, success: [0.98, 0.96, 0.99] },
  glyph: { seconds: 51, success: [0.92, 0.88, 0.96] },
  household: { seconds: 33, success: [0.99, 0.98, 1] },
  nim: { seconds: 6, success: [0.98, 0.98, 0.99] },
  "tic-tac-toe": { seconds: 16, success: [0.93, 0.87, 1] },
  "kuhn-poker": { seconds: 16, success: [0.5, 0.5, 0.5] },
};
