/** tfjs's plain JavaScript backend: slow, everywhere, and the reference the other engines are tested against. */
import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs-core";
import { countAxes } from "./axes.js";

const require = createRequire(import.meta.url);

/** Makes "cpu" tfjs's backend. */
export async function startCpu(): Promise<void> {
  require("@tensorflow/tfjs-backend-cpu");
  await tf.setBackend("cpu");
  countAxes("cpu");
  // On first use the backend prints advice to install tfjs-node, which is not the advice here.
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
}
