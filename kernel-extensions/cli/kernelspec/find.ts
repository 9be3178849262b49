/** Finding a kernel by its name, where Jupyter would find it. */
import { readFileSync } from "node:fs";
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
