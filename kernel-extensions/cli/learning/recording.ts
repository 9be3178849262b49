/** What a figure of a training needs, kept while it runs. */
import type { RecordedStep } from "../../../src/figures/curves.js";
import type { TrajectorySnapshot } from "../../../src/figures/trajectory-view.js";
import type { TrainStep } from "../../../src/training/train.js";

/** Into how many parts the snapshots of episodes divide a training. */
const parts = 8;

export class Recording {
  readonly steps: RecordedStep[] = [];
  /** One episode of the first update, and of the last of each eighth. */
  readonly snapshots: TrajectorySnapshot[] = [];
  /** How many were rolled out. */
  trajectories = 0;

  constructor(private readonly withSnapshots: boolean) {}

  add({ update, updates, seconds, metrics, trajectories, advantages }: TrainStep): void {
    this.steps.push({ update, seconds, metrics });
    this.trajectories += metrics["rollout/trajectories"] ?? trajectories.length;
    const ended = Math.floor((parts * update) / updates) > Math.floor((parts * (update - 1)) / updates);
    const first = trajectories[0];
    if (!this.withSnapshots || first === undefined || !(ended || this.steps.length === 1)) return;
    for (const [i, trajectory] of trajectories.entries()) {
      if (trajectory.episode !== first.episode || trajectory.seed !== first.seed) continue;
      const own = advantages[i];
      this.snapshots.push({ update, trajectory, ...(own === undefined ? {} : { advantages: own }) });
    }
  }
}
