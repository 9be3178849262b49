/** Which engine has which tensor kernel, as the registries of this process say: the page src/engine/kernels.md. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import prettier from "prettier";
import { useEngine } from "../../../src/engine/index.js";
import { cpuKernels, mendedKernels, ownKernels } from "../../../src/engine/wasm/kernels.js";

const require = createRequire(import.meta.url);
export const page = path.resolve("src/engine/kernels.md");

type Registry = ReadonlyMap<string, unknown>;

const kernelsOf = (backend: string): Registry =>
  new Map(tf.getKernelsForBackend(backend).map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc]));

const gradientsOf = (kernels: Iterable<string>): Registry =>
  new Map(
    [...kernels].flatMap((name) =>
      tf.getGradient(name) === undefined ? [] : [[name, tf.getGradient(name)]],
    ),
  );

export interface Tables {
  /** Before and after the WASM engine has started. */
  stock: Registry;
  wasm: Registry;
  stockGradients: Registry;
  gradients: Registry;
  cpu: Registry;
  webgpu: Registry;
  /** Only the names are known; undefined where tfjs-node-gpu is not installed. */
  cuda: ReadonlySet<string> | undefined;
}

/** Reads the registries; starts the WASM engine. Needs no GPU: kernels are registered by being loaded. */
export async function readRegistries(): Promise<Tables> {
  require("@tensorflow/tfjs");
  require("@tensorflow/tfjs-backend-wasm");
  require("@tensorflow/tfjs-backend-webgpu");
  const stock = kernelsOf("wasm");
  const cpu = kernelsOf("cpu");
  const names = new Set([...stock.keys(), ...cpu.keys()]);
  const stockGradients = gradientsOf(names);
  await useEngine("wasm");
  return {
    ...{ stock, wasm: kernelsOf("wasm"), cpu, webgpu: kernelsOf("webgpu"), cuda: cudaKernels() },
    ...{ stockGradients, gradients: gradientsOf(names) },
  };
}

/** tfjs-node-gpu's kernels. Their file does not load the native library, which would want a GPU's driver. */
function cudaKernels(): ReadonlySet<string> | undefined {
  try {
    require("@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js");
  } catch {
    return undefined;
  }
  return new Set(kernelsOf("tensorflow").keys());
}

/** What the page says of CUDA: kept where tfjs-node-gpu is not there to be asked. */
function cudaOnPage(): ReadonlySet<string> {
  if (!existsSync(page))
    throw new Error("install @tensorflow/tfjs-node-gpu to make the page for the first time");
  const rows = readFileSync(page, "utf8").matchAll(/^\| `(\w+)` *\|[^|]*\| *(\S+) *\|/gm);
  return new Set(Array.from(rows).flatMap(([, name, mark]) => (mark === "tfjs" ? [name!] : [])));
}

const none = "–";

/** The page's text. */
export async function kernelsPage(tables: Tables): Promise<string> {
  const cuda = tables.cuda ?? cudaOnPage();
  const names = [
    ...new Set([...tables.wasm.keys(), ...tables.cpu.keys(), ...tables.webgpu.keys(), ...cuda]),
  ].sort();
  const wasmMark = (name: string) => {
    if (!tables.wasm.has(name)) return none;
    if (name in ownKernels) return "own";
    if (name in mendedKernels) return "mended";
    return cpuKernels.includes(name) ? "by cpu" : "tfjs";
  };
  const gradientMark = (name: string) => {
    if (!tables.gradients.has(name)) return none;
    return tables.gradients.get(name) === tables.stockGradients.get(name) ? "tfjs" : "own";
  };
  const mark = (kernels: { has(name: string): boolean }, name: string) => (kernels.has(name) ? "tfjs" : none);
  const rows = names.map((name) => [
    ...[`\`${name}\``, gradientMark(name), mark(cuda, name), mark(tables.webgpu, name), wasmMark(name)],
    mark(tables.cpu, name),
  ]);
  const count = (column: number, what: string) => rows.filter((row) => row[column] === what).length;
  const text = `# Tensor kernels by engine

tfjs's operations (\`tf.matMul\`, \`tf.gather\` …) run as kernels, and not every engine has every one. This table is
made from the registries of the installed packages: \`npx vitest run test/src/engine/kernels-table.test.ts --update\`
writes it, and the same test fails where it is out of date. The engines native and wasm share their tensor kernels.

- **tfjs**: tfjs's kernel for this engine, as it is.
- **own** (${count(4, "own")} on wasm): ours, because tfjs has none, has it wrong, or is slow at it; see
  [wasm/](wasm/kernels.ts). Gradients marked so are [ours on every engine](operation-gradients.ts).
- **mended** (${count(4, "mended")}): tfjs's kernel where it is right, the cpu engine's on a copy where it is not
  (other types than float32, reductions of nothing, indices out of range); or given its axis counted from the first.
- **by cpu** (${count(4, "by cpu")}): the cpu engine's kernel on a copy of the values.
- **${none}**: none; the operation throws an error that names the kernel. A kernel without a gradient can still be
  part of a loss, as long as nothing before it is differentiated.

Every kernel of the column native, wasm is tested against cpu's on shapes odd, broadcast and empty, and so are its
gradients. tfjs itself has these wrong on cpu, and ours right: \`BatchMatMul\` of batches that broadcast both ways,
\`Einsum\` where a label of one input alone is summed over, the gradients of \`ResizeBilinear\` and
\`ResizeNearestNeighbor\` for images that are not square or not alone, \`DenseBincount\` of one dimension with binary
output. \`Cumsum\` and \`Cumprod\` take negative axes for wrong ones on every engine but cuda; they are given
[axes counted from the first](axes.ts).

| Kernel | Gradient | cuda | webgpu | native, wasm | cpu |
| --- | --- | --- | --- | --- | --- |
${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}
`;
  return await prettier.format(text, { parser: "markdown", ...(await prettier.resolveConfig(page)) });
}
