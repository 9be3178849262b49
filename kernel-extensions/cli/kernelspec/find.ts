/** Finding a kernel by its name, where Jupyter would find it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { KernelSpec } from "../../client/process.js";
import { kernelMain, packageVersion } from "../../package-root.js";
import { dataPath } from "./paths.js";

/** The name our kernel is registered under. */
export const ownKernelName = "agentic-rl";

/** By which a kernelspec of ours is known, in its metadata. */
export const ownMark = "agentic-rl-lab";

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

/** What a `kernel.json` says of our kernel: for the Jupyters it is registered with, and for our own Lab. */
export function ownKernelJson(name = ownKernelName): Record<string, unknown> {
  const { argv, interruptMode } = ownKernelSpec();
  return {
    argv, // Absolute paths: VS Code and a JupyterLab started from a menu know another PATH.
    display_name: name === ownKernelName ? "TypeScript (Agentic RL)" : `TypeScript (${name})`,
    language: "typescript",
    interrupt_mode: interruptMode,
    metadata: { debugger: false, [ownMark]: { version: packageVersion() } },
  };
}

/** The folder of our kernel's logos. */
export function ownResources(): string {
  return fileURLToPath(new URL(".", import.meta.url));
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
  return [...new Set([ownKernelName, ...installedKernelSpecs().keys()])].sort();
}

/** The kernelspecs that Jupyter would find, by their names. */
export function installedKernelSpecs(): Map<string, FoundKernelSpec> {
  const found = new Map<string, FoundKernelSpec>();
  for (const folder of dataPath()) {
    const kernels = join(folder, "kernels");
    for (const entry of listFolder(kernels)) {
      const name = entry.toLowerCase();
      const file = join(kernels, entry, "kernel.json");
      const spec = found.has(name) ? undefined : readKernelSpec(name, file, join(kernels, entry));
      if (spec) found.set(name, { file, spec });
    }
  }
  return found;
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
