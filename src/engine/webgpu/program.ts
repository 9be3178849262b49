/** Compute programs in WGSL and how they run on tensors. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import {
  bufferOf,
  computeStage,
  usage,
  webGpuBackend,
  type Backend,
  type Device,
  type GpuBuffer,
  type Pipeline,
} from "./device.js";

type BufferType = "f32" | "i32" | "vec4<f32>" | "vec4<i32>";

export interface Program<
  Input extends string = string,
  Output extends string = string,
  Uniform extends string = string,
> {
  /** Programs of one name are the same program: constants in the source belong into the name. */
  readonly name: string;
  /** Storage buffers that are read, and those that are written; together at most eight. */
  readonly inputs: Readonly<Record<Input, BufferType>>;
  readonly outputs: Readonly<Record<Output, BufferType>>;
  /** Numbers, in the source `u.name`. */
  readonly uniforms: Readonly<Record<Uniform, "u32" | "f32">>;
  /** Threads of a workgroup. */
  readonly threads: number;
  /** Constants, workgroup variables and functions. */
  readonly declarations?: string;
  /** What a thread does: it is `lane` of the workgroup `group`. */
  readonly main: string;
}

/** The most workgroups WebGPU promises in one dimension. */
const groupsInLine = 65535;

/** The program in WGSL. Workgroups are counted in one dimension, however they are dispatched. */
export function source({ inputs, outputs, uniforms, threads, declarations = "", main }: Program): string {
  const buffers = [
    ...Object.entries(inputs).map(([name, type]) => `<storage, read> ${name}: array<${type}>`),
    ...Object.entries(outputs).map(([name, type]) => `<storage, read_write> ${name}: array<${type}>`),
    "<uniform> u: Uniforms",
  ];
  const fields = Object.entries({ groups: "u32", ...uniforms }).map(([name, type]) => `${name}: ${type},`);
  return `
struct Uniforms { ${fields.join(" ")} }
${buffers.map((buffer, i) => `@group(0) @binding(${i}) var${buffer};`).join("\n")}
${declarations}
@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = workgroup.y * workgroups.x + workgroup.x;
  if (group >= u.groups) { return; }
  ${main}
}`;
}

const pipelines = new WeakMap<Device, Map<string, Pipeline>>();

/** The compiled program, kept with the device. */
export function pipelineOf(device: Device, program: Program): Pipeline {
  let known = pipelines.get(device);
  if (known === undefined) pipelines.set(device, (known = new Map<string, Pipeline>()));
  let compiled = known.get(program.name);
  if (compiled === undefined) known.set(program.name, (compiled = compile(device, program)));
  return compiled;
}

function compile(device: Device, program: Program): Pipeline {
  const types = [
    ...Object.keys(program.inputs).map(() => "read-only-storage"),
    ...Object.keys(program.outputs).map(() => "storage"),
    "uniform",
  ];
  const layout = device.createBindGroupLayout({
    entries: types.map((type, binding) => ({ binding, visibility: computeStage, buffer: { type } })),
  });
  const pipeline = device.createComputePipeline({
    label: program.name,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: {
      module: device.createShaderModule({ code: source(program), label: program.name }),
      entryPoint: "main",
    },
  });
  return { pipeline, layout };
}

/** Buffers in the program's order, its uniforms last. */
export function bind(device: Device, layout: object, buffers: readonly GpuBuffer[]): object {
  return device.createBindGroup({
    layout,
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
}

/** A program's uniforms as they lie in memory; numbers of four bytes each. */
export function uniformData(
  { uniforms }: Program,
  values: Readonly<Record<string, number>>,
  groups: number,
): ArrayBuffer {
  const names = Object.keys(uniforms);
  const data = new DataView(new ArrayBuffer(4 * (names.length + 1)));
  data.setUint32(0, groups, true);
  for (const [i, name] of names.entries()) {
    if (uniforms[name] === "f32") data.setFloat32(4 * (i + 1), values[name]!, true);
    else data.setUint32(4 * (i + 1), values[name]!, true);
  }
  return data.buffer;
}

/** That many workgroups as a grid. */
export function grid(groups: number): [number, number] {
  const x = Math.min(groups, groupsInLine);
  return [x, Math.ceil(groups / x)];
}

/**
 * Records a program after what tfjs has recorded so far.
 * @param outputs by name: the shape of a new tensor, or a tensor to be written in place
 * @param groups workgroups
 * @returns the outputs, which tfjs's scopes dispose as any tensor
 */
export function run<Input extends string, Output extends string, Uniform extends string>(
  program: Program<Input, Output, Uniform>,
  inputs: Readonly<Record<Input, TensorInfo>>,
  outputs: Readonly<Record<Output, readonly number[] | Tensor>>,
  uniforms: Readonly<Record<Uniform, number>>,
  groups: number,
): Record<Output, Tensor> {
  const backend = webGpuBackend();
  const names = Object.keys(program.outputs) as Output[];
  const written = names.map((name): Tensor => {
    const output = outputs[name];
    if (output instanceof tf.Tensor) return output;
    const dtype = program.outputs[name].includes("i32") ? "int32" : "float32";
    const info = backend.makeTensorInfo([...(output as readonly number[])], dtype);
    return tf.engine().makeTensorFromTensorInfo(info);
  });
  const read = (Object.keys(program.inputs) as Input[]).map((name) => inputs[name]);
  record(backend, program, [...read, ...written], uniformData(program, uniforms, groups), groups);
  return Object.fromEntries(names.map((name, i) => [name, written[i]!])) as Record<Output, Tensor>;
}

function record(
  backend: Backend,
  program: Program,
  tensors: readonly TensorInfo[],
  uniforms: ArrayBuffer,
  groups: number,
): void {
  const { device, bufferManager } = backend;
  const { pipeline, layout } = pipelineOf(device, program);
  // Uploading may end the pass, so all of it comes before one is used.
  const buffers = tensors.map((tensor) => bufferOf(backend, tensor));
  const numbers = bufferManager.acquireBuffer(uniforms.byteLength, usage.copyTarget | usage.uniform);
  device.queue.writeBuffer(numbers, 0, uniforms);
  // Nothing that the recorded commands use may be given to others before they are submitted.
  backend.uniformPendingDisposal.push(numbers);
  for (const { dataId } of tensors) backend.commandQueueOwnedIds.add(dataId);

  backend.ensureCommandEncoderReady();
  backend.computePassEncoder ??= backend.commandEncoder!.beginComputePass();
  const pass = backend.computePassEncoder;
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bind(device, layout, [...buffers, numbers]));
  pass.dispatchWorkgroups(...grid(groups));
  backend.dispatchCountInPass++;
  if (backend.dispatchCountInPass >= tf.env().getNumber("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE")) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
}
