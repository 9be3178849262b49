/**
 * Samples many contexts in lock-step: all rows share one column index, so that one pass through the network
 * with cached keys and values serves them all. A row whose next token is already known (the rest of a longer
 * prompt, a tool's output) is forced; the others are sampled. No row is padded on the left.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { fusedKernels, type SamplingNetwork } from "../engine/fused.js";
import { Pace, read, unlessAborted } from "../engine/pace.js";
import { Random } from "../random.js";
import { DamagedPolicyError } from "./policy.js";
import type { SampledContext, SampleOptions, SampleRequest, TurnResponse } from "./policy.js";
import { forward, type Cache, type Parameters, type TransformerConfig } from "./transformer.js";

/** One context while it grows. */
interface Row {
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

export async function sampleContexts(
  parameters: Parameters,
  config: TransformerConfig,
  requests: readonly SampleRequest[],
  options: SampleOptions,
): Promise<SampledContext[]> {
  checkOptions(options);
  const length = Math.min(options.contextLength ?? config.contextLength, config.contextLength);
  for (const [i, { prompt }] of requests.entries()) checkPrompt(prompt, i, length, config.vocabularySize);
  if (requests.length === 0) return [];
  const rows = requests.map(({ prompt, seed }, index): Row => newRow(index, prompt, seed));
  const prefix = Math.min(...requests.map(({ prompt }) => prompt.length));
  const pace = new Pace(options.signal);

  let active = rows;
  const network: SamplingNetwork =
    fusedKernels()?.network?.(parameters, config, rows.length, length) ?? new Network(parameters, config);
  try {
    for (const row of rows) force(row, prefix);
    let next: Float32Array = new Float32Array();
    const piece = Math.max(1, Math.floor(tokensAtOnce(config) / rows.length));
    for (let from = 0; from < prefix; from += piece) {
      await pace.breathe();
      next = await network.advance(rows.map((row) => row.tokens.slice(from, Math.min(from + piece, prefix))));
    }
    for (let column = prefix; column < length; column++) {
      await pace.breathe();
      const ended: Row[] = [];
      for (const [i, row] of active.entries()) {
        if (row.done) continue;
        if (row.forced.length > 0) force(row, 1);
        else write(row, next, i, config, options);
        if (turnEnded(row, options)) ended.push(row);
      }
      await respond(ended, options, config.vocabularySize, pace);
      if (rows.every((row) => row.done) || column === length - 1) break;
      // Finished rows cost as much as the others: they are dropped once there are enough of them.
      const left = active.filter((row) => !row.done);
      if (active.length - left.length > Math.max(4, 0.2 * active.length)) {
        network.keep(active.flatMap((row, i) => (row.done ? [] : [i])));
        active = left;
      }
      next = await network.advance(active.map((row) => [row.tokens[column] ?? 0]));
    }
  } finally {
    network.dispose();
  }
  return rows.map((row) => finished(row, config.valueHead));
}

/** Tokens of the prompts worked on without a pause: some tens of milliseconds. */
function tokensAtOnce({ layers, width }: TransformerConfig): number {
  return (2048 * 2 * 64 * 64) / (layers * width * width);
}

function checkOptions({ maxTurnTokens, contextLength = 1, temperature = 1 }: SampleOptions): void {
  for (const [name, size] of Object.entries({ maxTurnTokens, contextLength })) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new RangeError(`sample: ${name} must be a whole number of at least 1, not ${size}`);
    }
  }
  checkTemperature(temperature);
}

/** @throws RangeError for what logits cannot be divided by. */
export function checkTemperature(temperature: number): void {
  if (temperature > 0 && Number.isFinite(temperature)) return;
  throw new RangeError(
    `temperature must be a positive number, not ${temperature}; for the likeliest token use \`greedy\``,
  );
}

/** @throws RangeError that says what is wrong with the prompt. */
export function checkPrompt(prompt: readonly number[], index: number, length: number, words: number): void {
  if (prompt.length === 0) throw new RangeError(`Prompt ${index} is empty; begin it with <bos>`);
  if (prompt.length > length) {
    throw new RangeError(
      `Prompt ${index} has ${prompt.length} tokens, more than the context of ${length}; ` +
        "make the policy with a larger contextLength",
    );
  }
  checkTokens(prompt, words, `Prompt ${index}`);
}

function checkTokens(tokens: readonly number[], words: number, what: string): void {
  const unknown = tokens.find((token) => !Number.isInteger(token) || token < 0 || token >= words);
  if (unknown !== undefined) throw new RangeError(`${what} holds ${unknown}, which is no token id`);
}

