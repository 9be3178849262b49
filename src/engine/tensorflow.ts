/** Loads what tfjs-core alone lacks. */
import { createRequire } from "node:module";
import { registerGradients } from "./operation-gradients.js";

const require = createRequire(import.meta.url);

/**
 * Registers every operation's gradient. They are only in the whole `@tensorflow/tfjs` (160 ms to load), which
 * shares our tfjs-core; so the library's modules import tfjs-core, and this is called when an engine starts.
 */
export function loadTensorFlow(): void {
  require("@tensorflow/tfjs");
  registerGradients();
}
