/** Rollouts and the trajectories they leave. */
export { rollout, type RolloutOptions, type RolloutRequest } from "./rollout.js";
export { readTrajectories, writeTrajectories } from "./trajectory-file.js";
export type { Trajectory, Turn } from "./trajectory.js";