function newRow(index: number, prompt: readonly number[], seed: number): Row {
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

function append(row: Row, token: number, written?: Drawn & { value: number }): void {
  row.tokens.push(token);
  row.mask.push(written === undefined ? 0 : 1);
  row.logProbs.push(written?.logProb ?? 0);
  row.entropies.push(written?.entropy ?? 0);
  row.values.push(written?.value ?? 0);
}

function force(row: Row, count: number): void {
  for (let i = 0; i < count; i++) append(row, row.forced.pop()!);
}

/** Draws the row's next token from its logits: row `i` of the network's output. */
function write(
  row: Row,
  output: Float32Array,
  i: number,
  config: TransformerConfig,
  options: SampleOptions,
): void {
  const width = config.vocabularySize + (config.valueHead ? 1 : 0);
  const logits = output.subarray(i * width, i * width + config.vocabularySize);
  const temperature = options.greedy === true ? 1 : (options.temperature ?? 1);
  const drawn = draw(logits, temperature, options.greedy === true ? undefined : row.random);
  if (!Number.isFinite(drawn.logProb)) {
    throw new DamagedPolicyError(
      "The policy's probabilities are not numbers: its parameters are damaged (a NaN or an overflow)",
    );
  }
  if (row.action.length === 0) row.turns.push({ start: row.tokens.length, end: row.tokens.length });
  append(row, drawn.token, { ...drawn, value: config.valueHead ? output[i * width + width - 1]! : 0 });
  row.action.push(drawn.token);
  row.turns.at(-1)!.end = row.tokens.length;
}

interface Drawn {
  token: number;
  /** Of the token, in nats, as the entropy of the distribution it was drawn from. */
  logProb: number;
  entropy: number;
}

/** A token by inverse transform sampling; the likeliest one without `random`. */
export function draw(logits: Float32Array | readonly number[], temperature: number, random?: Random): Drawn {
  let largest = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[largest]!) largest = i;
  const top = logits[largest]!;
  let total = 0;
  let moment = 0;
  for (const logit of logits) {
    const scaled = (logit - top) / temperature;
    const weight = Math.exp(scaled);
    total += weight;
    if (weight > 0) moment += weight * scaled;
  }
  let token = largest;
  if (random !== undefined) {
    let left = random.next() * total;
    for (let i = 0; i < logits.length; i++) {
      const weight = Math.exp((logits[i]! - top) / temperature);
      if (weight > 0) token = i;
      left -= weight;
      if (left < 0) break;
    }
  }
  const normal = Math.log(total);
  return {
    token,
    logProb: (logits[token]! - top) / temperature - normal,
    // H = −Σ p log p with log p = scaled − log Σ exp(scaled).
    entropy: normal - moment / total,
  };
}

function turnEnded(row: Row, { stop, maxTurnTokens }: SampleOptions): boolean {
  const { action } = row;
  return action.length > 0 && (stop.includes(action.at(-1)!) || action.length >= maxTurnTokens);
}

/** Hands the finished turns over and queues what comes back; all rows of a column at once. */
async function respond(
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

function finished(row: Row, values: boolean): SampledContext {
  return {
    tokens: Int32Array.from(row.tokens),
    mask: Uint8Array.from(row.mask),
    logProbs: Float32Array.from(row.logProbs),
    entropies: Float32Array.from(row.entropies),
    ...(values ? { values: Float32Array.from(row.values) } : {}),
    turns: row.turns,
    full: !row.done,
  };
}

/** The network through tfjs's own kernels. */
class Network implements SamplingNetwork {
  private cache: Cache | undefined;

  constructor(
    private readonly parameters: Parameters,
    private readonly config: TransformerConfig,
  ) {}

  /**
   * Runs the next tokens of every row.
   * @returns the last position's logits, followed by its value where there is a value head: [B, V (+ 1)]
   */
  async advance(tokens: readonly (readonly number[])[]): Promise<Float32Array> {
    const length = tokens[0]!.length;
    const { output, cache } = tf.tidy(() => {
      const input = tf.tensor2d(Int32Array.from(tokens.flat()), [tokens.length, length], "int32");
      const { logits, values, cache } = forward(this.parameters, this.config, input, this.cache);
      const last = tf.reshape(tf.slice(logits, [0, length - 1, 0], [-1, 1, -1]), [
        tokens.length,
        -1,
      ]) as Tensor2D;
      if (values === undefined)
        return { output: last, cache: cache as { keys: Tensor4D; values: Tensor4D }[] };
      const value = tf.slice(values, [0, length - 1], [-1, 1]);
      return { output: tf.concat([last, value], 1), cache: cache as { keys: Tensor4D; values: Tensor4D }[] };
    });
    this.replaceCache(cache);
    try {
      return (await read(output)) as Float32Array;
    } finally {
      output.dispose();
    }
  }

  /** Drops all rows but these. */
  keep(rows: readonly number[]): void {
    const cache = tf.tidy(() => {
      const indices = tf.tensor1d(rows as number[], "int32");
      return this.cache!.map(({ keys, values }) => ({
        keys: tf.gather(keys, indices),
        values: tf.gather(values, indices),
      }));
    });
    this.replaceCache(cache);
  }

  dispose(): void {
    this.replaceCache(undefined);
  }

  private replaceCache(cache: Cache | undefined): void {
    for (const { keys, values } of this.cache ?? []) tf.dispose([keys, values]);
    this.cache = cache;
  }
}
