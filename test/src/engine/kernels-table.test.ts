/** The page of kernels by engine is what the registries say; run with --update, this writes it. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { cpuKernels, mendedKernels, ownKernels } from "../../../src/engine/wasm/kernels.js";
import { casesOf } from "../../support/kernels/index.js";
import { kernelsPage, page, readRegistries, type Tables } from "../../support/kernels/table.js";

let tables: Tables;
beforeAll(async () => {
  tables = await readRegistries();
});

it("is up to date", async () => {
  await expect(await kernelsPage(tables)).toMatchFileSnapshot(page);
});

it("calls ours exactly the kernels that are not tfjs's, each one way", () => {
  const ways = [Object.keys(ownKernels), Object.keys(mendedKernels), cpuKernels].flat();
  const replaced = [...tables.wasm].flatMap(([name, kernel]) =>
    kernel === tables.stock.get(name) ? [] : [name],
  );
  expect(replaced.sort()).toEqual(ways.sort());
});

it("leaves no kernel of the WASM engine untried against cpu", () => {
  const untried = [...tables.wasm.keys()].filter((name) => tables.cpu.has(name) && !casesOf.has(name));
  expect(untried).toEqual([]);
  // cpu has no kernel for the one that remains.
  expect([...tables.wasm.keys()].filter((name) => !tables.cpu.has(name))).toEqual(["LogicalXor"]);
  const [a, b] = [tf.tensor1d([0, 0, 1, 1], "bool"), tf.tensor1d([0, 1, 0, 1], "bool")];
  const xor = tf.logicalXor(a, b);
  expect([...xor.dataSync()]).toEqual([0, 1, 1, 0]);
  tf.dispose([a, b, xor]);
});
