import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";
import { encodeSafeTensors } from "../../../src/policy/safetensors.js";

export const header = defineExercise<{
  readTensor: (file: Uint8Array, name: string) => number[];
}>({
  title: "A checkpoint, byte by byte",
  checks: [
    check(
      "a file of one tensor",
      5,
      ({ readTensor }, t) => {
        const tensors = new Map([["w", { shape: [3], values: Float32Array.of(1, -2, 0.5) }]]);
        return t.close(readTensor(encodeSafeTensors({ tensors, metadata: {} }), "w"), [1, -2, 0.5]);
      },
      "Eight bytes hold the header's length N as a little-endian integer, the next N bytes are JSON, and the numbers begin after them.",
    ),
    check(
      "any tensor of any file",
      10,
      ({ readTensor }, t) =>
        t.forAll(
          (random, size) => ({
            names: Array.from({ length: size }, (_, i) => `layer.${i}/weight`),
            values: Array.from({ length: size }, () =>
              Array.from({ length: 1 + random.integer(5) }, () => Math.fround(random.between(-9, 9))),
            ),
            note: "ü".repeat(random.integer(20)),
          }),
          ({ names, values, note }) => {
            const tensors = new Map(
              names.map((name, i) => [
                name,
                { shape: [values[i]!.length], values: Float32Array.from(values[i]!) },
              ]),
            );
            const bytes = encodeSafeTensors({ tensors, metadata: { note } });
            // A view into a larger buffer, as files read by Node are.
            const larger = new Uint8Array(bytes.length + 24);
            larger.set(bytes, 12);
            const file = larger.subarray(12, 12 + bytes.length);
            for (const [i, name] of names.entries()) void t.close(readTensor(file, name), values[i]);
          },
        ),
      "data_offsets are bytes, counted from the end of the header; each number takes four. A Uint8Array may begin anywhere in its buffer: mind byteOffset.",
    ),
  ],
  wrong: {
    "offsets from the beginning of the file": `const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const [start, end] = header[name].data_offsets;
  const values: number[] = [];
  for (let at = start; at < end; at += 4) values.push(view.getFloat32(at, true));
  return values;`,
    "takes offsets for numbers": `const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const [start, end] = header[name].data_offsets;
  const values: number[] = [];
  for (let i = start; i < end && 12 + length + 4 * i <= file.length; i++) {
    values.push(view.getFloat32(8 + length + 4 * i, true));
  }
  return values;`,
    "always the first tensor": `const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const [start, end] = header[name].data_offsets;
  const values: number[] = [];
  for (let at = 0; at < end - start; at += 4) values.push(view.getFloat32(8 + length + at, true));
  return values;`,
  },
});
