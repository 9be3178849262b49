/** Which TensorFlow.js packages a lesson can load here: the CPU's always, the GPU's when it was added. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { packageRoot } from "../../package-root.js";
import { outputOf, type Check } from "./check.js";

const cpu = "@tensorflow/tfjs";
const gpu = "@tensorflow/tfjs-node-gpu";

export async function checkEngine(): Promise<Check> {
  const name = "engine";
  const cpuVersion = versionOf(cpu);
  if (cpuVersion === undefined) {
    return { name, status: "missing", detail: `${cpu} is not installed`, mend: "npm ci" };
  }
  const plain = `cpu (${cpu} ${cpuVersion})`;
  const gpuVersion = versionOf(gpu);
  if (gpuVersion === undefined) {
    return { name, status: "ok", detail: `${plain}: ${gpu} is not installed` };
  }
  // In a process of its own: a native library that does not fit ends the process that loads it.
  const load = `process.stdout.write("backend=" + require("${gpu}").getBackend())`;
  const printed = await outputOf(process.execPath, ["-e", load], packageRoot());
  const backend = printed === undefined ? undefined : /backend=(\S+)/.exec(printed)?.[1];
  if (backend !== undefined) {
    return { name, status: "ok", detail: `${backend} (${gpu} ${gpuVersion} loads)` };
  }
  return {
    name,
    status: "warning",
    detail: `${plain}: ${gpu} ${gpuVersion} is installed, but does not load`,
    mend: `node -e 'require("${gpu}")' shows why; npm uninstall ${gpu} takes it away`,
  };
}

/** `undefined` when the package is not there. */
function versionOf(packageName: string): string | undefined {
  const require = createRequire(join(packageRoot(), "package.json"));
  for (const folder of require.resolve.paths(packageName) ?? []) {
    try {
      const json = JSON.parse(readFileSync(join(folder, packageName, "package.json"), "utf8")) as {
        version: string;
      };
      return json.version;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
