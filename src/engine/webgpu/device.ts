/**
 * The little of WebGPU, and of tfjs's WebGPU backend, that our kernels use.
 *
 * tfjs runs a program with one output (`runWebGPUProgram`). Fused kernels have several, and some write in place,
 * so they are recorded here, into the same command encoder and with the same bookkeeping, between tfjs's own.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";

export interface GpuBuffer {
  readonly size: number;
  mapAsync(mode: number): Promise<void>;
  getMappedRange(): ArrayBuffer;
  unmap(): void;
  destroy(): void;
}

export interface Pipeline {
  readonly pipeline: object;
  /** Of the bind group: the buffers in the order of the program, its uniforms last. */
  readonly layout: object;
}

export interface ComputePass {
  setPipeline(pipeline: object): void;
  setBindGroup(index: number, group: object): void;
  dispatchWorkgroups(x: number, y: number): void;
  end(): void;
}

export interface CommandEncoder {
  beginComputePass(): ComputePass;
  copyBufferToBuffer(from: GpuBuffer, fromByte: number, to: GpuBuffer, toByte: number, bytes: number): void;
  finish(): object;
}

export interface Queue {
  submit(commands: readonly object[]): void;
  writeBuffer(buffer: GpuBuffer, byte: number, data: ArrayBuffer): void;
}

export interface Device {
  readonly queue: Queue;
  readonly limits: { readonly maxStorageBufferBindingSize: number };
  createBuffer(descriptor: { size: number; usage: number }): GpuBuffer;
  createShaderModule(descriptor: { code: string; label: string }): object;
  createBindGroupLayout(descriptor: { entries: object[] }): object;
  createPipelineLayout(descriptor: { bindGroupLayouts: object[] }): object;
  createComputePipeline(descriptor: {
    label: string;
    layout: object;
    compute: { module: object; entryPoint: string };
  }): object;
  createBindGroup(descriptor: { layout: object; entries: object[] }): object;
  createCommandEncoder(): CommandEncoder;
}

/** What of tfjs's `WebGPUBackend` (4.22) is used; it does not export all of it. */
export interface Backend {
  readonly device: Device;
  commandEncoder: CommandEncoder | null;
  computePassEncoder: ComputePass | null;
  dispatchCountInPass: number;
  commandQueueOwnedIds: WeakSet<object>;
  uniformPendingDisposal: GpuBuffer[];
  readonly bufferManager: { acquireBuffer(size: number, usage: number): GpuBuffer };
  readonly tensorMap: { get(dataId: object): { resource: GpuBuffer } };
  makeTensorInfo(shape: number[], dtype: tf.DataType): TensorInfo;
  uploadToGPU(dataId: object): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** The WebGPU specification's bits of `GPUBufferUsage`, `GPUShaderStage` and `GPUMapMode`. */
export const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;
export const computeStage = 4;
export const mapForReading = 1;

/** tfjs's backend, while it is WebGPU. */
export function webGpuBackend(): Backend {
  return tf.backend() as unknown as Backend;
}

/** The buffer of a tensor's values, uploaded when they are still on the CPU. */
export function bufferOf(backend: Backend, { dataId }: TensorInfo): GpuBuffer {
  backend.uploadToGPU(dataId);
  return backend.tensorMap.get(dataId).resource;
}

/** Hands all that tfjs has recorded to the GPU, so that what is submitted next comes after it. */
export function flush(backend: Backend): void {
  backend.endComputePassEncoder();
  if (backend.commandEncoder !== null) backend.submitQueue();
}
