/** Every fused operator and its gradient against the composition of tfjs's own operations on the cpu backend. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import {
  attention,
  attentionGradients,
  heldLines,
  largestHead,
} from "../../../../src/engine/webgpu/attention.js";
import { embeddingGradients } from "../../../../src/engine/webgpu/embedding.js";
import { gelu, geluGradients } from "../../../../src/engine/webgpu/gelu.js";
import { placesOf, rowsOf } from "../../../../src/engine/webgpu/layout.js";
import { addNorm, addNormGradients, embedNorm, normGradients } from "../../../../src/engine/webgpu/norm.js";
import { logitsGradient, scores, valueGradients } from "../../../../src/engine/webgpu/scores.js";
import { difference, integers, normal, on, withoutGpu, type Given } from "./support.js";

/** Results of the fused form and of the plain one, and how far they are apart. */
async function agree(
  given: readonly Given[],
  fused: (...tensors: Tensor[]) => readonly Tensor[],
  plain: (...tensors: Tensor[]) => readonly Tensor[],
): Promise<void> {
  const expected = await on("cpu", given, plain);
  const computed = await on("webgpu", given, fused);
  expect(computed).toHaveLength(expected.length);
  for (const [i, values] of expected.entries()) {
    expect(difference(computed[i]!, values), `result ${i}`).toBeLessThan(1e-4);
  }
}

const layerNorm = (x: Tensor, scale: Tensor, shift: Tensor) => {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5))), scale), shift);
};

describe.skipIf(withoutGpu)("layer norm", () => {
  it.each([
    [1, 1],
    [3, 5],
    [7, 64],
    [33, 67],
  ])("of %i lines of %i numbers, after an addition", async (lines, width) => {
    await agree(
      [
        normal([lines, width], 1),
        normal([lines, width], 2),
        normal([width], 3),
        normal([width], 4),
        normal([width], 5),
        normal([lines, width], 6),
        normal([lines, width], 7),
      ],
      (x, update, bias, scale, shift, gradient, residual) => {
        const normed = addNorm(x!, update!, bias!, { scale: scale!, shift: shift! });
        const gradients = addNormGradients(gradient!, normed, scale!, residual);
        return [
          normed.stream,
          normed.normal,
          gradients.stream,
          gradients.bias,
          gradients.scale,
          gradients.shift,
        ];
      },
      (x, update, bias, scale, shift, gradient, residual) => {
        const stream = (update: Tensor, bias: Tensor) => tf.add(tf.add(x!, update), bias);
        const loss = (update: Tensor, bias: Tensor, scale: Tensor, shift: Tensor) => {
          const total = stream(update, bias);
          const normed = tf.mul(layerNorm(total, scale, shift), gradient!);
          return tf.sum(tf.add(normed, tf.mul(total, residual!)));
        };
        const total = stream(update!, bias!);
        const gradients = tf.grads(loss)([update!, bias!, scale!, shift!]);
        return [total, layerNorm(total, scale!, shift!), ...gradients];
      },
    );
  });

  it.each([
    [1, 2, 3, 5],
    [3, 6, 8, 65],
  ])(
    "of the embeddings of %i rows of %i tokens, and their gradients",
    async (rows, following, words, width) => {
      const length = following - 1;
      const positions = length + 2;
      await agree(
        [
          integers([rows, following], words, 1),
          normal([words, width], 2),
          normal([positions, width], 3),
          normal([width], 4),
          normal([width], 5),
          normal([rows * length, width], 6),
        ],
        (tokens, table, places, scale, shift, gradient) => {
          const all = rowsOf(rows, length);
          const at = placesOf(tokens as Tensor2D, all);
          const normed = embedNorm(all, at, table!, places!, { scale: scale!, shift: shift! });
          const ofNorm = normGradients(gradient!, normed, scale!);
          const embeddings = embeddingGradients(ofNorm.stream, all, at, words, positions);
          return [
            normed.stream,
            normed.normal,
            embeddings.words,
            embeddings.positions,
            ofNorm.scale,
            ofNorm.shift,
          ];
        },
        (tokens, table, places, scale, shift, gradient) => {
          const given = tf.reshape(tf.slice(tokens!, [0, 0], [rows, length]), [-1]) as Tensor1D;
          const embed = (table: Tensor, places: Tensor) =>
            tf.reshape(
              tf.add(
                tf.reshape(tf.gather(table, given), [rows, length, width]),
                tf.slice(places, [0, 0], [length, width]),
              ),
              [rows * length, width],
            );
          const loss = (table: Tensor, places: Tensor, scale: Tensor, shift: Tensor) =>
            tf.sum(tf.mul(layerNorm(embed(table, places), scale, shift), gradient!));
          const stream = embed(table!, places!);
          const gradients = tf.grads(loss)([table!, places!, scale!, shift!]);
          return [stream, layerNorm(stream, scale!, shift!), ...gradients];
        },
      );
    },
  );
});

