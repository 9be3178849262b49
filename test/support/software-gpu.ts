/** A GPU made of software, so that WebGPU is tested on machines without one: SwiftShader, which Chromium brings. */
import { existsSync } from "node:fs";
import path from "node:path";

/** Where Chromium's packages put the description of their Vulkan driver. */
const drivers = [
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/usr/lib/chromium-browser/vk_swiftshader_icd.json",
  "/opt/google/chrome/vk_swiftshader_icd.json",
];
/** Vulkan's loader, through which WebGPU looks for drivers. */
const loaders = ["x86_64-linux-gnu", "aarch64-linux-gnu", ""].map((folder) =>
  path.join("/usr/lib", folder, "libvulkan.so.1"),
);

/**
 * Environment in which WebGPU computes with SwiftShader; undefined where it cannot be had. Then a line says so
 * and the tests are to be skipped; under CI (`CI=true`) that is an error, so that nothing is skipped unseen.
 */
export function softwareGpu(): NodeJS.ProcessEnv | undefined {
  const driver = drivers.find((file) => existsSync(file));
  const missing = [
    ...(driver === undefined ? ["Chromium's SwiftShader"] : []),
    ...(loaders.some((file) => existsSync(file)) ? [] : ["Vulkan's loader (libvulkan.so.1)"]),
  ];
  if (driver !== undefined && missing.length === 0) return { VK_ICD_FILENAMES: driver };
  const message = `no WebGPU in software: ${missing.join(" and ")} not found`;
  if (process.env.CI === "true") throw new Error(message);
  console.warn(`skipped: ${message}; on Debian: apt-get install chromium libvulkan1`);
  return undefined;
}
