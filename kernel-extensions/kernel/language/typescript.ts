/**
 * Stock TypeScript, loaded as what it is: one large CommonJS file. A named import would make Node's
 * CommonJS lexer scan nine megabytes first; `require` does not.
 */
import { createRequire } from "node:module";
import type typescript from "typescript";

export const ts = createRequire(import.meta.url)("typescript") as typeof typescript;
export type { typescript as TS };
