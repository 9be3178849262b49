/** The fused kernels behind tfjs's API: what a policy, the sampler and Adam call. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor3D, TensorInfo } from "@tensorflow/tfjs-core";
import type { TransformerConfig } from "../../policy/transformer.js";
import type {
  AdamResult,
  AdamUpdate,
  DrawnTokens,
  FusedKernels,
  FusedScores,
  SamplingNetwork,
} from "../fused.js";
import type { Handle, KernelModule, Offset, SharedMemory } from "./module.js";

/** @param shared the memory that `module` was loaded for */
export function fusedKernelsOf(module: KernelModule, shared: SharedMemory): FusedKernels {
  const models = new Models(module, shared);
  return {
    name: module.name,
    score: (parameters, config, tokens, temperature, lengths) =>
      score(models, parameters, config, tokens, temperature, lengths),
    network: (parameters, config, rows, length) => new Network(models, parameters, config, rows, length),
    adam: (parameters, gradient, first, second, update) =>
      adam(module, shared, parameters, gradient, first, second, update),
    release: (parameters) => {
      models.release(parameters);
    },
  };
}

type Parameters = ReadonlyMap<string, Tensor>;

function need(handle: Handle, what: string): Handle {
  if (handle !== 0) return handle;
  throw new Error(`There is not enough memory for ${what}; smaller batches or a smaller model need less`);
}

/** Blocks of tfjs's memory. */
class Block {
  offset: Offset = 0;
  private bytes = 0;

  constructor(private readonly shared: SharedMemory) {}

  /** The block, with room for so many bytes; its contents are lost when it grows. */
  fit(bytes: number): Offset {
    if (bytes > this.bytes) {
      const { wasm } = this.shared.backend;
      wasm._free(this.offset);
      this.bytes = 0;
      this.offset = need(wasm._malloc(bytes), "the fused kernels' arguments");
      this.bytes = bytes;
    }
    return this.offset;
  }

  write(numbers: ArrayLike<number>): Offset {
    const offset = this.fit(4 * numbers.length);
    new Int32Array(this.shared.memory.buffer, offset, numbers.length).set(numbers);
    return offset;
  }

  writeFloats(numbers: ArrayLike<number>): Offset {
    const offset = this.fit(4 * numbers.length);
    new Float32Array(this.shared.memory.buffer, offset, numbers.length).set(numbers);
    return offset;
  }

  release(): void {
    this.shared.backend.wasm._free(this.offset);
    this.offset = this.bytes = 0;
  }
}

const disposed = "The policy was disposed: it has no parameters any more";

/** The kernels' form of one policy's parameters. */
class Model {
  readonly handle: Handle;
  readonly score: Handle;
  /** Counts forward passes: a backward pass can tell whether what it needs is still there. */
  passes = 0;
  readonly parameterOffsets: Block;
  readonly otherOffsets: Block;
  readonly lengths: Block;
  private packed: readonly object[] = [];
  private closed = false;
  private spare: { handle: Handle; rows: number; length: number } | undefined;

  constructor(
    private readonly module: KernelModule,
    private readonly shared: SharedMemory,
    config: TransformerConfig,
  ) {
    const { vocabularySize, contextLength, width, layers, heads, valueHead } = config;
    this.handle = need(
      module.openModel(vocabularySize, contextLength, width, layers, heads, valueHead ? 1 : 0),
      "the model",
    );
    this.score = module.openScore(this.handle);
    if (this.score === 0) module.closeModel(this.handle);
    need(this.score, "the model");
    this.parameterOffsets = new Block(shared);
    this.otherOffsets = new Block(shared);
    this.lengths = new Block(shared);
  }

  /**
   * Brings the packed form up to date. Tensors never change in place, so the same data means the same values.
   * @throws Error when the policy was disposed meanwhile
   */
  pack(parameters: readonly Tensor[]): void {
    if (this.closed) throw new Error(disposed);
    if (
      this.packed.length === parameters.length &&
      parameters.every(({ dataId }, i) => dataId === this.packed[i])
    ) {
      return;
    }
    this.packed = [];
    const offsets = this.parameterOffsets.write(parameters.map((tensor) => this.offsetOf(tensor)));
    need(this.module.packModel(this.handle, offsets), "the model");
    this.packed = parameters.map(({ dataId }) => dataId);
  }

  /** A sampler of this size: the last one given back, or a new one. */
  takeSampler(rows: number, length: number): Handle {
    const { spare } = this;
    if (spare?.rows === rows && spare.length === length) {
      this.spare = undefined;
      this.module.samplerReset(spare.handle);
      return spare.handle;
    }
    return need(
      this.module.openSampler(this.handle, rows, length),
      `the keys and values of ${rows} rows of ${length} tokens`,
    );
  }

  /** Kept for the next run: training samples the same number of rows again and again. */
  giveSampler(handle: Handle, rows: number, length: number): void {
    if (this.spare !== undefined) this.module.closeSampler(this.spare.handle);
    this.spare = undefined;
    if (this.closed) this.module.closeSampler(handle);
    else this.spare = { handle, rows, length };
  }

