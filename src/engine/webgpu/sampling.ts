/**
 * A transformer with its cache of keys and values in the GPU's memory, which draws its own tokens. All its
 * buffers and bindings are made once, so that a token costs five programs a layer and two more, recorded with
 * next to no work on the CPU; a read brings back as many columns as were drawn.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { TransformerConfig } from "../../policy/transformer.js";
import type { DeviceDraws, DeviceNetwork } from "../fused.js";
import { keepingAlive } from "./dawn.js";
import {
  bufferOf,
  flush,
  mapForReading,
  usage,
  webGpuBackend,
  type Device,
  type GpuBuffer,
} from "./device.js";
import { linearGroups } from "./linear.js";
import { bind, grid, pipelineOf, uniformData, type Program } from "./program.js";
import { embedThreads, samplingPrograms } from "./sampling-programs.js";

/** Lines of known tokens run at once. */
const linesAtOnce = 1024;

/** A program with its buffers. */
interface Stage {
  program: Program;
  pipeline: object;
  group: object;
}

interface Piece {
  row: number;
  position: number;
  tokens: readonly number[];
}

/**
 * @param columns most tokens drawn at a time
 * @throws RangeError when a layer's cache is larger than the GPU lets a buffer be
 */
export function deviceNetwork(
  parameters: ReadonlyMap<string, Tensor>,
  config: TransformerConfig,
  rows: number,
  length: number,
  columns: number,
): DeviceNetwork {
  const bytes = 4 * rows * length * 2 * config.width;
  const most = webGpuBackend().device.limits.maxStorageBufferBindingSize;
  if (bytes > most) {
    throw new RangeError(
      `webgpu: ${rows} contexts of ${length} tokens at width ${config.width} need a cache of ${bytes} bytes a layer; ` +
        `this GPU's buffers hold ${most}: sample fewer at a time, or with ARL_FUSED=off`,
    );
  }
  return new SamplingNetwork(parameters, config, rows, length, columns);
}

class SamplingNetwork implements DeviceNetwork {
  private readonly device: Device;
  private readonly owned: GpuBuffer[] = [];
  /** The parameters as they were at the start, whatever is assigned to them meanwhile. */
  private readonly held: Tensor[];
  /** Each program's uniforms; they are the same for all layers. */
  private readonly uniforms = new Map<string, GpuBuffer>();
  private readonly capacity: number;
  private readonly embed: Stage;
  private readonly layers: Stage[];
  private readonly head: Stage;
  private readonly drawing: Stage;
  private readonly lines: GpuBuffer;
  private readonly chosen: GpuBuffer;
  private readonly random: GpuBuffer;
  private readonly drawn: GpuBuffer;
  private readonly staging: GpuBuffer;

  constructor(
    parameters: ReadonlyMap<string, Tensor>,
    private readonly config: TransformerConfig,
    rows: number,
    length: number,
    columns: number,
  ) {
    const { width, layers, vocabularySize, valueHead } = config;
    const backend = webGpuBackend();
    this.device = backend.device;
    this.held = [...parameters.values()].map((parameter) => tf.keep(parameter.clone()));
    const buffers = new Map(
      [...parameters.keys()].map((name, i) => [name, bufferOf(backend, this.held[i]!)]),
    );
    flush(backend);
    const get = (name: string) => buffers.get(name)!;

    this.capacity = Math.max(rows, Math.min(rows * length, linesAtOnce));
    const numbers = (count: number, flags = 0) => this.allocate(4 * count, usage.storage | flags);
    this.lines = numbers(4 * this.capacity, usage.copyTarget);
    this.chosen = numbers(this.capacity, usage.copyTarget);
    this.random = numbers(rows * columns, usage.copyTarget);
    this.drawn = numbers(4 * rows * columns, usage.copySource);
    this.staging = this.allocate(16 * rows * columns, usage.mapRead | usage.copyTarget);
    const { lines, chosen, drawn, random } = this;
    const stream = numbers(this.capacity * width);
    const queries = numbers(this.capacity * width);
    const mixed = numbers(this.capacity * width);
    const hidden = numbers(this.capacity * 4 * width);
    const logits = numbers(rows * (vocabularySize + (valueHead ? 1 : 0)));
    const embeddings = { words: get("embedding.tokens"), positions: get("embedding.positions") };
    const norm = (name: string) => ({ scale: get(`${name}.scale`), shift: get(`${name}.shift`) });

    const programs = samplingPrograms(config, length);
    this.embed = this.stage(programs.embed, { lines, ...embeddings, stream });
    this.layers = Array.from({ length: layers }, (_, i) => {
      const cache = numbers(rows * length * 2 * width);
      const affine = (name: string) => ({
        weight: get(`layer${i}.${name}.weight`),
        bias: get(`layer${i}.${name}.bias`),
      });
      const ofLayer = (name: string) => norm(`layer${i}.${name}`);
      return [
        this.stage(programs.qkv, {
          ...{ x: stream, ...affine("attention.qkv"), ...ofLayer("attention.norm") },
          ...{ lines, queries, cache },
        }),
        this.stage(programs.attention, { queries, cache, lines, mixed }),
        this.stage(programs.output, { x: mixed, ...affine("attention.output"), stream }),
        this.stage(programs.up, { x: stream, ...affine("mlp.up"), ...ofLayer("mlp.norm"), hidden }),
        this.stage(programs.down, { x: hidden, ...affine("mlp.down"), stream }),
      ];
    }).flat();
    this.head = this.stage(programs.head, {
      ...{ x: stream, weight: get("head.weight"), ...norm("norm"), chosen, lines, logits },
      ...(valueHead ? { valueWeight: get("value.weight") } : {}),
    });
    this.drawing = this.stage(programs.draw, {
      ...{ logits, uniforms: random, ...embeddings, lines, drawn, stream },
      ...(valueHead ? { valueBias: get("value.bias") } : {}),
    });
  }

