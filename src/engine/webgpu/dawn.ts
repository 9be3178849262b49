/** WebGPU in Node: Dawn (npm `webgpu`), when that package is installed and an adapter answers. */
import { existsSync, readdirSync } from "node:fs";

/** The few parts of the WebGPU API looked at here. */
interface Adapter {
  info?: {
    vendor?: string;
    architecture?: string;
    device?: string;
    description?: string;
    isFallbackAdapter?: boolean;
  };
  isFallbackAdapter?: boolean;
}

interface Gpu {
  requestAdapter(options?: object): Promise<Adapter | null>;
}

let gpu: Promise<Gpu> | undefined;

export interface WebGpuAdapter {
  /** What the driver calls the device. */
  device: string;
  /** False for drivers that compute on the CPU (SwiftShader, llvmpipe): right for tests, slower than WASM. */
  hardware: boolean;
}

/**
 * Whether this machine shows any sign of a GPU. Asking Dawn costs time, and on a Linux without a driver it
 * prints warnings nobody needs; elsewhere the system always brings a driver.
 */
export function mayHaveGpu(): boolean {
  if (process.platform !== "linux") return true;
  if (process.env["VK_ICD_FILENAMES"] !== undefined || existsSync("/dev/nvidiactl")) return true;
  return existsSync("/dev/dri") && readdirSync("/dev/dri").some((name) => name.startsWith("render"));
}

/** The adapter WebGPU would use; undefined when there is none. Throws when npm `webgpu` is not installed. */
export async function webGpuAdapter(): Promise<WebGpuAdapter | undefined> {
  gpu ??= loadDawn();
  const adapter = await keepingAlive(async () => await (await gpu)!.requestAdapter());
  if (adapter === null) return undefined;
  const { info } = adapter;
  const device =
    [info?.description, info?.device, info?.vendor].find((name) => name !== undefined && name !== "") ??
    "unnamed device";
  const software = /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(
    `${info?.vendor} ${info?.architecture} ${device}`,
  );
  const fallback = adapter.isFallbackAdapter === true || info?.isFallbackAdapter === true;
  return { device, hardware: !software && !fallback };
}

/** Puts Dawn where tfjs looks for WebGPU, `navigator.gpu`. Throws when npm `webgpu` is not installed. */
export async function provideWebGpu(): Promise<void> {
  await (gpu ??= loadDawn());
}

async function loadDawn(): Promise<Gpu> {
  const { create, globals } = (await import("webgpu")) as unknown as {
    create(flags: string[]): Gpu;
    globals: Record<string, unknown>;
  };
  for (const [name, value] of Object.entries(globals)) {
    if (!(name in globalThis))
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  const created = create([]);
  const navigator = (globalThis as { navigator?: object }).navigator;
  if (navigator === undefined) {
    Object.defineProperty(globalThis, "navigator", { value: { gpu: created }, configurable: true });
  } else {
    Object.defineProperty(navigator, "gpu", { value: created, configurable: true });
  }
  return created;
}

/** Dawn's promises do not keep Node's event loop alive: a program that only awaits them would end. */
export async function keepingAlive<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 1000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
