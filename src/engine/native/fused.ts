/** The fused kernels behind tfjs's API: what a policy, the sampler and Adam call. */
import type { Tensor, Tensor1D, TensorInfo } from "@tensorflow/tfjs-core";
import type { TransformerConfig } from "../../policy/transformer.js";
import {
  takeRows,
  type AdamResult,
  type AdamUpdate,
  type DrawnTokens,
  type FusedKernels,
  type SamplingNetwork,
} from "../fused.js";
import { Block, Models, output, type Model, type Parameters } from "./model.js";
import type { Handle, KernelModule, SharedMemory } from "./module.js";
import { score, scoreGradient } from "./score.js";

/** @param shared the memory that `module` was loaded for */
export function fusedKernelsOf(module: KernelModule, shared: SharedMemory): FusedKernels {
  const models = new Models(module, shared);
  return {
    name: module.name,
    score: (parameters, config, tokens, temperature, lengths, asked) =>
      score(models, { parameters, config, tokens, temperature, lengths, asked }),
    scoreGradient: (parameters, config, tokens, temperature, lengths, asked, slopes) =>
      scoreGradient(models, { parameters, config, tokens, temperature, lengths, asked }, slopes),
    network: (parameters, config, rows, length) => new Network(models, parameters, config, rows, length),
    adam: (parameters, gradient, first, second, update) =>
      adam(module, shared, parameters, gradient, first, second, update),
    release: (parameters) => {
      models.release(parameters);
    },
  };
}

class Network implements SamplingNetwork {
  private readonly model: Model;
  private readonly handle: Handle;
  private readonly capacity: number;
  private readonly input: Block;
  private readonly result: Block;
  private readonly drawn: Block;
  private readonly outputs: number;
  private out: Float32Array = new Float32Array();

  constructor(
    private readonly models: Models,
    private readonly parameters: Parameters,
    config: TransformerConfig,
    private rows: number,
    private readonly length: number,
  ) {
    const { shared } = models;
    this.capacity = rows;
    this.model = models.of(parameters, config);
    this.handle = this.model.takeSampler(rows, length);
    this.input = new Block(shared);
    this.result = new Block(shared);
    this.drawn = new Block(shared);
    this.outputs = config.vocabularySize + (config.valueHead ? 1 : 0);
  }

  advance(tokens: Int32Array, count: number): Float32Array {
    const { module, shared } = this.models;
    this.model.pack([...this.parameters.values()]);
    const size = this.rows * this.outputs;
    const to = this.result.fit(4 * size);
    module.samplerAdvance(this.handle, this.input.write(tokens), count, to);
    if (this.out.length !== size) this.out = new Float32Array(size);
    this.out.set(new Float32Array(shared.memory.buffer, to, size));
    return this.out;
  }

  draw(uniforms: readonly number[], temperature: number): DrawnTokens {
    const { module, shared } = this.models;
    const { rows } = this;
    const to = this.drawn.fit(4 * 4 * rows);
    module.samplerDraw(this.handle, this.result.offset, this.input.writeFloats(uniforms), temperature, to);
    const of = (plane: number) => new Float32Array(shared.memory.buffer, to + 4 * plane * rows, rows);
    return { tokens: of(0), logProbs: of(1), entropies: of(2), values: of(3) };
  }

  keep(rows: readonly number[]): Float32Array {
    const { models, out, outputs } = this;
    this.rows = rows.length;
    models.module.samplerKeep(this.handle, this.input.write(rows), rows.length);
    // Before the first tokens there is nothing to hand on.
    const kept = out.length === 0 ? out : takeRows(out, rows, outputs);
    const to = this.result.fit(4 * kept.length);
    new Float32Array(models.shared.memory.buffer, to, kept.length).set(kept);
    return (this.out = kept);
  }

  dispose(): void {
    this.model.giveSampler(this.handle, this.capacity, this.length);
    this.input.release();
    this.result.release();
    this.drawn.release();
  }
}

function adam(
  module: KernelModule,
  shared: SharedMemory,
  parameters: readonly Tensor[],
  gradient: Tensor1D,
  first: Tensor1D,
  second: Tensor1D,
  { beta1, beta2, epsilon, steps, learningRate, clipNorm }: AdamUpdate,
): AdamResult {
  const offset = ({ dataId }: TensorInfo) => shared.backend.dataIdMap.get(dataId).memoryOffset;
  const norm = Math.sqrt(module.sumOfSquares(offset(gradient), gradient.size));
  if (!Number.isFinite(norm)) return { norm };
  const nextFirst = output(shared, first.shape) as Tensor1D;
  const nextSecond = output(shared, second.shape) as Tensor1D;
  const values = parameters.map(({ shape }) => output(shared, shape));
  const flat = [gradient, first, second].map(offset);
  const nextFlat = [nextFirst, nextSecond].map(offset);
  let at = 0;
  for (const [i, parameter] of parameters.entries()) {
    const bytes = 4 * at;
    module.adamStep(
      parameter.size,
      ...flat.map((from) => from + bytes),
      offset(parameter),
      ...nextFlat.map((to) => to + bytes),
      offset(values[i]!),
      ...[norm > clipNorm ? clipNorm / norm : 1, beta1, beta2],
      ...[learningRate / (1 - beta1 ** steps), 1 / (1 - beta2 ** steps), epsilon],
    );
    at += parameter.size;
  }
  return { norm, next: { first: nextFirst, second: nextSecond, values } };
}
