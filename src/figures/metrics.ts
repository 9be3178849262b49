/** How a training metric is named, measured and written in a figure. */
import { nearest } from "../nearest.js";

/** What a figure says of a metric. */
export interface MetricWords {
  /** In a sentence: "success", "entropy". */
  readonly name: string;
  /** On an axis, with the unit. */
  readonly axis: string;
  /** True for shares, which lie between 0 and 1. */
  readonly share: boolean;
  /** True where all of 0 to 1 is worth drawing. */
  readonly full: boolean;
}

const known: Record<string, Pick<MetricWords, "name" | "axis"> & { share?: true; full?: true }> = {
  "rollout/success": { name: "success", axis: "success (share of episodes)", share: true, full: true },
  "evaluation/success": {
    name: "evaluated success",
    axis: "success in evaluation (share)",
    share: true,
    full: true,
  },
  "rollout/return": { name: "return", axis: "return (reward an episode)" },
  "rollout/turns": { name: "turns", axis: "turns an episode" },
  "rollout/tokens": { name: "tokens", axis: "tokens an episode" },
  exploitability: { name: "exploitability", axis: "exploitability (antes a game)" },
  "loss/policy": { name: "policy loss", axis: "policy loss" },
  "loss/kl": { name: "KL", axis: "KL to reference (nats)" },
  "policy/entropy": { name: "entropy", axis: "entropy (nats a token)" },
  "policy/clip_fraction": { name: "clip fraction", axis: "clipped (share of tokens)", share: true },
  "time/sample_ms": { name: "sampling time", axis: "sampling (ms an update)" },
  "time/update_ms": { name: "update time", axis: "learning (ms an update)" },
};

/** Words for a metric; names the library does not know are shown as they are, without their group. */
export function metricWords(metric: string): MetricWords {
  const words = known[metric];
  if (words !== undefined) return { share: false, full: false, ...words };
  const name = metric.slice(metric.lastIndexOf("/") + 1).replaceAll("_", " ");
  const axis = metric.startsWith("rollout/") ? `${name} (mean an episode)` : name;
  return { name, axis, share: false, full: false };
}

/**
 * A value as titles and labels print it: shares as `.08`, counts whole, others with three digits.
 * A value that is not finite is "none".
 */
export function valueText(value: number, share: boolean): string {
  if (!Number.isFinite(value)) return "none";
  if (share) return signed(value.toFixed(2).replace(/^(-?)0\./, "$1."));
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return signed(String(value));
  const size = Math.abs(value);
  return signed(
    size >= 1e5 || size < 1e-3
      ? value.toExponential(1).replace("e+", "e")
      : String(Number(value.toPrecision(3))),
  );
}

/** With the typographic minus; no minus before a value that rounds to nothing. */
const signed = (text: string) => (/^-[0.]*$/.test(text) ? text.slice(1) : text.replace(/^-/, "−"));

/**
 * Refuses a metric that was not recorded.
 *
 * @throws RangeError with the nearest names and all that there are.
 */
export function requireMetric(call: string, metric: string, available: readonly string[]): void {
  if (available.includes(metric)) return;
  const last = (name: string) => name.slice(name.lastIndexOf("/") + 1);
  const near =
    available.find((name) => last(name) === last(metric)) ??
    available.find((name) => metric.length > 2 && name.includes(metric)) ??
    nearest(metric, available);
  throw new RangeError(
    `${call}: no step has the metric "${metric}".` +
      (near === undefined ? "" : ` Did you mean "${near}"?`) +
      ` Recorded: ${available.join(", ") || "none"}`,
  );
}
