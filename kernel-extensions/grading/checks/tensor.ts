/** Tensors, known by what they can do: tfjs is slow to load, and most checks need none. */
import type { Tensor } from "@tensorflow/tfjs-core";

export function isTensor(value: unknown): value is Tensor {
  if (typeof value !== "object" || value === null) return false;
  const { array, shape, dtype } = value as Partial<Tensor>;
  return typeof array === "function" && Array.isArray(shape) && typeof dtype === "string";
}

/** Its values as nested lists. */
export async function readTensor(tensor: Tensor): Promise<unknown> {
  return await tensor.array();
}
