import { ts, type TS } from "./typescript.js";

/** Language features and libraries of the running Node: a cell must not type-check and then fail to run. */
function libraries(nodeMajor: number): string[] {
  const year = nodeMajor >= 22 ? "lib.es2024.d.ts" : "lib.es2023.d.ts";
  const libs = [year, "lib.esnext.disposable.d.ts", "lib.decorators.d.ts"];
  // Set methods (union, intersection …) and iterator helpers came with V8 12.2 (Node 22).
  if (nodeMajor >= 22) libs.push("lib.esnext.collection.d.ts", "lib.esnext.iterator.d.ts");
  return libs;
}

/**
 * Options under which cells, and the local modules they import, are checked and translated.
 *
 * No DOM library: cells run in Node, and `fetch`, `URL`, timers and the like come from `@types/node`.
 */
export function compilerOptions(installation: string): TS.CompilerOptions {
  const nodeMajor = Number(process.versions.node.split(".")[0]);
  return {
    strict: true,
    // What is newer (decorators, `using`) is translated; of ES2024's syntax Node 20 has the one piece there is, /v.
    target: ts.ScriptTarget.ES2024,
    lib: libraries(nodeMajor),
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    esModuleInterop: true,
    skipLibCheck: true,
    types: ["node"],
    // The kernel's own @types/node serves notebooks in folders without one.
    typeRoots: [`${installation}/node_modules/@types`],
    preserveConstEnums: true,
    sourceMap: true,
    removeComments: true,
    newLine: ts.NewLineKind.LineFeed,
  };
}
