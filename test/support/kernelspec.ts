/** A Jupyter data folder that holds the kernel under test and nothing else. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

export const kernelName = "agentic-rl";

export const kernelMain = path.resolve(import.meta.dirname, "../../dist/kernel-extensions/kernel/main.js");

export interface TestJupyter {
  /** Environment for a Jupyter client: finds our kernel, keeps its own files apart. */
  env: NodeJS.ProcessEnv;
  remove(): void;
}

export function installTestKernel(): TestJupyter {
  if (!fs.existsSync(kernelMain)) throw new Error(`${kernelMain} is missing: run "npm run build" first`);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "arl-jupyter-"));
  const spec = path.join(folder, "share/kernels", kernelName);
  fs.mkdirSync(spec, { recursive: true });
  fs.writeFileSync(
    path.join(spec, "kernel.json"),
    JSON.stringify({
      argv: [process.execPath, kernelMain, "{connection_file}"],
      display_name: "TypeScript (Agentic RL)",
      language: "typescript",
      interrupt_mode: "message",
    }),
  );
  return {
    env: {
      ...process.env,
      JUPYTER_PATH: path.join(folder, "share"),
      JUPYTER_RUNTIME_DIR: path.join(folder, "runtime"),
      IPYTHONDIR: path.join(folder, "ipython"),
      PYTHONDONTWRITEBYTECODE: "1",
    },
    remove: () => {
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
