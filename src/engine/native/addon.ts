/** The fused kernels as a Node-API addon: where it lies, whether it loads, how many threads it runs. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../datasets.js";
import type { KernelModule, SharedMemory } from "./module.js";

interface Addon extends Omit<KernelModule, "name"> {
  setHeap(memory: ArrayBuffer): void;
  /** Takes kernels by name, or the best with ""; null when this processor has not got them. */
  useKernels(name: string): string | null;
  /** Returns how many there are, the caller's included. */
  startThreads(count: number): number;
}

const require = createRequire(import.meta.url);

/** The addon's file: what was built here comes before what came with the package. */
export function addonFiles(): { built: string; prebuilt: string } {
  const root = packageRoot();
  return {
    built: join(root, "src", "engine", "native", "build", "Release", "arl_kernels.node"),
    prebuilt: join(root, "prebuilds", `${process.platform}-${process.arch}`, "arl_kernels.node"),
  };
}

const rebuild = "`npm rebuild agentic-rl-lab` (in a clone: `npm run build:native`)";

/** @throws Error that says why there is no addon here, or what is wrong with its settings, and the way out. */
export function loadAddon({ memory }: SharedMemory): KernelModule {
  const files = Object.values(addonFiles()).filter((file) => existsSync(file));
  if (files.length === 0) {
    throw new Error(
      `no addon was built or shipped for ${process.platform}-${process.arch}; ` +
        `with a C compiler, make and Python, ${rebuild} makes it`,
    );
  }
  const failures: string[] = [];
  for (const file of files) {
    let addon: Addon;
    try {
      addon = require(file) as Addon;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      failures.push(message.startsWith(file) ? message : `${file}: ${message}`);
      continue;
    }
    return start(addon, memory);
  }
  throw new Error(`the addon does not load (${failures.join("; ")}); ${rebuild} makes it anew`);
}

const shownNames: Record<string, string> = { avx512: "AVX-512", avx2: "AVX2", sse4: "SSE4.2", neon: "NEON" };

function start(addon: Addon, memory: WebAssembly.Memory): KernelModule {
  const wanted = process.env["ARL_KERNELS"] ?? "";
  const kernels = addon.useKernels(wanted);
  if (kernels === null) {
    throw new Error(
      `ARL_KERNELS: this processor has no "${wanted}" (kernels: ${Object.keys(shownNames).join(", ")})`,
    );
  }
  const threads = addon.startThreads(threadCount());
  let heap: ArrayBuffer | undefined;
  /** Growing tfjs's memory replaces its buffer. */
  const inHeap =
    <A extends number[], R>(call: (...args: A) => R) =>
    (...args: A): R => {
      if (memory.buffer !== heap) {
        heap = memory.buffer;
        addon.setHeap(heap);
      }
      return call(...args);
    };
  const wrapped = Object.fromEntries(
    Object.entries(addon)
      .filter(([name]) => !["setHeap", "useKernels", "startThreads"].includes(name))
      .map(([name, call]) => [name, inHeap(call as (...args: number[]) => number)]),
  ) as unknown as Omit<KernelModule, "name">;
  return {
    ...wrapped,
    name: `${shownNames[kernels] ?? kernels}, ${threads} ${threads === 1 ? "thread" : "threads"}`,
  };
}

/**
 * Threads to compute with: `ARL_THREADS`, else as many as the machine has, at most 8: more than small models keep busy.
 * @throws RangeError when `ARL_THREADS` is no whole number from 1 to 64.
 */
export function threadCount(): number {
  const wanted = process.env["ARL_THREADS"];
  if (wanted === undefined || wanted === "") return Math.min(8, os.availableParallelism());
  const count = Number(wanted);
  if (!Number.isInteger(count) || count < 1 || count > 64) {
    throw new RangeError(`ARL_THREADS must be a whole number from 1 to 64, not "${wanted}"`);
  }
  return count;
}
