/** The way back to the embeddings of words and positions. */
import type { Tensor } from "@tensorflow/tfjs-core";
import { run, type Program } from "./program.js";

const threads = 64;

const embeddingGradientProgram = {
  name: "embedding gradient",
  inputs: { gradient: "f32", tokens: "i32" },
  outputs: { words: "f32", positions: "f32" },
  uniforms: { rows: "u32", length: "u32", width: "u32", parts: "u32", words: "u32" },
  threads,
  // A workgroup collects for one word, or one position, so that nothing is added by two at once.
  main: /* wgsl */ `
  let entry = group / u.parts;
  let column = group % u.parts * ${threads}u + lane;
  if (column >= u.width) { return; }
  var sum = 0.0;
  if (entry < u.words) {
    for (var row = 0u; row < u.rows; row++) {
      for (var t = 0u; t < u.length; t++) {
        if (u32(tokens[row * (u.length + 1u) + t]) == entry) {
          sum += gradient[(row * u.length + t) * u.width + column];
        }
      }
    }
    words[entry * u.width + column] = sum;
  } else {
    let position = entry - u.words;
    if (position < u.length) {
      for (var row = 0u; row < u.rows; row++) {
        sum += gradient[(row * u.length + position) * u.width + column];
      }
    }
    positions[position * u.width + column] = sum;
  }`,
} as const satisfies Program;

/**
 * Gradients of both embeddings: sums over the lines that took an entry.
 * @param gradient [B · T, D] of the embedded tokens
 * @param tokens int32 [B, T + 1]; the last of each row was not embedded
 * @param words how many there are
 * @param positions how many there are, T or more
 */
export function embeddingGradients(
  gradient: Tensor,
  tokens: Tensor,
  words: number,
  positions: number,
): { words: Tensor; positions: Tensor } {
  const [rows, following] = tokens.shape as [number, number];
  const width = gradient.shape[1]!;
  const parts = Math.ceil(width / threads);
  return run(
    embeddingGradientProgram,
    { gradient, tokens },
    { words: [words, width], positions: [positions, width] },
    { rows, length: following - 1, width, parts, words },
    (words + positions) * parts,
  );
}