describe.skipIf(withoutGpu)("gelu", () => {
  it.each([
    [1, 1, 1],
    [5, 3, 1],
    [41, 19, 30],
  ])("of %i lines of %i numbers of size %i", async (lines, width, size) => {
    await agree(
      [normal([lines, width], 1, size), normal([width], 2), normal([lines, width], 3)],
      (x, bias, gradient) => {
        const { input, bias: sum } = geluGradients(gradient!, x!, bias!);
        return [gelu(x!, bias!), input, sum];
      },
      (x, bias, gradient) => {
        const plain = (x: Tensor, bias: Tensor) => {
          const sum = tf.add(x, bias);
          return tf.mul(sum, tf.sigmoid(tf.mul(sum, 1.702)));
        };
        return [plain(x!, bias!), ...tf.grads(plain)([x!, bias!], gradient)];
      },
    );
  });
});

describe.skipIf(withoutGpu)("attention", () => {
  // Lengths on both sides of a workgroup's 64 queries, and of the 32 lines it holds at a time.
  it.each([
    { rows: 1, length: 1, heads: 1, width: 1 },
    { rows: 2, length: 5, heads: 3, width: 9 },
    { rows: 1, length: 67, heads: 2, width: 10 },
    { rows: 1, length: 33, heads: 1, width: 4 },
    { rows: 3, length: 130, heads: 1, width: 2 },
  ])("of $rows × $length tokens, $heads heads, width $width", async ({ rows, length, heads, width }) => {
    const size = width / heads;
    await agree(
      [normal([rows * length, 3 * width], 1), normal([3 * width], 2), normal([rows * length, width], 3)],
      (qkv, bias, gradient) => {
        const all = rowsOf(rows, length);
        const attended = attention(qkv!, bias!, all, heads);
        const gradients = attentionGradients(gradient!, qkv!, bias!, attended, all, heads);
        return [attended.result, gradients.qkv, gradients.bias];
      },
      (qkv, bias, gradient) => {
        const future = tf.tensor2d(
          Array.from({ length: length ** 2 }, (_, i) => (i % length > Math.floor(i / length) ? -1e9 : 0)),
          [length, length],
        );
        const plain = (qkv: Tensor, bias: Tensor) => {
          const [queries, keys, values] = tf
            .split(tf.add(qkv, bias), 3, 1)
            .map(
              (part) => tf.transpose(tf.reshape(part, [rows, length, heads, size]), [0, 2, 1, 3]) as Tensor4D,
            );
          const products = tf.mul(tf.matMul(queries!, keys!, false, true), 1 / Math.sqrt(size));
          const mixed = tf.matMul(tf.softmax(tf.add(products, future)), values!);
          return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [rows * length, width]);
        };
        return [plain(qkv!, bias!), ...tf.grads(plain)([qkv!, bias!], gradient)];
      },
    );
  });

  it("stays right for scores far apart", async () => {
    const [length, width] = [9, 4];
    await agree(
      [normal([length, 3 * width], 1, 20), normal([3 * width], 2)],
      (qkv, bias) => [attention(qkv!, bias!, rowsOf(1, length), 1).result],
      (qkv, bias) => {
        const [queries, keys, values] = tf.split(tf.add(qkv!, bias!), 3, 1) as Tensor2D[];
        const products = tf.div(tf.matMul(queries!, keys!, false, true), Math.sqrt(width));
        const mask = tf.linalg.bandPart(tf.ones([length, length]), -1, 0);
        const hidden = tf.mul(tf.sub(mask, 1), 1e9);
        return [tf.matMul(tf.softmax(tf.add(products, hidden)) as Tensor2D, values!)];
      },
    );
  });

  it("holds no more than the memory every GPU gives a workgroup and a thread", () => {
    for (let size = 1; size <= largestHead; size++) {
      expect(heldLines(size)).toBeGreaterThanOrEqual(1);
      expect(4 * heldLines(size) * (2 * size + 2)).toBeLessThanOrEqual(16384);
      expect(4 * 7 * size).toBeLessThanOrEqual(8192);
    }
  });
});

