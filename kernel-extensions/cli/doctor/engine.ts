/** Which engine training would take here, and why. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Engine } from "../../../src/engine/engine.js";
import { packageRoot } from "../../package-root.js";
import { outputOf, type Check } from "./check.js";

const tensorflow = "@tensorflow/tfjs";

export async function checkEngine(): Promise<Check> {
  const name = "engine";
  const version = versionOf(tensorflow);
  if (version === undefined) {
    return { name, status: "missing", detail: `${tensorflow} is not installed`, mend: "npm ci" };
  }
  // In a process of its own: a native library that does not fit ends the process that loads it.
  const engine = new URL("../../../src/engine/engine.js", import.meta.url).href;
  const program = `const { useEngine } = await import(${JSON.stringify(engine)});
    const answer = await useEngine().catch((error) => ({ error: error.message }));
    process.stdout.write("\\nengine=" + JSON.stringify(answer));
    process.exit();`;
  const printed = await outputOf(process.execPath, ["--input-type=module", "-e", program]);
  const json = printed === undefined ? undefined : /^engine=(.*)$/m.exec(printed)?.[1];
  if (json === undefined) {
    return {
      name,
      status: "warning",
      detail: `trying the engines ended the process (${tensorflow} ${version})`,
      mend: "ARL_ENGINE=wasm keeps to the CPU; npm uninstall @tensorflow/tfjs-node-gpu takes a GPU library away",
    };
  }
  const answer = JSON.parse(json) as Engine | { error: string };
  if ("error" in answer) {
    const asked = process.env["ARL_ENGINE"];
    const mend = asked ? `unset ARL_ENGINE, which is ${asked}, or set it to another engine` : "npm ci";
    return { name, status: asked ? "warning" : "missing", detail: answer.error.split("\n", 1)[0]!, mend };
  }
  const off = process.env["ARL_FUSED"] === "off" ? ["without fused kernels, by ARL_FUSED"] : [];
  const why = [...off, answer.reason].filter((reason) => reason !== "").map((reason) => `; ${reason}`);
  return {
    name,
    status: "ok",
    detail: `${answer.name}: ${answer.device} (${tensorflow} ${version})${why.join("")}`,
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
