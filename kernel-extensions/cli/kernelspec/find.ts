/** Finding a kernel by its name, where Jupyter would find it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { KernelSpec } from "../../client/process.js";
import { kernelMain } from "../../package-root.js";
import { dataPath } from "./paths.js";

/** The name our kernel is registered under. */
export const ownKernelName = "agentic-rl";

export interface FoundKernelSpec {
  /** Path of kernel.json. */
  file: string;
  spec: KernelSpec;
}

/** Our own kernel, registered or not. */
export function ownKernelSpec(): KernelSpec {
  return {
    name: ownKernelName,
    argv: [process.execPath, kernelMain(), "{connection_file}"],
    interruptMode: "message",
  };
}

/** The kernelspec Jupyter would use for `name`; `undefined` when there is none. Names are case-insensitive. */
export function findKernelSpec(name: string): FoundKernelSpec | undefined {
  for (const folder of dataPath()) {
    const resources = join(folder, "kernels", name.toLowerCase());
    const file = join(resources, "kernel.json");
    const spec = readKernelSpec(name, file, resources);
    if (spec) return { file, spec };
  }
  return undefined;
}

/** The names of all kernels that can be run: those Jupyter would find, and ours. */
export function kernelNames(): string[] {
  const names = new Set([ownKernelName]);
  for (const folder of dataPath()) {
    const kernels = join(folder, "kernels");
    for (const name of listFolder(kernels)) {
      if (readKernelSpec(name, join(kernels, name, "kernel.json"), kernels)) names.add(name);
    }
  }
  return [...names].sort();
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Not there: nothing is installed in this place.
  }
}

function readKernelSpec(name: string, file: string, resources: string): KernelSpec | undefined {
  let json: { argv?: unknown; env?: Record<string, string>; interrupt_mode?: unknown };
  try {
    json = JSON.parse(readFileSync(file, "utf8")) as typeof json;
  } catch {
    return undefined; // Not there, or not a kernelspec: Jupyter passes over both.
  }
  if (!Array.isArray(json.argv) || json.argv.length === 0) return undefined;
  return {
    name,
    argv: json.argv.map((part) => String(part).replaceAll("{resource_dir}", resources)),
    env: json.env ?? {},
    interruptMode: json.interrupt_mode === "message" ? "message" : "signal",
  };
}
