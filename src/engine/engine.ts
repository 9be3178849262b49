/** Which tensors run where: picks tfjs's backend, says why, and keeps to it. */
import * as tf from "@tensorflow/tfjs-core";
import { nearest } from "../nearest.js";
import { startCpu } from "./cpu.js";
import { cudaInstalled, startCuda } from "./cuda.js";
import { startNative, startPortable } from "./native/native.js";
import { defaultWork, probe, type Work } from "./probe.js";
import { loadTensorFlow } from "./tensorflow.js";
import { mayHaveGpu, webGpuAdapter } from "./webgpu/dawn.js";
import { startWebGpu } from "./webgpu/webgpu.js";

/** Fastest first, as a rule; what is really taken is measured where there is a choice. */
export const engineNames = ["cuda", "webgpu", "native", "wasm", "cpu"] as const;
export type EngineName = (typeof engineNames)[number];

export interface Engine {
  readonly name: EngineName;
  /** What computes, e.g. "1 CPU thread with SIMD" or the GPU's name. */
  readonly device: string;
  /** Why this one. */
  readonly reason: string;
}

let current: Engine | undefined;

/** The engine in use; undefined before the first {@link useEngine}. */
export function currentEngine(): Engine | undefined {
  return current;
}

/**
 * Starts an engine and makes it tfjs's backend.
 *
 * Without a name: the environment variable `ARL_ENGINE` when it is set; else the engine in use; else the
 * fastest. A choice is only measured where a GPU answers, by a training step of the size of the work at
 * hand: small models are often faster on the CPU. The result is kept for the process.
 *
 * @throws RangeError for an unknown name, Error when a named engine cannot be started, with the way out.
 */
export async function useEngine(name?: EngineName, work: Work = defaultWork): Promise<Engine> {
  loadTensorFlow();
  if (name === undefined && process.env["ARL_ENGINE"]) {
    return await force(checkedName(process.env["ARL_ENGINE"], "ARL_ENGINE"), "asked for by ARL_ENGINE");
  }
  if (name !== undefined) return await force(checkedName(name, "engine"), "asked for");
  if (current !== undefined) return current;
  return (current = await choose(work));
}

function checkedName(name: string, source: string): EngineName {
  const known = engineNames.find((engine) => engine === name);
  if (known !== undefined) return known;
  const close = nearest(name, engineNames);
  throw new RangeError(
    `${source}: unknown engine "${name}"` +
      (close === undefined ? "" : `; did you mean "${close}"?`) +
      ` (engines: ${engineNames.join(", ")})`,
  );
}

async function force(name: EngineName, reason: string): Promise<Engine> {
  if (current?.name === name && tf.getBackend() === backendNames[name]) return current;
  try {
    return (current = { name, device: await starters[name](), reason });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`The engine "${name}" cannot start: ${message} (${hints[name]})`, { cause: error });
  }
}

const backendNames: Record<EngineName, string> = {
  cuda: "tensorflow",
  webgpu: "webgpu",
  // Tensors lie in the WASM backend's memory; the addon computes there.
  native: "wasm",
  wasm: "wasm",
  cpu: "cpu",
};

/** Each starts its engine and returns the device's name. */
const starters: Record<EngineName, () => Promise<string>> = {
  async cuda() {
    const { gpu } = await startCuda();
    return gpu ? "NVIDIA GPU (CUDA)" : "CPU through TensorFlow (no GPU found)";
  },
  async webgpu() {
    const adapter = await webGpuAdapter();
    if (adapter === undefined) throw new Error("no WebGPU adapter answers");
    await startWebGpu();
    return adapter.hardware ? adapter.device : `${adapter.device} (software, for tests)`;
  },
  native: startNative,
  wasm: startPortable,
  async cpu() {
    await startCpu();
    return "1 CPU thread, plain JavaScript";
  },
};

const hints: Record<EngineName, string> = {
  cuda: "install @tensorflow/tfjs-node-gpu 4.22.0 beside agentic-rl-lab, with CUDA 11.2; or use another engine",
  webgpu:
    "install the npm package webgpu 0.6.2 and a Vulkan, Metal or Direct3D 12 driver; or use another engine",
  native: "the engine wasm needs no addon",
  wasm: "reinstall with npm ci; ARL_ENGINE=cpu works without",
  cpu: "reinstall with npm ci",
};

async function choose(work: Work): Promise<Engine> {
  const gpus: EngineName[] = [];
  const left: string[] = [];
  if (cudaInstalled()) gpus.push("cuda");
  if (!mayHaveGpu()) left.push("this machine has no GPU");
  else
    try {
      const adapter = await webGpuAdapter();
      if (adapter?.hardware === true) gpus.push("webgpu");
      else left.push(adapter === undefined ? "no GPU answers WebGPU" : `WebGPU has only ${adapter.device}`);
    } catch {
      left.push("WebGPU is not installed");
    }

  const times: { name: EngineName; device: string; milliseconds: number }[] = [];
  const attempt = async (name: EngineName): Promise<boolean> => {
    try {
      const device = await starters[name]();
      times.push({ name, device, milliseconds: gpus.length > 0 ? await probe(work) : 0 });
      return true;
    } catch (error) {
      left.push(`${name} does not start: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  };
  for (const name of gpus) await attempt(name);
  // Of the engines on the CPU the first that starts is the fastest.
  for (const name of ["native", "wasm", "cpu"] as const) if (await attempt(name)) break;

  if (times.length === 0) throw new Error(`No engine can be started: ${left.join("; ")}`);
  times.sort((a, b) => a.milliseconds - b.milliseconds);
  const { name, device } = times[0]!;
  await starters[name]();
  if (gpus.length === 0) return { name, device, reason: left.join("; ") };
  const measured = times.map((time) => `${time.name} ${time.milliseconds.toFixed(0)} ms`).join(", ");
  return { name, device, reason: [`fastest of a trial step: ${measured}`, ...left].join("; ") };
}
