/** Engines: which tensors run where. */
export { currentEngine, engineNames, useEngine, type Engine, type EngineName } from "./engine.js";
export type { Work } from "./probe.js";
