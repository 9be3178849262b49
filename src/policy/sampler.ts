/**
 * Samples many contexts in lock-step: all rows share one column index, so that one pass through the network
 * with cached keys and values serves them all. A row whose next token is already known (the rest of a longer
 * prompt, a tool's output) is forced; the others are sampled. No row is padded on the left.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { fusedKernels, takeRows, type DrawnTokens, type SamplingNetwork } from "../engine/fused.js";
import { Pace, read } from "../engine/pace.js";
import type { Random } from "../random.js";
import type { SampledContext, SampleOptions, SampleRequest } from "./policy.js";
import { finished, force, newRow, record, respond, turnEnded, type Drawn, type Row } from "./row.js";
import { checkRequests } from "./sample-checks.js";
import { forward, type Cache, type Parameters, type TransformerConfig } from "./transformer.js";

export async function sampleContexts(
  parameters: Parameters,
  config: TransformerConfig,
  requests: readonly SampleRequest[],
  options: SampleOptions,
): Promise<SampledContext[]> {
  const length = checkRequests(requests, options, config);
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
    // Rollouts of one task begin alike: what they have in common goes through the network once.
    const { first, sources } = sharedPrefixes(requests, prefix);
    if (first.length < rows.length) await network.keep(first);
    const beginnings = first.map((row) => rows[row]!);
    const piece = Math.max(1, Math.floor(tokensAtOnce(config) / first.length));
    for (let from = 0; from < prefix; from += piece) {
      await pace.breathe();
      const count = Math.min(piece, prefix - from);
      next = await network.advance(columns(beginnings, from, count), count);
    }
    if (first.length < rows.length) next = await network.keep(sources);
    for (let column = prefix; column < length; column++) {
      await pace.breathe();
      const ended: Row[] = [];
      const drawn =
        network.draw === undefined ? undefined : drawAll(network.draw.bind(network), active, options);
      for (const [i, row] of active.entries()) {
        if (row.done) continue;
        if (row.forced.length > 0) force(row, 1);
        else if (drawn === undefined) write(row, next, i, config, options);
        else {
          const { tokens, logProbs, entropies, values } = drawn;
          record(row, tokens[i]!, logProbs[i]!, entropies[i]!, values[i]!);
        }
        if (turnEnded(row, options)) ended.push(row);
      }
      await respond(ended, options, config.vocabularySize, pace);
      if (rows.every((row) => row.done) || column === length - 1) break;
      // Finished rows cost as much as the others: they are dropped once there are enough of them.
      const left = active.filter((row) => !row.done);
      if (active.length - left.length > Math.max(4, 0.2 * active.length)) {
        await network.keep(active.flatMap((row, i) => (row.done ? [] : [i])));
        active = left;
      }
      next = await network.advance(columns(active, column, 1), 1);
    }
  } finally {
    network.dispose();
  }
  return rows.map((row) => finished(row, config.valueHead));
}

/**
 * Which prompts begin with the same tokens.
 * @returns `first`: of each different beginning the first row that has it; `sources`: for each row the place of its
 * beginning among them
 */
function sharedPrefixes(
  requests: readonly SampleRequest[],
  prefix: number,
): { first: number[]; sources: number[] } {
  const first: number[] = [];
  const known = new Map<string, number>();
  const sources = requests.map(({ prompt }, row) => {
    const beginning = prompt.slice(0, prefix).join();
    let source = known.get(beginning);
    if (source === undefined) {
      source = first.push(row) - 1;
      known.set(beginning, source);
    }
    return source;
  });
  return { first, sources };
}

/** [B, count] tokens from a column on; a row that has ended goes on with anything. */
function columns(rows: readonly Row[], from: number, count: number): Int32Array {
  const tokens = new Int32Array(rows.length * count);
  for (const [i, row] of rows.entries()) {
    for (let c = 0; c < count; c++) tokens[i * count + c] = row.tokens[from + c] ?? 0;
  }
  return tokens;
}

/** Tokens of the prompts worked on without a pause: some tens of milliseconds. */
function tokensAtOnce({ layers, width }: TransformerConfig): number {
  return (2048 * 2 * 64 * 64) / (layers * width * width);
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
  record(
    row,
    drawn.token,
    drawn.logProb,
    drawn.entropy,
    config.valueHead ? output[i * width + width - 1]! : 0,
  );
}

/** Draws for all rows that write next. Every row has random numbers of its own, and uses one per token. */
function drawAll(
  draw: NonNullable<SamplingNetwork["draw"]>,
  rows: readonly Row[],
  { greedy = false, temperature = 1 }: SampleOptions,
): DrawnTokens {
  const uniforms = rows.map(({ done, forced, random }) => {
    if (done || forced.length > 0) return -1;
    // Below 1 in single precision too.
    return greedy ? 1 : Math.min(random.next(), 1 - 2 ** -24);
  });
  return draw(uniforms, greedy ? 1 : temperature);
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

/** The network through tfjs's own kernels. */
class Network implements SamplingNetwork {
  private cache: Cache | undefined;
  /** What {@link advance} returned last. */
  private output: Float32Array = new Float32Array();

  constructor(
    private readonly parameters: Parameters,
    private readonly config: TransformerConfig,
  ) {}

  /**
   * Runs the next tokens of every row.
   * @returns the last position's logits, followed by its value where there is a value head: [B, V (+ 1)]
   */
  async advance(tokens: Int32Array, length: number): Promise<Float32Array> {
    const rows = tokens.length / length;
    const { output, cache } = tf.tidy(() => {
      const input = tf.tensor2d(tokens, [rows, length], "int32");
      const { logits, values, cache } = forward(this.parameters, this.config, input, this.cache);
      const last = tf.reshape(tf.slice(logits, [0, length - 1, 0], [-1, 1, -1]), [rows, -1]) as Tensor2D;
      if (values === undefined)
        return { output: last, cache: cache as { keys: Tensor4D; values: Tensor4D }[] };
      const value = tf.slice(values, [0, length - 1], [-1, 1]);
      return { output: tf.concat([last, value], 1), cache: cache as { keys: Tensor4D; values: Tensor4D }[] };
    });
    this.replaceCache(cache);
    try {
      return (this.output = (await read(output)) as Float32Array);
    } finally {
      output.dispose();
    }
  }

  keep(rows: readonly number[]): Float32Array {
    const { cache: held } = this;
    if (held === undefined) return this.output;
    this.output = takeRows(this.output, rows, this.output.length / held[0]!.keys.shape[0]);
    const cache = tf.tidy(() => {
      const indices = tf.tensor1d(rows as number[], "int32");
      return held.map(({ keys, values }) => ({
        keys: tf.gather(keys, indices),
        values: tf.gather(values, indices),
      }));
    });
    this.replaceCache(cache);
    return this.output;
  }

  dispose(): void {
    this.replaceCache(undefined);
  }

  private replaceCache(cache: Cache | undefined): void {
    for (const { keys, values } of this.cache ?? []) tf.dispose([keys, values]);
    this.cache = cache;
  }
}
