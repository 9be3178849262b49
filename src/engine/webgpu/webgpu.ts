/**
 * tfjs's WebGPU backend with our fused kernels: the engine of machines with a GPU.
 *
 * The kernels need no more than what WebGPU promises everywhere (no subgroups, no half precision, eight buffers,
 * 16 KiB a workgroup). They are tested in software (SwiftShader), where their speed says nothing. Counted there,
 * for two layers: a gradient and a step of Adam take 67 programs instead of tfjs's 404, a sampled token 12
 * instead of 102 and an eighth of a read instead of one. `npm run bench -- train --device cuda` measures them on
 * an NVIDIA GPU beside PyTorch; on another, `npm run bench -- train --only torch-1,torch-2,webgpu`.
 */
import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs-core";
import { countAxes } from "../axes.js";
import { registerFused } from "../fused.js";
import { adam } from "./adam.js";
import { keepingAlive, provideWebGpu } from "./dawn.js";
import { deviceNetwork } from "./sampling.js";
import { score } from "./score.js";

const require = createRequire(import.meta.url);

/** Makes "webgpu" tfjs's backend. */
export async function startWebGpu(): Promise<void> {
  await provideWebGpu();
  // Loaded after Dawn is in place: the package registers its backend only where it finds `navigator.gpu`.
  require("@tensorflow/tfjs-backend-webgpu");
  // The CPU backend serves the small kernels WebGPU forwards to it.
  require("@tensorflow/tfjs-backend-cpu");
  if (!(await keepingAlive(async () => await tf.setBackend("webgpu")))) {
    throw new Error("tfjs could not start its WebGPU backend");
  }
  countAxes("webgpu");
  registerFused("webgpu", { name: "WebGPU", score, deviceNetwork, adam });
}
