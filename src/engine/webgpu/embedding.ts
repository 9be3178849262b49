/** The way back to the embeddings of words and positions. */
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Rows } from "./layout.js";
import { run, type Program } from "./program.js";

const threads = 64;

const embeddingGradientProgram = {
  name: "embedding gradient",
  inputs: { gradient: "f32", places: "vec4<i32>" },
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
    for (var i = 0u; i < u.rows * u.length; i++) {
      let place = places[i];
      if (u32(place.x) == entry && place.z >= 0) { sum += gradient[u32(place.z) * u.width + column]; }
    }
    words[entry * u.width + column] = sum;
  } else {
    let position = entry - u.words;
    if (position < u.length) {
      for (var row = 0u; row < u.rows; row++) {
        let line = places[row * u.length + position].z;
        if (line >= 0) { sum += gradient[u32(line) * u.width + column]; }
      }
    }
    positions[position * u.width + column] = sum;
  }`,
} as const satisfies Program;

/**
 * Gradients of both embeddings: sums over the lines that took an entry.
 * @param gradient [R, D] of the embedded tokens
 * @param places see layout.ts
 * @param words how many there are
 * @param positions how many there are, T or more
 */
export function embeddingGradients(
  gradient: Tensor,
  { rows, length }: Rows,
  places: Tensor,
  words: number,
  positions: number,
): { words: Tensor; positions: Tensor } {
  const width = gradient.shape[1]!;
  const parts = Math.ceil(width / threads);
  return run(
    embeddingGradientProgram,
    { gradient, places },
    { words: [words, width], positions: [positions, width] },
    { rows, length, width, parts, words },
    (words + positions) * parts,
  );
}
