/**
 * Stock TypeScript, loaded as what it is: one CommonJS file of nine megabytes. Compiling it is most of what
 * loading costs (measured: 170 of 180 ms), so V8's compiled form is kept beside the installed packages.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import path from "node:path";
import vm from "node:vm";
import type typescript from "typescript";

const require = createRequire(import.meta.url);
const file = require.resolve("typescript");

/** In `node_modules/.cache`, as build tools do; named after everything that V8 would reject a stale one for. */
const cacheFile = path.join(
  file.slice(0, file.lastIndexOf(`${path.sep}typescript${path.sep}`)),
  ".cache",
  "agentic-rl-lab",
  `typescript-${createHash("sha1").update(`${file} ${process.version} ${process.arch}`).digest("hex").slice(0, 16)}.bin`,
);

let script: vm.Script | undefined;

function load(): typeof typescript {
  const cachedData = readIfThere(cacheFile);
  script = new vm.Script(Module.wrap(readFileSync(file, "utf8")), {
    filename: file,
    ...(cachedData ? { cachedData } : {}),
  });
  const isKept = cachedData !== undefined && script.cachedDataRejected !== true;
  const module = { exports: {} };
  const run = script.runInThisContext() as (...args: unknown[]) => void;
  run.call(module.exports, module.exports, createRequire(file), module, file, path.dirname(file));
  if (isKept) script = undefined;
  return module.exports as typeof typescript;
}

/**
 * Keeps the compiled form for the next start, when there is none yet. Call it after some work was done, so that
 * the functions this needed are kept compiled as well. Takes about 100 ms, once per installation.
 */
export function keepCompiled(): void {
  if (!script) return;
  try {
    mkdirSync(path.dirname(cacheFile), { recursive: true });
    const temporary = `${cacheFile}.${process.pid}`;
    writeFileSync(temporary, script.createCachedData());
    renameSync(temporary, cacheFile);
  } catch {
    // A read-only installation starts a little slower.
  }
  script = undefined;
}

function readIfThere(name: string): Buffer | undefined {
  try {
    return readFileSync(name);
  } catch {
    return undefined;
  }
}

export const ts = load();
export type { typescript as TS };
