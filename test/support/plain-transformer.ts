/** The network once more, with loops over float64 numbers: what every other form of it is compared with. */
import type { TransformerConfig } from "../../src/policy/index.js";

/** Parameters by name, row by row. */
export type Numbers = ReadonlyMap<string, ArrayLike<number>>;
type Vector = number[];

/** y = x·W + b; W is [inputs, outputs], row by row. */
function linear(x: Vector, weight: ArrayLike<number>, bias?: ArrayLike<number>): Vector {
  const outputs = weight.length / x.length;
  return Array.from({ length: outputs }, (_, j) => {
    let sum = bias?.[j] ?? 0;
    for (const [i, value] of x.entries()) sum += value * weight[i * outputs + j]!;
    return sum;
  });
}

function norm(x: Vector, scale: ArrayLike<number>, shift: ArrayLike<number>): Vector {
  const mean = x.reduce((a, b) => a + b) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map((value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * scale[i]! + shift[i]!);
}

export function softmax(x: Vector): Vector {
  const top = Math.max(...x);
  const weights = x.map((value) => Math.exp(value - top));
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}

/** Logits and value at every position of one row. */
export function plainForward(numbers: Numbers, config: TransformerConfig, tokens: readonly number[]) {
  const { width, heads, layers } = config;
  const size = width / heads;
  const get = (name: string) => numbers.get(name)!;
  const rowOf = (name: string, row: number) =>
    Array.from({ length: width }, (_, i) => get(name)[row * width + i]!);
  let stream = tokens.map((token, t) => {
    const position = rowOf("embedding.positions", t);
    return rowOf("embedding.tokens", token).map((value, i) => value + position[i]!);
  });
  for (let layer = 0; layer < layers; layer++) {
    const of = (name: string) => get(`layer${layer}.${name}`);
    const affine = (x: Vector, name: string) => linear(x, of(`${name}.weight`), of(`${name}.bias`));
    const normed = (x: Vector, name: string) => norm(x, of(`${name}.scale`), of(`${name}.shift`));
    const qkv = stream.map((x) => affine(normed(x, "attention.norm"), "attention.qkv"));
    stream = stream.map((x, t) => {
      const mixed: Vector = [];
      for (let head = 0; head < heads; head++) {
        const part = (of: number, which: number) =>
          qkv[of]!.slice(which * width + head * size, which * width + (head + 1) * size);
        const query = part(t, 0);
        const seen = Array.from({ length: t + 1 }, (_, past) => past);
        const weights = softmax(
          seen.map(
            (past) => part(past, 1).reduce((sum, key, i) => sum + key * query[i]!, 0) / Math.sqrt(size),
          ),
        );
        for (let i = 0; i < size; i++) {
          mixed.push(seen.reduce((sum, past) => sum + weights[past]! * part(past, 2)[i]!, 0));
        }
      }
      const attended = affine(mixed, "attention.output").map((value, i) => x[i]! + value);
      const up = affine(normed(attended, "mlp.norm"), "mlp.up").map((h) => h / (1 + Math.exp(-1.702 * h)));
      return affine(up, "mlp.down").map((value, i) => attended[i]! + value);
    });
  }
  const final = stream.map((x) => norm(x, get("norm.scale"), get("norm.shift")));
  return {
    logits: final.map((x) => linear(x, get("head.weight"))),
    values: config.valueHead
      ? final.map((x) => linear(x, get("value.weight"), get("value.bias"))[0]!)
      : undefined,
  };
}
