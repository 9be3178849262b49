/** A policy's parameters in the kernels' own form, and the memory the kernels share with tfjs. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import type { TransformerConfig } from "../../policy/transformer.js";
import type { Handle, KernelModule, Offset, SharedMemory } from "./module.js";

export type Parameters = ReadonlyMap<string, Tensor>;

export function need(handle: Handle, what: string): Handle {
  if (handle !== 0) return handle;
  throw new Error(`There is not enough memory for ${what}; smaller batches or a smaller model need less`);
}

/** Blocks of tfjs's memory. */
export class Block {
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
export class Model {
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
export class Models {
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

/** A tensor of the engine in use, its values not set yet. */
export function output({ backend }: SharedMemory, shape: number[]): Tensor {
  const { dataId, dtype } = backend.makeOutput(shape, "float32");
  return tf.engine().makeTensorFromDataId(dataId, shape, dtype);
}