describe.skipIf(withoutGpu)("scores", () => {
  it.each([
    { rows: 1, following: 2, words: 2, width: 1, temperature: 1 },
    { rows: 3, following: 4, words: 11, width: 5, temperature: 0.4 },
    { rows: 2, following: 6, words: 131, width: 70, temperature: 2.5 },
  ])("of $rows × $following tokens of $words words at temperature $temperature", async (shape) => {
    const { rows, following, words, width, temperature } = shape;
    const length = following - 1;
    const lines = rows * length;
    const plain = (logits: Tensor, tokens: Tensor) => {
      const all = tf.logSoftmax(tf.div(tf.reshape(logits, [rows, length, words]), temperature));
      const hit = tf.oneHot(tf.slice(tokens, [0, 1], [rows, length]) as Tensor2D, words);
      return {
        logProbs: tf.sum(tf.mul(all, tf.cast(hit, "float32")), -1),
        entropy: tf.neg(tf.sum(tf.mul(tf.exp(all), all), -1)),
      };
    };
    const given = [
      normal([lines, words], 1, 3),
      integers([rows, following], words, 2),
      normal([rows, length], 3),
      normal([rows, length], 4),
      normal([lines, width], 5),
      normal([width, 1], 6),
      normal([1], 7),
      normal([rows, length], 8),
      normal([lines, width], 9),
    ];
    await agree(
      given,
      (logits, tokens, logProbs, entropy, final, weight, bias, valueGradient, started) => {
        const head = { features: final!, weight: weight!, bias: bias! };
        const all = rowsOf(rows, length);
        const places = placesOf(tokens as Tensor2D, all);
        const scored = scores(logits!, all, places, temperature, head);
        const gradient = { logProbs: logProbs!, entropy: entropy! };
        const ofLogits = logitsGradient(gradient, logits!, places, scored, temperature);
        const sum = tf.add(started!, 0);
        const ofHead = valueGradients(valueGradient!, places, head, sum);
        const { logProbs: plainLogProbs } = scores(logits!, all, places, temperature);
        return [
          ...[scored.logProbs, scored.entropy, scored.values!, ofLogits],
          ...[sum, ofHead.weight, ofHead.bias, plainLogProbs],
        ];
      },
      (logits, tokens, logProbs, entropy, final, weight, bias, valueGradient, started) => {
        const scored = plain(logits!, tokens!);
        const ofLogits = tf.grad((logits: Tensor) => {
          const scored = plain(logits, tokens!);
          return tf.sum(tf.add(tf.mul(scored.logProbs, logProbs!), tf.mul(scored.entropy, entropy!)));
        })(logits!);
        const value = (final: Tensor, weight: Tensor, bias: Tensor) =>
          tf.reshape(tf.add(tf.matMul(final as Tensor2D, weight as Tensor2D), bias), [rows, length]);
        const [ofFinal, ofWeight, ofBias] = tf.grads(value)([final!, weight!, bias!], valueGradient);
        return [
          ...[scored.logProbs, scored.entropy, value(final!, weight!, bias!), ofLogits],
          ...[tf.add(started!, ofFinal!), ofWeight!, ofBias!, scored.logProbs],
        ];
      },
    );
  });
});

it.skipIf(withoutGpu)("sums and multiplies along axes counted from the last as from the first", async () => {
  await agree(
    [normal([3, 4, 5], 1)],
    (x) => [tf.cumsum(x!, -1), tf.cumsum(x!, -3, true, true), tf.cumprod(x!, -2)],
    (x) => [tf.cumsum(x!, 2), tf.cumsum(x!, 0, true, true), tf.cumprod(x!, 1)],
  );
});
