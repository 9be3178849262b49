/** One context while it is sampled: what is known of it, whose turn it is, and what comes of it. */
import { unlessAborted, type Pace } from "../engine/pace.js";
import { Random } from "../random.js";
import { DamagedPolicyError } from "./policy.js";
import type { SampledContext, SampleOptions, TurnResponse } from "./policy.js";
import { checkTokens } from "./sample-checks.js";

/** One context while it grows. */
export interface Row {
  index: number;
  tokens: number[];
  mask: number[];
  logProbs: number[];
  entropies: number[];
  values: number[];
  turns: { start: number; end: number }[];
  /** Tokens to force, next one last. */
  forced: number[];
  /** Tokens of the turn being written. */
  action: number[];
  random: Random;
  done: boolean;
}

export interface Drawn {
  token: number;
  /** Of the token, in nats, as the entropy of the distribution it was drawn from. */
  logProb: number;
  entropy: number;
}

export function newRow(index: number, prompt: readonly number[], seed: number): Row {
  return {
    index,
    tokens: [],
    mask: [],
    logProbs: [],
    entropies: [],
    values: [],
    turns: [],
    forced: [...prompt].reverse(),
    action: [],
    random: new Random(seed),
    done: false,
  };
}

function append(
  row: Row,
  token: number,
  written: 0 | 1,
  logProb: number,
  entropy: number,
  value: number,
): void {
  row.tokens.push(token);
  row.mask.push(written);
  row.logProbs.push(logProb);
  row.entropies.push(entropy);
  row.values.push(value);
}

/** Appends as many of the tokens to force. */
export function force(row: Row, count: number): void {
  for (let i = 0; i < count; i++) append(row, row.forced.pop()!, 0, 0, 0, 0);
}

/**
 * Appends a token that the policy wrote.
 * @throws DamagedPolicyError when it has no probability
 */
export function record(row: Row, token: number, logProb: number, entropy: number, value: number): void {
  if (!Number.isFinite(logProb)) {
    throw new DamagedPolicyError(
      "The policy's probabilities are not numbers: its parameters are damaged (a NaN or an overflow)",
    );
  }
  if (row.action.length === 0) row.turns.push({ start: row.tokens.length, end: row.tokens.length });
  append(row, token, 1, logProb, entropy, value);
  row.action.push(token);
  row.turns.at(-1)!.end = row.tokens.length;
}

export function turnEnded(row: Row, { stop, maxTurnTokens }: SampleOptions): boolean {
  const { action } = row;
  return action.length > 0 && (stop.includes(action.at(-1)!) || action.length >= maxTurnTokens);
}

/** Hands the finished turns over and queues what comes back; all rows of a column at once. */
export async function respond(
  rows: readonly Row[],
  { respond, signal }: SampleOptions,
  words: number,
  pace: Pace,
): Promise<void> {
  const responses: (TurnResponse | Promise<TurnResponse>)[] = [];
  for (const row of rows) {
    await pace.breathe();
    const response = respond?.(row.index, row.action);
    // Its failure is reported below; until then Node must not take it for one that nobody handles.
    if (response instanceof Promise) response.catch(() => undefined);
    responses.push(response);
  }
  // Most environments answer at once; only those that do not are waited for.
  const settled = responses.some((response) => response instanceof Promise)
    ? await unlessAborted(Promise.all(responses), signal)
    : (responses as TurnResponse[]);
  for (const [i, row] of rows.entries()) {
    const tokens = settled[i];
    row.action = [];
    if (tokens === undefined) row.done = true;
    else {
      checkTokens(tokens, words, `The response to row ${row.index}`);
      row.forced = [...tokens].reverse();
    }
  }
}

export function finished(row: Row, values: boolean): SampledContext {
  return {
    tokens: new Int32Array(row.tokens),
    mask: new Uint8Array(row.mask),
    logProbs: new Float32Array(row.logProbs),
    entropies: new Float32Array(row.entropies),
    ...(values ? { values: new Float32Array(row.values) } : {}),
    turns: row.turns,
    full: !row.done,
  };
}