  extend(pieces: readonly Piece[]): void {
    const lines: number[][] = [];
    const last: number[] = [];
    const run = () => {
      if (lines.length === 0) return;
      this.device.queue.writeBuffer(this.lines, 0, Int32Array.from(lines.flat()).buffer);
      this.device.queue.writeBuffer(this.chosen, 0, Int32Array.from(last).buffer);
      const head = last.length === 0 ? [] : [this.head];
      this.setUniforms(lines.length, last.length);
      this.submit([this.embed, ...this.layers, ...head], 1, lines.length, last.length);
      lines.length = 0;
      last.length = 0;
    };
    for (const { row, position, tokens } of pieces) {
      for (const [i, token] of tokens.entries()) {
        if (i === tokens.length - 1) last.push(lines.length);
        lines.push([row, position + i, token, 0]);
        if (lines.length === this.capacity) run();
      }
    }
    run();
  }

  async draw(
    rows: readonly { row: number; position: number }[],
    count: number,
    temperature: number,
    uniforms?: Float32Array,
  ): Promise<DeviceDraws> {
    const { queue } = this.device;
    // Each draw moves its line on, so they begin one before.
    const lines = rows.flatMap(({ row, position }) => [row, position - 1, 0, -1]);
    queue.writeBuffer(this.lines, 0, Int32Array.from(lines).buffer);
    queue.writeBuffer(this.chosen, 0, Int32Array.from(rows.keys()).buffer);
    if (uniforms !== undefined) queue.writeBuffer(this.random, 0, Float32Array.from(uniforms).buffer);
    this.setUniforms(rows.length, rows.length, {
      count,
      temperature,
      greedy: uniforms === undefined ? 1 : 0,
    });
    const bytes = 16 * rows.length * count;
    this.submit([this.drawing, ...this.layers, this.head], count, rows.length, rows.length, bytes);

    await keepingAlive(async () => await this.staging.mapAsync(mapForReading));
    const quadruples = new Float32Array(this.staging.getMappedRange().slice(0, bytes));
    this.staging.unmap();
    const part = (offset: number) =>
      Float32Array.from({ length: rows.length * count }, (_, i) => quadruples[4 * i + offset]!);
    return {
      tokens: Int32Array.from(part(0)),
      logProbs: part(1),
      entropies: part(2),
      ...(this.config.valueHead ? { values: part(3) } : {}),
    };
  }

  dispose(): void {
    for (const buffer of this.owned) buffer.destroy();
    tf.dispose(this.held);
  }

  private allocate(size: number, flags: number): GpuBuffer {
    const buffer = this.device.createBuffer({ size, usage: flags });
    this.owned.push(buffer);
    return buffer;
  }

  private stage(program: Program, buffers: Readonly<Record<string, GpuBuffer>>): Stage {
    let uniforms = this.uniforms.get(program.name);
    if (uniforms === undefined) {
      const size = 4 * (Object.keys(program.uniforms).length + 1);
      uniforms = this.allocate(size, usage.uniform | usage.copyTarget);
      this.uniforms.set(program.name, uniforms);
    }
    const { pipeline, layout } = pipelineOf(this.device, program);
    const names = [...Object.keys(program.inputs), ...Object.keys(program.outputs)];
    const group = bind(this.device, layout, [...names.map((name) => buffers[name]!), uniforms]);
    return { program, pipeline, group };
  }

  /** How many workgroups a stage takes. */
  private groups({ program }: Stage, lines: number, chosen: number): number {
    const { width, heads, vocabularySize, valueHead } = this.config;
    const { embed, head, drawing, layers } = this;
    if (program === embed.program) return Math.ceil((lines * width) / embedThreads);
    if (program === head.program) return linearGroups(chosen, vocabularySize + (valueHead ? 1 : 0));
    if (program === drawing.program) return lines;
    const [qkv, attention, , up] = layers;
    if (program === attention!.program) return lines * heads;
    if (program === qkv!.program) return linearGroups(lines, 3 * width);
    return linearGroups(lines, program === up!.program ? 4 * width : width);
  }

  private setUniforms(
    lines: number,
    chosen: number,
    drawing: { count: number; temperature: number; greedy: number } | undefined = undefined,
  ): void {
    const stages = [this.embed, ...this.layers.slice(0, 5), this.head, ...(drawing ? [this.drawing] : [])];
    for (const stage of stages) {
      const { program } = stage;
      const values = {
        ...{ lines: stage === this.head ? chosen : lines, size: lines * this.config.width },
        ...drawing,
      };
      const data = uniformData(program, values, this.groups(stage, lines, chosen));
      this.device.queue.writeBuffer(this.uniforms.get(program.name)!, 0, data);
    }
  }

  /** Records the stages `times` over and hands them to the GPU; the last bytes drawn are copied to be read. */
  private submit(stages: readonly Stage[], times: number, lines: number, chosen: number, bytes = 0): void {
    const encoder = this.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    const grids = stages.map((stage) => grid(this.groups(stage, lines, chosen)));
    for (let time = 0; time < times; time++) {
      for (const [i, { pipeline, group }] of stages.entries()) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(...grids[i]!);
      }
    }
    pass.end();
    if (bytes > 0) encoder.copyBufferToBuffer(this.drawn, 0, this.staging, 0, bytes);
    this.device.queue.submit([encoder.finish()]);
  }
}
