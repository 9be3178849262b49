/** What was measured, and what is computed from it. */
import { spread, type Spread } from "../statistics.js";
import type { Row } from "./contestant.js";
import type { EnvironmentName, SizeName } from "./workload.js";

export interface Result {
  row: Pick<Row, "id" | "label" | "threads">;
  /** One figure a round: milliseconds, or tokens a second. */
  rounds: number[];
  /** Why there are no (further) rounds. */
  problem?: string;
  /** Of its process up to here, in MB. */
  peakMemory?: number;
  /** Whether as many tensors were there after the last step as after the fifth; only tfjs counts them. */
  flat?: boolean;
}

export interface StepResult extends Result {
  parameters?: number;
  /** With the first contestant's losses; absent for an architecture of its own. */
  agreement?: Agreement;
  /** That a GPU ran for one step, where they can be counted. */
  programs?: number;
}

export interface GrpoResult extends Result {
  /** Mean over the updates that were timed. */
  tokens?: number;
  trained?: number;
  /** Seconds of a whole run, from opening the checkpoint on and without any warm-up; absent where it was not finished. */
  run?: number;
  /** Mean success of the first and of the last five updates. */
  success?: { first: number; last: number; updates: number };
}

export interface Results {
  step: { size: SizeName; results: StepResult[] }[];
  sample: { size: SizeName; rows: number; results: Result[] }[];
  grpo: { environment: EnvironmentName; results: GrpoResult[] }[];
  /** GFLOP/s of a matrix product, by size and contestant. */
  peaks: { size: SizeName; gigaflops: Record<string, number> }[];
}

/** How far apart two series of losses are, at most and relative to the reference. */
export interface Agreement {
  steps: number;
  difference: number;
  agrees: boolean;
}

/** Compares as many steps as both have. @throws RangeError when there are none. */
export function agreement(
  losses: readonly number[],
  reference: readonly number[],
  tolerance: number,
): Agreement {
  const steps = Math.min(losses.length, reference.length);
  if (steps === 0) throw new RangeError("agreement() needs at least one loss of each");
  const differences = Array.from(
    { length: steps },
    (_, i) => Math.abs(losses[i]! - reference[i]!) / Math.abs(reference[i]!),
  );
  // A loss that is not a number agrees with nothing.
  const difference = differences.some(Number.isNaN) ? Infinity : Math.max(...differences);
  return { steps, difference, agrees: difference <= tolerance };
}

/**
 * Whose success rose by less than half of what the first one's did, in as many updates: different random numbers do
 * not make that much of a difference. Nobody where the first one hardly learned itself.
 */
export function laggards(results: readonly GrpoResult[]): GrpoResult[] {
  const reference = results.find(({ success }) => success !== undefined)?.success;
  if (reference === undefined) return [];
  const rise = reference.last - reference.first;
  if (rise < 0.2) return [];
  return results.filter(
    ({ success }) => success?.updates === reference.updates && success.last - success.first < rise / 2,
  );
}

/** Round by round: what was measured side by side is compared side by side. Undefined without a common round. */
export function ratioSpread(own: readonly number[], reference: readonly number[]): Spread | undefined {
  const rounds = Math.min(own.length, reference.length);
  if (rounds === 0) return undefined;
  return spread(Array.from({ length: rounds }, (_, round) => own[round]! / reference[round]!));
}

/** Milliseconds a step would take if it were nothing but matrix products at the measured peak. */
export function floorMilliseconds(operations: number, gigaflops: number): number {
  return operations / gigaflops / 1e6;
}

/** The machine's peak with that many threads: the fastest product anybody computed with them, or with fewer. */
export function peakOf(
  threads: Row["threads"],
  gigaflops: Readonly<Record<string, number>>,
  rows: readonly Pick<Row, "id" | "threads">[],
): number | undefined {
  const measured = rows.flatMap((row) =>
    isWithin(row.threads, threads) && gigaflops[row.id] !== undefined ? [gigaflops[row.id]!] : [],
  );
  return measured.length === 0 ? undefined : Math.max(...measured);
}

function isWithin(threads: Row["threads"], most: Row["threads"]): boolean {
  return threads === most || (threads !== "gpu" && most !== "gpu" && threads <= most);
}

/** Whether tensors stay as many from the fifth step on; undefined for fewer steps or where nobody counts. */
export function isFlat(tensors: readonly number[]): boolean | undefined {
  if (tensors.length < 6) return undefined;
  return tensors.at(-1) === tensors[4];
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
