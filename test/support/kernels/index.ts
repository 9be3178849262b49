/** Every kernel's cases, by kernel. */
import { arrangement } from "./arrangement.js";
import type { Case } from "./case.js";
import { elementwise } from "./elementwise.js";
import { images } from "./images.js";
import { productCases } from "./products.js";
import { reductionCases } from "./reductions.js";

const cases = [...elementwise, ...reductionCases, ...arrangement, ...productCases, ...images];

export const casesOf: ReadonlyMap<string, readonly Case[]> = cases.reduce(
  (byKernel, one) => byKernel.set(one.kernel, [...(byKernel.get(one.kernel) ?? []), one]),
  new Map<string, Case[]>(),
);
