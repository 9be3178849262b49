/**
 * Samples many contexts on a device that draws the tokens itself. Reading them back one at a time would leave it
 * idle most of the time, so it draws a few columns for all rows before they are read. Where a turn ends among
 * them, what was drawn beyond is thrown away, and the random numbers it took are used again: a row's tokens are
 * the same however many columns are drawn at a time, and whatever rows are beside it.
 */
import type { DeviceDraws, DeviceNetwork, FusedKernels } from "../engine/fused.js";
import { Pace } from "../engine/pace.js";
import type { SampledContext, SampleOptions, SampleRequest } from "./policy.js";
import { finished, force, newRow, record, respond, turnEnded, type Row } from "./row.js";
import { checkRequests } from "./sample-checks.js";
import type { Parameters, TransformerConfig } from "./transformer.js";

/** Columns drawn before they are read: turns are often shorter than twice as many. */
const columnsAtOnce = 8;

/** A row on the device. */
interface DeviceRow extends Row {
  /** Random numbers that were taken from the row's stream and not used up yet, in order. */
  uniforms: number[];
  /** Whether the predictions on the device are no longer those after the row's last token. */
  stale: boolean;
}

/** As `sampleContexts`, through an engine's device network. */
export async function sampleOnDevice(
  makeNetwork: NonNullable<FusedKernels["deviceNetwork"]>,
  parameters: Parameters,
  config: TransformerConfig,
  requests: readonly SampleRequest[],
  options: SampleOptions,
  columns = columnsAtOnce,
): Promise<SampledContext[]> {
  const length = checkRequests(requests, options, config);
  if (requests.length === 0) return [];
  const rows = requests.map(({ prompt, seed }, index): DeviceRow => ({
    ...newRow(index, prompt, seed),
    uniforms: [],
    stale: false,
  }));
  const temperature = options.greedy === true ? 1 : (options.temperature ?? 1);
  const pace = new Pace(options.signal);
  options.signal?.throwIfAborted();
  const network = makeNetwork(parameters, config, rows.length, length, columns);
  try {
    for (;;) {
      await pace.breathe();
      extend(network, rows, length);
      const writing = rows.filter((row) => !row.done && row.tokens.length < length);
      if (writing.length === 0) break;
      const left = writing.map((row) =>
        Math.min(length - row.tokens.length, options.maxTurnTokens - row.action.length),
      );
      const count = Math.min(columns, Math.max(...left));
      const places = writing.map((row) => ({ row: row.index, position: row.tokens.length }));
      const uniforms = options.greedy === true ? undefined : uniformsOf(writing, count);
      const drawn = await network.draw(places, count, temperature, uniforms);
      const ended = take(writing, drawn, count, length, options);
      await respond(ended, options, config.vocabularySize, pace);
    }
  } finally {
    network.dispose();
  }
  return rows.map((row) => finished(row, config.valueHead));
}

/** Brings the device up to date with tokens it did not draw, and with rows whose last ones were thrown away. */
function extend(network: DeviceNetwork, rows: readonly DeviceRow[], length: number): void {
  const pieces: { row: number; position: number; tokens: readonly number[] }[] = [];
  for (const row of rows) {
    if (row.done) continue;
    let position = row.tokens.length;
    force(row, Math.min(row.forced.length, length - position));
    // A response of no tokens: the turn's last token is run once more, for its predictions.
    if (row.tokens.length === position && row.stale) position--;
    row.stale = false;
    // A full row is not continued.
    if (row.tokens.length === length || row.tokens.length === position) continue;
    pieces.push({ row: row.index, position, tokens: row.tokens.slice(position) });
  }
  if (pieces.length > 0) network.extend(pieces);
}

/** The next `count` random numbers of each row; those that turn out not to be used stay with it. */
function uniformsOf(rows: readonly DeviceRow[], count: number): Float32Array {
  const uniforms = new Float32Array(rows.length * count);
  for (const [i, row] of rows.entries()) {
    while (row.uniforms.length < count) row.uniforms.push(row.random.next());
    uniforms.set(row.uniforms.slice(0, count), i * count);
  }
  return uniforms;
}

/** Gives the rows what was drawn, up to the end of their turn. @returns those whose turn ended, by column. */
function take(
  rows: readonly DeviceRow[],
  { tokens, logProbs, entropies, values }: DeviceDraws,
  count: number,
  length: number,
  options: SampleOptions,
): DeviceRow[] {
  const ended = new Set<DeviceRow>();
  for (let column = 0; column < count; column++) {
    for (const [i, row] of rows.entries()) {
      if (ended.has(row) || row.tokens.length === length) continue;
      const at = i * count + column;
      const logProb = tokens[at]! < 0 ? NaN : logProbs[at]!;
      record(row, tokens[at]!, logProb, entropies[at]!, values?.[at] ?? 0);
      row.uniforms.shift();
      if (!turnEnded(row, options)) continue;
      ended.add(row);
      row.stale = column < count - 1;
    }
  }
  return [...ended];
}
