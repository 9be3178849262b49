/** x · σ(1.702 x) of x + bias, the sigmoid form of GELU (Hendrycks & Gimpel 2016, section 2). */
import type { Tensor } from "@tensorflow/tfjs-core";
import { run, type Program } from "./program.js";
import { columnsAtOnce, columnStart, columnThreads, columnTotal } from "./reductions.js";

/** `sigmoid(x)`; the exponent is held back from overflowing, which WGSL leaves undefined. */
export const sigmoid = /* wgsl */ `
fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp(-max(x, -80.0))); }`;

const threads = 256;

const geluProgram = {
  name: "gelu",
  inputs: { x: "f32", bias: "f32" },
  outputs: { result: "f32" },
  uniforms: { size: "u32", width: "u32" },
  threads,
  declarations: sigmoid,
  main: /* wgsl */ `
  let i = group * ${threads}u + lane;
  if (i >= u.size) { return; }
  let value = x[i] + bias[i % u.width];
  result[i] = value * sigmoid(1.702 * value);`,
} as const satisfies Program;

/** @param x [R, D] @param bias [D] */
export function gelu(x: Tensor, bias: Tensor): Tensor {
  const { size, shape } = x;
  const uniforms = { size, width: bias.size };
  return run(geluProgram, { x, bias }, { result: shape }, uniforms, Math.ceil(size / threads)).result;
}

const geluGradientProgram = {
  name: "gelu gradient",
  inputs: { gradient: "f32", x: "f32", bias: "f32" },
  outputs: { input: "f32", sum: "f32" },
  uniforms: { lines: "u32", width: "u32" },
  threads: columnThreads,
  declarations: sigmoid + columnTotal,
  main: /* wgsl */ `
  ${columnStart}
  var total = 0.0;
  if (column < u.width) {
    for (var line = first; line < u.lines; line += lanes) {
      let index = line * u.width + column;
      let value = x[index] + bias[column];
      let gate = sigmoid(1.702 * value);
      let slope = gradient[index] * gate * (1.0 + 1.702 * value * (1.0 - gate));
      input[index] = slope;
      total += slope;
    }
  }
  total = columnTotal(lane, total);
  if (first == 0u && column < u.width) { sum[column] = total; }`,
} as const satisfies Program;

/** Gradients with respect to x, [R, D], and the bias, [D], of {@link gelu}. */
export function geluGradients(gradient: Tensor, x: Tensor, bias: Tensor): { input: Tensor; bias: Tensor } {
  const [lines, width] = x.shape as [number, number];
  const { input, sum } = run(
    geluGradientProgram,
    { gradient, x, bias },
    { input: [lines, width], sum: [width] },
    { lines, width },
    Math.ceil(width / columnsAtOnce),
  );
  return { input, bias: sum };
}
