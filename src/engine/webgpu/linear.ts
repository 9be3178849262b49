/**
 * y = x · W + b for few lines, with the norm before it and what follows in one program: what a token costs while
 * sampling. A workgroup takes four lines and 64 columns, so that every weight is read once for four lines.
 * Each line is computed the same way whichever lines are beside it.
 */
import type { Program } from "./program.js";

export const linesOfGroup = 4;
export const columnsOfGroup = 64;
/** Inputs of the four lines held at a time. */
const chunk = 256;
/** Threads that share a line while it is normalised. */
const sharing = columnsOfGroup / linesOfGroup;

type Buffers = Program["inputs"];

interface Linear<Input extends Buffers, Output extends Buffers> {
  name: string;
  from: number;
  to: number;
  /** Layer norm of x first; its parameters are then among the inputs. */
  norm: boolean;
  /** Further buffers. */
  inputs: Input;
  outputs: Output;
  constants?: string;
  /** The line of x for a line of y, `n`; `n` itself by default. */
  line?: string;
  /** The weight of input `k` for `column`; W's by default. */
  weight?: string;
  /** In WGSL, where `fanIn` and `fanOut` are the sizes: stores `value`, which is (x · W) of line `n` at `column`. */
  store: string;
}

/** Workgroups for that many lines. */
export function linearGroups(lines: number, to: number): number {
  return Math.ceil(lines / linesOfGroup) * Math.ceil(to / columnsOfGroup);
}

/** A program with the uniform `lines` and the buffers x, weight, [scale, shift,] and the further ones. */
export function linear<Input extends Buffers, Output extends Buffers>({
  name,
  from,
  to,
  norm,
  inputs,
  outputs,
  constants = "",
  line = "n",
  weight = "weight[k * fanOut + column]",
  store,
}: Linear<Input, Output>) {
  const { declare, prepare, apply } = norm
    ? normalizing
    : { declare: "", prepare: "", apply: (x: string) => x };
  return {
    name: `${name} ${from} → ${to}`,
    inputs: {
      ...{ x: "f32" as const, weight: "f32" as const },
      ...(norm ? { scale: "f32" as const, shift: "f32" as const } : {}),
      ...inputs,
    },
    outputs,
    uniforms: { lines: "u32" as const },
    threads: columnsOfGroup,
    declarations: /* wgsl */ `
const fanIn = ${from}u;
const fanOut = ${to}u;
${constants}
var<workgroup> held: array<vec4<f32>, ${Math.min(chunk, from)}>;
${declare}
fn input(n_of_all: u32) -> u32 {
  // Beyond the last line the last is computed again, and not stored.
  let n = min(n_of_all, u.lines - 1u);
  return u32(${line}) * fanIn;
}`,
    main: /* wgsl */ `
  let tiles = (fanOut + ${columnsOfGroup - 1}u) / ${columnsOfGroup}u;
  let base = group / tiles * ${linesOfGroup}u;
  let column = group % tiles * ${columnsOfGroup}u + lane;
  ${prepare}
  var sums = vec4<f32>(0.0);
  for (var start = 0u; start < fanIn; start += ${chunk}u) {
    let end = min(fanIn, start + ${chunk}u);
    for (var k = start + lane; k < end; k += ${columnsOfGroup}u) {
      let values = vec4<f32>(
        x[input(base) + k], x[input(base + 1u) + k], x[input(base + 2u) + k], x[input(base + 3u) + k]);
      held[k - start] = ${apply("values")};
    }
    workgroupBarrier();
    if (column < fanOut) {
      for (var k = start; k < end; k++) { sums += held[k - start] * ${weight}; }
    }
    workgroupBarrier();
  }
  if (column < fanOut) {
    for (var i = 0u; i < ${linesOfGroup}u; i++) {
      let n = base + i;
      if (n < u.lines) {
        let value = sums[i];
        ${store}
      }
    }
  }`,
  };
}

/** Mean and 1 / √(variance + 10⁻⁵) of the four lines, sixteen threads for each. */
const normalizing = {
  declare: /* wgsl */ `
var<workgroup> partial: array<f32, ${columnsOfGroup}>;
fn sumOfLine(lane: u32, value: f32) -> vec4<f32> {
  partial[lane] = value;
  workgroupBarrier();
  var sums = vec4<f32>(0.0);
  for (var i = 0u; i < ${sharing}u; i++) {
    sums += vec4<f32>(partial[i], partial[${sharing}u + i], partial[${2 * sharing}u + i], partial[${3 * sharing}u + i]);
  }
  workgroupBarrier();
  return sums;
}`,
  prepare: /* wgsl */ `
  let own = lane / ${sharing}u;
  let ownInput = input(base + own);
  var sum = 0.0;
  for (var k = lane % ${sharing}u; k < fanIn; k += ${sharing}u) { sum += x[ownInput + k]; }
  let mean = sumOfLine(lane, sum) / f32(fanIn);
  var squares = 0.0;
  for (var k = lane % ${sharing}u; k < fanIn; k += ${sharing}u) {
    let centred = x[ownInput + k] - mean[own];
    squares += centred * centred;
  }
  let factor = inverseSqrt(sumOfLine(lane, squares) / f32(fanIn) + vec4<f32>(1e-5));`,
  apply: (x: string) => `(${x} - mean) * factor * scale[k] + vec4<f32>(shift[k])`,
};
