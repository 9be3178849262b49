/** The fused kernels' gradients against central differences of a network written with loops over float64 numbers. */
import { describe, expect, it } from "vitest";
import { fusedForms } from "../../../support/fused-forms.js";
import { plainForward, softmax, type Numbers } from "../../../support/plain-transformer.js";
import { makeCase, outputs, relativeError, scoreCase, type Case, type Output, type Sizes } from "./case.js";

process.env["ARL_THREADS"] ??= "3";

type Plain = Record<Output, number[]>;

/** Outputs at the columns that count, row by row. */
function plainOutputs(numbers: Numbers, { config, rows, temperature, upstream }: Case): Plain {
  const found: Plain = { logProbs: [], entropy: [], values: [] };
  const columns = upstream.logProbs.length / rows.length;
  for (const { tokens } of rows) {
    const { logits, values } = plainForward(numbers, config, [...tokens.slice(0, -1)]);
    for (let t = 0; t < columns; t++) {
      const p = logits[t] === undefined ? [] : softmax(logits[t].map((logit) => logit / temperature));
      found.logProbs.push(t + 1 < tokens.length ? Math.log(p[tokens[t + 1]!]!) : 0);
      found.entropy.push(-p.reduce((sum, x) => sum + x * Math.log(x), 0));
      found.values.push(values?.[t] ?? 0);
    }
  }
  return found;
}

function loss(numbers: Numbers, given: Case, of: readonly Output[]): number {
  const plain = plainOutputs(numbers, given);
  return of.reduce(
    (total, name) => total + plain[name].reduce((sum, x, i) => sum + x * given.upstream[name][i]!, 0),
    0,
  );
}

/** d loss / d parameter for every number of every parameter. */
function differences(given: Case, of: readonly Output[]): Map<string, Float64Array> {
  const numbers = new Map(
    Array.from(given.parameters, ([name, values]) => [name, Float64Array.from(values)]),
  );
  const h = 1e-5;
  return new Map(
    Array.from(numbers, ([name, values]) => [
      name,
      Float64Array.from(values, (kept, i) => {
        values[i] = kept + h;
        const above = loss(numbers, given, of);
        values[i] = kept - h;
        const slope = (above - loss(numbers, given, of)) / (2 * h);
        values[i] = kept;
        return slope;
      }),
    ]),
  );
}

const small: Sizes = {
  ...{
    vocabulary: 7,
    length: 5,
    rows: 2,
    slack: 1,
    told: true,
    heads: 2,
    headSize: 3,
    layers: 2,
    valueHead: true,
  },
  ...{ temperature: 0.8, deviation: 0.4, masked: 0.8, asked: false, seed: 3 },
};

// Each output by itself, so that none hides behind a larger one.
describe.each([["logProbs"], ["entropy"], ["values"]] as const)("the gradient of %s", (output) => {
  const given = makeCase(small);
  for (const name of outputs) if (name !== output) given.upstream[name].fill(0);
  const expected = differences(given, [output]);

  it.each(fusedForms())("is that of central differences: $name", async ({ start }) => {
    await start();
    const { gradients, outputs: found } = scoreCase(given);
    const plain = plainOutputs(given.parameters, given)[output];
    const counted = [...given.upstream[output]].flatMap((weight, i) => (weight === 0 ? [] : [i]));
    for (const i of counted) expect(found[output]![i]).toBeCloseTo(plain[i]!, 5);
    for (const [name, slopes] of expected) {
      // Differences are good to 1e-9 or so; a gradient of exactly 0 is left to them.
      const apart = relativeError(gradients.get(name)!, slopes, 1e-4);
      expect(apart, `gradient of ${name}`).toBeLessThan(1e-4);
    }
    expect(Math.max(...slopesOf(expected)), "there is a gradient").toBeGreaterThan(0.01);
  });
});

const slopesOf = (gradients: ReadonlyMap<string, Float64Array>) =>
  [...gradients.values()].flatMap((slopes) => [...slopes]);