  offsetOf({ dataId }: TensorInfo): Offset {
    return this.shared.backend.dataIdMap.get(dataId).memoryOffset;
  }

  close(): void {
    this.closed = true;
    if (this.spare !== undefined) this.module.closeSampler(this.spare.handle);
    this.spare = undefined;
    this.module.closeScore(this.score);
    this.module.closeModel(this.handle);
    this.parameterOffsets.release();
    this.otherOffsets.release();
    this.lengths.release();
  }
}

/** One model per policy, known by its map of parameters; closed with the policy, or when nobody holds it any more. */
class Models {
  private readonly known = new WeakMap<Parameters, Model>();
  private readonly forgotten = new FinalizationRegistry<Model>((model) => {
    model.close();
  });

  constructor(
    readonly module: KernelModule,
    readonly shared: SharedMemory,
  ) {}

  /** @throws Error when the policy was disposed. */
  of(parameters: Parameters, config: TransformerConfig): Model {
    for (const parameter of parameters.values()) if (parameter.isDisposed) throw new Error(disposed);
    let model = this.known.get(parameters);
    if (model === undefined) {
      model = new Model(this.module, this.shared, config);
      this.known.set(parameters, model);
      this.forgotten.register(parameters, model, model);
    }
    return model;
  }

  release(parameters: Parameters): void {
    const model = this.known.get(parameters);
    if (model === undefined) return;
    this.known.delete(parameters);
    this.forgotten.unregister(model);
    model.close();
  }
}

/** The kernels read and write wherever a token points to. */
function checkTokens({ backend, memory }: SharedMemory, tokens: Tensor2D, config: TransformerConfig): void {
  if (tokens.dtype !== "int32") throw new TypeError(`score: tokens must be int32, not ${tokens.dtype}`);
  const { memoryOffset } = backend.dataIdMap.get(tokens.dataId);
  const ids = new Int32Array(memory.buffer, memoryOffset, tokens.size);
  const unknown = ids.find((id) => id < 0 || id >= config.vocabularySize);
  if (unknown === undefined) return;
  throw new RangeError(`score: there is a token ${unknown}; token ids are 0 to ${config.vocabularySize - 1}`);
}

/** A tensor of the engine in use, its values not set yet. */
function output({ backend }: SharedMemory, shape: number[]): Tensor {
  const { dataId, dtype } = backend.makeOutput(shape, "float32");
  return tf.engine().makeTensorFromDataId(dataId, shape, dtype);
}

/**
 * Log-probabilities, entropies and values of given tokens, with a backward pass of their own: tfjs's tape sees one
 * operation.
 */
function score(
  models: Models,
  parameters: Parameters,
  config: TransformerConfig,
  tokens: Tensor2D,
  temperature: number,
  lengths?: readonly number[],
): FusedScores {
  const { module, shared } = models;
  const model = models.of(parameters, config);
  const [rows, columns] = tokens.shape;
  const length = columns - 1;
  checkTokens(shared, tokens, config);
  const predictions = lengths?.map((count) => Math.max(1, count - 1));
  const shape = [config.valueHead ? 3 : 2, rows, length];
  const forward = (values: readonly Tensor[], given: Tensor, to: Tensor) => {
    model.pack(values);
    model.passes++;
    need(
      module.scoreForward(
        model.score,
        model.offsetOf(given),
        predictions === undefined ? 0 : model.lengths.write(predictions),
        ...([rows, length, temperature] as const),
        model.offsetOf(to),
      ),
      `${rows} rows of ${columns} tokens`,
    );
    return model.passes;
  };

  const operation = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const values = args as Tensor[];
    const out = output(shared, shape);
    const pass = forward(values, tokens, out);
    save([...values, tokens]);
    return {
      value: out,
      gradFunc: (gradient: Tensor, saved: Tensor[]) => {
        const given = saved.at(-1)!;
        const then = saved.slice(0, -1);
        model.pack(then);
        if (model.passes !== pass) {
          // Another forward pass has overwritten what this one had kept.
          const again = output(shared, shape);
          forward(then, given, again);
          again.dispose();
        }
        const gradients = then.map((value) => output(shared, value.shape));
        const offsets = model.otherOffsets.write(gradients.map((tensor) => model.offsetOf(tensor)));
        const from = model.parameterOffsets.write(then.map((tensor) => model.offsetOf(tensor)));
        need(
          module.scoreBackward(
            model.score,
            model.handle,
            model.offsetOf(given),
            model.offsetOf(gradient),
            from,
            offsets,
          ),
          "the gradient",
        );
        return gradients;
      },
    };
  });
  const out = operation(...parameters.values()) as Tensor3D;
  const [logProbs, entropy, values] = tf.unstack(out) as Tensor2D[];
  return { logProbs: logProbs!, entropy: entropy!, ...(values === undefined ? {} : { values }) };
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

  keep(rows: readonly number[]): void {
    this.rows = rows.length;
    this.models.module.samplerKeep(this.handle, this.input.write(rows), rows.length);
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
