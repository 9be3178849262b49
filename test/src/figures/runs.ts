/** Made-up runs for the figures of training. */
import type { RecordedStep } from "../../../src/figures/index.js";

/** One step a value; `seconds` passes at two updates a second. */
export const steps = (values: readonly number[], metric = "rollout/success"): RecordedStep[] =>
  values.map((value, update) => ({ update, seconds: update / 2, metrics: { [metric]: value } }));

export interface Trace {
  name: string;
  mode: string;
  x: (number | null)[];
  y: (number | null)[];
  fill?: string;
  showlegend?: boolean;
  line: { width: number; color: string; dash?: string };
  xaxis?: string;
  yaxis?: string;
}
